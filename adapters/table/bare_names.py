"""Model names without a prefix: which of them belong to another provider than the default one.

A name without a prefix goes to `DEFAULT_PROVIDER` with its key. So that no key and no prompt reach
the wrong provider, a name that clearly belongs to another one is refused with the right spelling.
The module is imported at the first such name, because most names have a prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ...pipeline.errors import BadRequestError
from ...pipeline.model_names import DEFAULT_PROVIDER
from ..provider.row import Provider

# The forms in which other libraries write a provider and its model: "provider:model".
_OTHER_FORM = re.compile(r"([A-Za-z0-9._-]+)\s*(?:::?|\||\\|->?>|\s)\s*(\S.*)")


class BareNames:
    """The names that the rows of a table allow without a prefix.

    Args:
        providers: the table, by prefix; it must not change.
    """

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        # The table has the most specific forms, such as those of Bedrock and Ollama, at its end.
        self._families = {
            row.name: re.compile(row.family)
            for row in reversed(list(providers.values()))
            if row.family
        }
        self._spellings = lru_cache(maxsize=1024)(self._find)

    def spell(self, model: str) -> str:
        """Return a name with its provider's prefix, if it needs one.

        Of several providers that have the model, this takes the first.
        """
        return next(iter(self._spellings(model)), model)

    def check(self, model: str) -> None:
        """Refuse a name that belongs to another provider.

        Raises:
            BadRequestError: it does; the message has the right spelling.
        """
        spellings = self._spellings(model)
        if spellings:
            written = " or ".join(map(repr, spellings))
            raise BadRequestError(
                f"model: names without a prefix are OpenAI's, and {model!r} is not one of its "
                f"models: write {written} (or {DEFAULT_PROVIDER + '/' + model!r}, or pass "
                "base_url, for a server with OpenAI's API)",
                param="model",
            )

    def _find(self, model: str) -> tuple[str, ...]:
        """Return how to write a name, () if it is right as it is."""
        name = model.lower()
        owners = [owner for owner, family in self._families.items() if family.search(name)]
        if DEFAULT_PROVIDER in owners:
            return ()
        if owners:
            return tuple(f"{owner}/{model}" for owner in owners)
        other = _OTHER_FORM.fullmatch(model)
        if other is None:
            return ()
        prefix, name = other.groups()
        known = [form for form in (prefix, prefix.lower()) if form in self._providers]
        return (f"{known[0]}/{name}",) if known else ()
