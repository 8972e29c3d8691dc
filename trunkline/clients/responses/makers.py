"""Who made the items of responses: only their maker can read their encrypted reasoning again.

Objects of responses know it, so that a caller may send them to any provider.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...adapters.wires.responses.origin import origin_of
from ...pipeline.json_values import as_array
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.responses import Response, ResponseItem

_COMPLETION = "_completion"
_HOME = "_home"


def note_completion(response: Response, completion: ModelResponse) -> None:
    """Note on a response its chat completion, and on its items who made them."""
    vars(response)[_COMPLETION] = completion
    items = typed_items(response)
    if items and (home := origin_of(completion)):
        for item in items:
            vars(item)[_HOME] = home


def typed_items(response: Response) -> list[ResponseItem]:
    """Return the items of a response; a provider may send something else there."""
    found: list[object] = as_array(response.output) or []
    return [item for item in found if isinstance(item, ResponseItem)]


def maker_of(response: Response) -> str:
    """Return the home of the provider that made a response, "" if that is not known."""
    completion: ModelResponse | None = vars(response).get(_COMPLETION)
    return "" if completion is None else origin_of(completion)


def makers_of(items: Iterable[object]) -> dict[str, str]:
    """Return the homes of those who made items, by the items' ids, as far as they are known."""
    return {
        item.id: vars(item)[_HOME]
        for item in items
        if isinstance(item, ResponseItem) and item.id and _HOME in vars(item)
    }
