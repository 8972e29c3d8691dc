"""A stored response as a stream of the Responses API, with all items that its provider sent.

A response from a cache comes as chunks of a chat completion, which have no place for most items.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...adapters.wires.responses.changes import native_response
from ...adapters.wires.responses.open_items import item_added, item_done
from ...adapters.wires.responses.origin import origin_of
from ...adapters.wires.responses.outbound import write_response
from ...pipeline.call.native import native_of
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import REPLAYED, ModelResponse, ModelResponseStream

#: The events of a text in an item, by the item's field and the part's type: the part's events, the
#: text's, and the name of the part's number.
_TEXTS: Mapping[tuple[str, object], tuple[str, str, str]] = {
    ("content", "output_text"): ("content_part", "output_text", "content_index"),
    ("content", "refusal"): ("content_part", "refusal", "content_index"),
    ("content", "reasoning_text"): ("content_part", "reasoning_text", "content_index"),
    ("summary", "summary_text"): (
        "reasoning_summary_part",
        "reasoning_summary_text",
        "summary_index",
    ),
}
#: The events of an item's own text, by the item's type: the field, and the events.
_INPUTS: Mapping[object, tuple[str, str]] = {
    "function_call": ("arguments", "function_call_arguments"),
    "custom_tool_call": ("input", "custom_tool_call_input"),
}


class Replay:
    """The chunks of a stored response; they count only if something has changed them.

    Attributes:
        chunks: the chunks as they come.
    """

    def __init__(self, stored: ModelResponse) -> None:
        self._stored = stored
        self.chunks: list[ModelResponseStream] = []

    def events(
        self, completion: ModelResponse, request: Mapping[str, Any], response_id: str
    ) -> list[JSON] | None:
        """Return the events of the response, None if the chunks say something else.

        Args:
            completion: what the chunks add up to.
            request: the body of the Responses request.
            response_id: the response's id, unless it came with one.
        """
        if _said_by(completion) != _said_by(self._stored):
            return None
        body = native_response(self._stored)
        if body is None:
            identity = self._stored.id if self._stored.id.startswith("resp_") else response_id
            body = write_response(self._stored, request, identity)
        return [{**event, "sequence_number": number} for number, event in enumerate(_events(body))]


def replay_of(chunk: ModelResponseStream) -> Replay | None:
    """Return the replay that a chunk begins, None if a provider has just made it."""
    stored: ModelResponse | None = vars(chunk).get(REPLAYED)
    if stored is None or not (origin_of(stored) or native_of(stored)):
        return None
    return Replay(stored)


def _said_by(completion: ModelResponse) -> object:
    return [
        (
            choice.message.content or "",
            choice.message.refusal or "",
            choice.message.reasoning_content or "",
            [call.model_dump_json() for call in choice.message.tool_calls or ()],
        )
        for choice in completion.choices
    ]


def _events(response: JSON) -> Iterator[JSON]:
    begun: JSON = {**response, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for number, item in enumerate(as_array(response.get("output")) or ()):
        yield from _item_events(number, as_object(item) or {})
    yield {"type": f"response.{response.get('status') or 'completed'}", "response": response}


def _item_events(number: int, item: JSON) -> Iterator[JSON]:
    place: JSON = {"item_id": item.get("id"), "output_index": number}
    fields = [name for name in ("summary", "content") if as_array(item.get(name)) is not None]
    field, kind = _INPUTS.get(item.get("type"), ("", ""))
    begun = dict(item)
    for name in fields:
        begun[name] = list[JSON]()
    if field:
        begun[field] = ""
    if "status" in item:
        begun["status"] = "in_progress"
    yield item_added(number, begun)
    for name in fields:
        for position, part in enumerate(as_array(item[name]) or ()):
            yield from _part_events(name, position, as_object(part) or {}, place)
    if field:
        said = item.get(field) or ""
        named: JSON = {"name": item.get("name")} if kind == "function_call_arguments" else {}
        yield {"type": f"response.{kind}.delta", **place, "delta": said}
        yield {"type": f"response.{kind}.done", **place, field: said, **named}
    yield item_done(number, item)


def _part_events(field: str, position: int, part: JSON, place: JSON) -> Iterator[JSON]:
    if (field, part.get("type")) not in _TEXTS:
        return
    part_kind, kind, index = _TEXTS[field, part["type"]]
    key = "refusal" if "refusal" in part else "text"
    here: JSON = {**place, index: position}
    logprobs: JSON = {"logprobs": part.get("logprobs") or []} if kind == "output_text" else {}
    empty: JSON = {"annotations": []} if "annotations" in part else {}
    yield {"type": f"response.{part_kind}.added", **here, "part": {**part, key: "", **empty}}
    yield {"type": f"response.{kind}.delta", **here, "delta": part.get(key) or "", **logprobs}
    yield from _annotation_events(part.get("annotations"), here)
    yield {"type": f"response.{kind}.done", **here, key: part.get(key) or "", **logprobs}
    yield {"type": f"response.{part_kind}.done", **here, "part": part}


def _annotation_events(annotations: object, here: JSON) -> Iterable[JSON]:
    return [
        {
            "type": "response.output_text.annotation.added",
            **here,
            "annotation_index": number,
            "annotation": annotation,
        }
        for number, annotation in enumerate(as_array(annotations) or ())
    ]
