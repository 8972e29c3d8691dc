"""The list of genai-prices, opened where surely the model is meant that was called.

Source: https://github.com/pydantic/genai-prices/tree/main/packages/python
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import MatchLogic, ModelInfo

# What may follow a model's name without making it another model: versions and dates.
_VERSION = re.compile(
    r"(?:[-@:](?:latest|default|v\d+(?::\d+)?|\d{8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{2,4}|\d{1,4}))*"
)


class PriceBook:
    """The models of a price list, found by names that surely mean them."""

    def __init__(self, snapshot: DataSnapshot) -> None:
        self.snapshot = snapshot
        self.providers = {provider.id: provider for provider in snapshot.providers}
        self.find = lru_cache(maxsize=1024)(self._find)

    def _find(self, identity: str, name: str) -> ModelInfo | None:
        provider = self.providers.get(identity)
        for model in provider.models if provider is not None else ():
            if model.is_match(name) and any(_means(one, name) for one in _names(model)):
                return model
        return None


_book: PriceBook | None = None


def open_book() -> PriceBook:
    """Return the current list: genai-prices may be updating its own while the program runs.

    Raises:
        ImportError: genai-prices is not installed.
    """
    global _book  # noqa: PLW0603  # reading it in costs too much to do it twice
    if not _is_installed():
        raise ImportError("prices need genai-prices: pip install 'trunkline[costs]'")
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  # an extra

    snapshot = get_snapshot()
    if _book is None or _book.snapshot is not snapshot:
        _book = PriceBook(snapshot)
    return _book


@cache
def _is_installed() -> bool:
    """Tell whether the list is there; to fail to import it anew for each call would take longer."""
    return find_spec("genai_prices") is not None


class _Name(Struct, frozen=True):
    """How a list writes a model's name: whole, or as a part with more before or after it."""

    text: str
    more_before: bool = False
    more_after: bool = False
    pattern: bool = False


def _names(model: ModelInfo) -> Iterator[_Name]:
    yield _Name(model.id.lower(), more_after=True)
    yield from _written(model.match)


def _written(match: MatchLogic) -> Iterator[_Name]:
    from genai_prices import types  # noqa: PLC0415  # an extra

    match match:
        case types.ClauseOr(or_=parts):
            for part in parts:
                yield from _written(part)
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


def _means(name: _Name, called: str) -> bool:
    """Tell whether a name is that of a listed model, but for a version after it.

    A list finds `gpt-4o-something-new` by its beginning; that does not make it cost the same.
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
