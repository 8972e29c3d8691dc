"""Find models in the price list of genai-prices, only by names that certainly match.

Source: https://github.com/pydantic/genai-prices/tree/main/packages/python
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from msgspec import Struct

from .more import more_model, more_providers, read_more_prices

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import MatchLogic, ModelInfo

# Versions and dates, which may follow a model's name without making it a different model.
_VERSION = re.compile(
    r"(?:[-@:](?:latest|default|v\d+(?::\d+)?|\d{8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{2,4}|\d{1,4}))*"
)


class PriceBook:
    """Finds the models of a price list by names that certainly match."""

    def __init__(self, snapshot: DataSnapshot) -> None:
        self.snapshot = snapshot
        listed = {provider.id: provider for provider in snapshot.providers}
        self.providers = {**more_providers(), **listed}
        self.find = lru_cache(maxsize=1024)(self._find)
        self.find_more = lru_cache(maxsize=1024)(self._find_more)

    def _find(self, identity: str, name: str) -> ModelInfo | None:
        provider = self.providers.get(identity)
        for model in provider.models if provider is not None else ():
            if model.is_match(name) and any(_matches(one, name) for one in _names(model)):
                return model
        return None

    def _find_more(self, identity: str, name: str) -> ModelInfo | None:
        """Return a model from our additions to the list, by its exact name."""
        alias = read_more_prices().aliases.get(identity, {}).get(name)
        return self.find(identity, alias) if alias is not None else more_model(identity, name)


_book: PriceBook | None = None


def open_book() -> PriceBook:
    """Return the current price list; genai-prices may update it while the program runs.

    Raises:
        ImportError: genai-prices is not installed.
    """
    global _book  # noqa: PLW0603  # loading it is too slow to do it twice
    if not _is_installed():
        raise ImportError("prices need genai-prices: pip install 'trunkline[costs]'")
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  # an extra

    snapshot = get_snapshot()
    if _book is None or _book.snapshot is not snapshot:
        _book = PriceBook(snapshot)
    return _book


@cache
def _is_installed() -> bool:
    """Return whether genai-prices is installed; a failed import for each call would be slow."""
    return find_spec("genai_prices") is not None


class _Name(Struct, frozen=True):
    """A model's name in the list: the full name, or a part that more may precede or follow."""

    text: str
    more_before: bool = False
    more_after: bool = False
    pattern: bool = False


def _names(model: ModelInfo) -> Iterator[_Name]:
    yield _Name(model.id.lower(), more_after=True)
    yield from _matched_names(model.match)


def _matched_names(match: MatchLogic) -> Iterator[_Name]:
    from genai_prices import types  # noqa: PLC0415  # an extra

    match match:
        case types.ClauseOr(or_=parts):
            for part in parts:
                yield from _matched_names(part)
        case types.ClauseEquals(equals=text):
            yield _Name(text.lower())
        case types.ClauseStartsWith(starts_with=text):
            yield _Name(text.lower(), more_after=True)
        case types.ClauseEndsWith(ends_with=text):
            yield _Name(text.lower(), more_before=True)
        case types.ClauseContains(contains=text):
            yield _Name(text.lower(), more_before=True, more_after=True)
        case types.ClauseRegex(regex=text):
            yield _Name(text, pattern=True)
        case _:
            return


def _matches(name: _Name, called: str) -> bool:
    """Return whether a name is that of a listed model, apart from a version after it.

    The list matches `gpt-4o-something-new` by its prefix, but its price may differ.
    """
    if name.pattern:
        return re.search(name.text, called) is not None
    text = name.text.rstrip("-@") if name.more_after else name.text
    before, found, after = called.partition(text)
    if not found:
        return False
    return (not before or (name.more_before and before == "us.")) and (
        not after or (name.more_after and _VERSION.fullmatch(after) is not None)
    )
