"""The chunks of a chat completion as events of the Responses API, one by one.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....pipeline.json_values import JSON
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import Choice, Delta, DeltaToolCall
from .items import image_items, message_item, new_id, reasoning_item, text_part
from .open_items import OpenCall, OpenMessage, OpenReasoning, TextKind, item_added, item_done
from .outbound import ending, head, response_annotations
from .reasoning_state import write_state


class EventWriter:
    """Turns chunks into events; `finish` or `fail` returns those that end the stream.

    Items follow each other: reasoning, a message, then calls. Text after reasoning, or reasoning
    after text, begins another item, as it does in the API itself.

    Args:
        request: the body of the Responses request.
        response_id: the id of the response.
    """

    def __init__(self, request: Mapping[str, Any], response_id: str) -> None:
        self._request = request
        self._id = response_id
        self._sequence = 0
        self._response: JSON = {}
        self._items: list[JSON] = []
        self._reasoning: list[OpenReasoning] = []
        self._open: OpenReasoning | OpenMessage | None = None
        self._calls: dict[int, OpenCall] = {}
        # Citations for the open message. None if no chunk has brought any: then `finish` takes
        # those of the whole response.
        self._cited: list[JSON] | None = None

    def write(self, chunk: ModelResponseStream) -> list[JSON]:
        """Return the events of a chunk; those of the first choice also begin the response."""
        if not chunk.choices:
            # Such chunks may come before the model is known.
            return []
        events = [] if self._response else self._begin(chunk.model, chunk.created)
        for choice in chunk.choices:
            if choice.index == 0:
                events += self._add(choice.delta)
        return self._numbered(events)

    def finish(self, completion: ModelResponse) -> list[JSON]:
        """Return the events that end the stream; `completion` is what all chunks add up to."""
        begun = [] if self._response else self._begin(completion.model, completion.created)
        choice = completion.choices[0] if completion.choices else Choice()
        if self._cited is None:
            self._cited = choice.message.annotations
        events = [*begun, *self._close_open()]
        for call in self._calls.values():
            events += call.close()
        events += self._end_reasoning(write_state(choice.message))
        if not self._items:
            events += self._empty_message()
        end = ending(choice.finish_reason, completion.usage, completion.service_tier)
        response = {**self._response, **end, "output": self._items}
        events.append({"type": f"response.{response['status']}", "response": response})
        return self._numbered(events)

    def fail(self, code: str, message: str) -> list[JSON]:
        """Return the event of a stream that failed."""
        failed = {"status": "failed", "error": {"code": code, "message": message}}
        response = {**self._response, **failed, "output": self._items}
        return self._numbered([{"type": "response.failed", "response": response}])

    def _numbered(self, events: list[JSON]) -> list[JSON]:
        for event in events:
            event["sequence_number"] = self._sequence
            self._sequence += 1
        return events

    def _begin(self, model: str, created: int) -> list[JSON]:
        self._response = head(model, created, self._request, self._id)
        kinds = ("response.created", "response.in_progress")
        return [{"type": kind, "response": dict(self._response)} for kind in kinds]

    def _add(self, delta: Delta) -> list[JSON]:
        events: list[JSON] = []
        reasoning = delta.reasoning_content or delta.reasoning
        if reasoning:
            events += self._add_reasoning(reasoning)
        if delta.content:
            events += self._add_text("output_text", delta.content)
        if delta.refusal:
            events += self._add_text("refusal", delta.refusal)
        if delta.annotations:
            self._cited = [*(self._cited or ()), *delta.annotations]
        if delta.images:
            events += self._add_images(delta.images)
        for piece in delta.tool_calls or ():
            events += self._add_call(piece)
        return events

    def _add_reasoning(self, text: str) -> list[JSON]:
        reasoning = self._open
        if isinstance(reasoning, OpenReasoning):
            return [reasoning.add(text)]
        ended = self._close_open()
        reasoning = self._open = OpenReasoning(len(self._items))
        self._items.append(reasoning.item)
        self._reasoning.append(reasoning)
        return [*ended, *reasoning.begin(), reasoning.add(text)]

    def _add_text(self, kind: TextKind, text: str) -> list[JSON]:
        message = self._open
        if isinstance(message, OpenMessage):
            return message.add(kind, text)
        ended = self._close_open()
        message = self._open = OpenMessage(len(self._items))
        self._items.append(message.item)
        return [*ended, *message.begin(), *message.add(kind, text)]

    def _add_call(self, piece: DeltaToolCall) -> list[JSON]:
        call = self._calls.get(piece.index or 0)
        if call is not None:
            return call.add(piece)
        ended = self._close_open()
        call = self._calls[piece.index or 0] = OpenCall(len(self._items), piece)
        self._items.append(call.item)
        return [*ended, item_added(call.index, call.item), *call.add(piece)]

    def _add_images(self, images: list[JSON]) -> list[JSON]:
        events = self._close_open()
        for item in image_items(images):
            number = len(self._items)
            self._items.append(item)
            begun = {**item, "status": "in_progress", "result": None}
            events += [item_added(number, begun), item_done(number, item)]
        return events

    def _close_open(self) -> list[JSON]:
        """Return the events that end the open item, a message with the citations in it."""
        item, self._open = self._open, None
        if isinstance(item, OpenReasoning):
            return [*item.close()]
        if item is None:
            return []
        cited = response_annotations(self._cited)
        if self._cited:
            self._cited = []
        return [*item.close(cited)]

    def _end_reasoning(self, state: str | None) -> Iterator[JSON]:
        """Yield the end of each reasoning item; the first keeps what the provider needs back."""
        if state is not None and not self._reasoning:
            item = reasoning_item("", state)
            self._items.append(item)
            yield item_added(len(self._items) - 1, item)
            yield item_done(len(self._items) - 1, item)
        for number, reasoning in enumerate(self._reasoning):
            if number == 0:
                reasoning.item["encrypted_content"] = state
            yield item_done(reasoning.index, reasoning.item)

    def _empty_message(self) -> Iterator[JSON]:
        item = message_item(new_id("msg"), [text_part("")])
        self._items.append(item)
        yield item_added(0, item)
        yield item_done(0, item)
