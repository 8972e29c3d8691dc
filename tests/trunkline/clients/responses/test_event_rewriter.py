"""Events say what their chunks say, whichever pieces a middleware changed, in whichever order."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires.responses.stream import NATIVE_EVENT, NativeDecoder
from trunkline.clients.responses.event_rewriter import EventRewriter
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.model_response import ModelResponseStream
from trunkline.pipeline.schema.responses import ResponseStreamEvent

THOUGHT: JSON = {"output_index": 0, "summary_index": 0}
FIRST: JSON = {"output_index": 1, "content_index": 0}
SECOND: JSON = {"output_index": 1, "content_index": 1}
CALL: JSON = {"output_index": 2}
#: The kind of the events of each text, where it is, and how its end names it.
TEXTS = (
    ("response.reasoning_summary_text", THOUGHT, "text"),
    ("response.output_text", FIRST, "text"),
    ("response.output_text", SECOND, "text"),
    ("response.function_call_arguments", CALL, "arguments"),
)
STARTED = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": ""}

Pieces = list[list[str]]


def events_of(pieces: Pieces, order: list[int]) -> list[JSON]:
    """Return events with the pieces of all texts, mixed as `order` says, and their ends."""
    left = [list(own) for own in pieces]
    events: list[JSON] = [
        {"type": "response.output_item.added", "output_index": 2, "item": STARTED}
    ]
    for number in [*order, *(number for number, own in enumerate(pieces) for _ in own)]:
        if not left[number]:
            continue
        kind, place, name = TEXTS[number]
        events.append({"type": f"{kind}.delta", **place, "delta": left[number].pop(0)})
        if not left[number]:
            events.append({"type": f"{kind}.done", **place, name: "".join(pieces[number])})
    events.append({"type": "response.completed", "response": whole(pieces)})
    return events


def whole(pieces: Pieces) -> JSON:
    """Return the response that the events describe."""
    thought, first, second, called = map("".join, pieces)
    texts = [{"type": "output_text", "text": text} for text in (first, second)]
    return {
        "status": "completed",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": thought}]},
            {"type": "message", "role": "assistant", "content": texts},
            {**STARTED, "arguments": called},
        ],
    }


def change(chunk: ModelResponseStream) -> None:
    """Change what a chunk says, as a middleware does."""
    delta = chunk.choices[0].delta
    for name in ("content", "reasoning_content"):
        if getattr(delta, name):
            setattr(delta, name, getattr(delta, name).upper())
    for call in delta.tool_calls or ():
        if call.function is not None and call.function.arguments:
            call.function.arguments = call.function.arguments.upper()


def rewritten(events: list[JSON], changed: set[int]) -> list[ResponseStreamEvent]:
    """Return the events after a middleware changed the chunks with these numbers."""
    decoder = NativeDecoder(find_provider("openai"), {})
    rewriter = EventRewriter()
    encoded = [(str(event["type"]), msgspec.json.encode(event)) for event in events]
    chunks = [chunk for chunk in decoder.read_all(encoded) if NATIVE_EVENT in vars(chunk)]
    assert len(chunks) == len(events)
    found: list[ResponseStreamEvent] = []
    for number, chunk in enumerate(chunks):
        if number in changed and chunk.choices:
            change(chunk)
        found.append(rewriter.rewrite(vars(chunk)[NATIVE_EVENT], chunk))
    return found


PIECES = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4)


@given(
    pieces=st.tuples(*[PIECES] * len(TEXTS)).map(list),
    order=st.lists(st.integers(0, len(TEXTS) - 1), max_size=16),
    changed=st.sets(st.integers(0, 20)),
)
def test_ends_repeat_what_their_pieces_said(
    pieces: Pieces, order: list[int], changed: set[int]
) -> None:
    found = rewritten(events_of(pieces, order), changed)
    said: list[str] = []
    for kind, place, name in TEXTS:
        own = [one for one in found if _is_about(one, kind, place)]
        said.append("".join(str(one.delta) for one in own if one.type.endswith(".delta")))
        assert [one[name] for one in own if one.type.endswith(".done")] == [said[-1]]
    assert said == [_said(number, pieces, found) for number in range(len(TEXTS))]
    last: Any = found[-1].response
    output = last.model_dump()["output"]
    assert output == whole([[text] for text in said])["output"]


def _is_about(event: ResponseStreamEvent, kind: str, place: JSON) -> bool:
    return event.type.startswith(f"{kind}.") and all(
        event.get(name) == value for name, value in place.items()
    )


def _said(number: int, pieces: Pieces, found: list[ResponseStreamEvent]) -> str:
    """Return the text, each of whose pieces is as it was or in capitals."""
    kind, place, _ = TEXTS[number]
    deltas = [
        str(one.delta) for one in found if _is_about(one, kind, place) and one.delta is not None
    ]
    assert [delta.lower() for delta in deltas] == pieces[number]
    return "".join(deltas)
