"""Output items whose pieces are still coming, and the events that announce, extend and end them.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ....pipeline.json_values import JSON
from ....pipeline.schema.parts import DeltaToolCall
from .items import message_item, new_id, reasoning_item, text_part

TextKind = Literal["output_text", "refusal"]


def item_added(index: int, item: JSON) -> JSON:
    """Return the event that announces an item."""
    return {"type": "response.output_item.added", "output_index": index, "item": dict(item)}


def item_done(index: int, item: JSON) -> JSON:
    """Return the event that ends an item."""
    return {"type": "response.output_item.done", "output_index": index, "item": dict(item)}


class OpenReasoning:
    """A reasoning item.

    Its `output_item.done` comes at the end of the stream: only then is it known what the provider
    needs back (`encrypted_content`).
    """

    def __init__(self, index: int) -> None:
        self.index = index
        self.item = reasoning_item("", None)
        self._text: list[str] = []
        self._place = {"item_id": self.item["id"], "output_index": index, "summary_index": 0}

    def begin(self) -> Iterator[JSON]:
        """Yield the events that announce it."""
        yield item_added(self.index, self.item)
        part = {"type": "summary_text", "text": ""}
        yield {"type": "response.reasoning_summary_part.added", **self._place, "part": part}

    def add(self, text: str) -> JSON:
        """Return the event of a piece of reasoning."""
        self._text.append(text)
        return {"type": "response.reasoning_summary_text.delta", **self._place, "delta": text}

    def close(self) -> Iterator[JSON]:
        """Yield the events that end its text."""
        part = {"type": "summary_text", "text": "".join(self._text)}
        self.item["summary"] = [part]
        text = part["text"]
        yield {"type": "response.reasoning_summary_text.done", **self._place, "text": text}
        yield {"type": "response.reasoning_summary_part.done", **self._place, "part": dict(part)}


class OpenMessage:
    """A message item, with one part for each run of text or refusal."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.item = message_item(new_id("msg"), [], "in_progress")
        self._content: list[JSON] = self.item["content"]
        self._pieces: list[str] = []
        # The open part: its kind, and where it is.
        self._kind = ""
        self._place: JSON = {}

    def begin(self) -> Iterator[JSON]:
        """Yield the event that announces it."""
        yield item_added(self.index, {**self.item, "content": []})

    def add(self, kind: TextKind, text: str) -> list[JSON]:
        """Return the events of a piece of text or of a refusal."""
        begun = [] if kind == self._kind else [*self._close_part([]), self._begin_part(kind)]
        self._pieces.append(text)
        event: JSON = {"type": f"response.{kind}.delta", **self._place, "delta": text}
        if kind == "output_text":
            event["logprobs"] = []
        return [*begun, event]

    def _begin_part(self, kind: TextKind) -> JSON:
        part = text_part("") if kind == "output_text" else {"type": kind, "refusal": ""}
        self._content.append(part)
        self._pieces = []
        self._kind = kind
        self._place = {
            "item_id": self.item["id"],
            "output_index": self.index,
            "content_index": len(self._content) - 1,
        }
        return {"type": "response.content_part.added", **self._place, "part": dict(part)}

    def _close_part(self, annotations: list[JSON]) -> Iterator[JSON]:
        if not self._content:
            return
        part = self._content[-1]
        said = "".join(self._pieces)
        if part["type"] == "refusal":
            part["refusal"] = said
            yield {"type": "response.refusal.done", **self._place, "refusal": said}
        else:
            part |= {"text": said, "annotations": annotations}
            for number, annotation in enumerate(annotations):
                yield {
                    "type": "response.output_text.annotation.added",
                    **self._place,
                    "annotation_index": number,
                    "annotation": annotation,
                }
            done: JSON = {"type": "response.output_text.done", **self._place, "text": said}
            yield {**done, "logprobs": []}
        yield {"type": "response.content_part.done", **self._place, "part": dict(part)}

    def close(self, annotations: list[JSON]) -> Iterator[JSON]:
        """Yield the events that end it; `annotations` belong to its last text."""
        yield from self._close_part(annotations)
        self.item["status"] = "completed"
        yield item_done(self.index, self.item)


class OpenCall:
    """An item of a function call, or of a call of a custom tool."""

    def __init__(self, index: int, piece: DeltaToolCall) -> None:
        self.index = index
        self._custom = piece.custom is not None
        named = piece.custom or piece.function
        self._field = "input" if self._custom else "arguments"
        self._event = "custom_tool_call_input" if self._custom else "function_call_arguments"
        self._pieces: list[str] = []
        self.item: JSON = {
            "id": new_id("ctc" if self._custom else "fc"),
            "type": "custom_tool_call" if self._custom else "function_call",
            "call_id": piece.id or new_id("call"),
            "name": (named.name if named is not None else None) or "",
            self._field: "",
        }
        if not self._custom:
            self.item["status"] = "in_progress"

    def add(self, piece: DeltaToolCall) -> list[JSON]:
        """Return the event of a piece of its arguments, [] for one without text."""
        if self._custom:
            text = piece.custom.input if piece.custom is not None else None
        else:
            text = piece.function.arguments if piece.function is not None else None
        return [self._add_text(text)] if text else []

    def _add_text(self, text: str) -> JSON:
        self._pieces.append(text)
        return {"type": f"response.{self._event}.delta", **self._place(), "delta": text}

    def _place(self) -> JSON:
        return {"item_id": self.item["id"], "output_index": self.index}

    def close(self) -> Iterator[JSON]:
        """Yield the events that end it."""
        if not self._pieces and not self._custom:
            # Clients add up the pieces.
            yield self._add_text("{}")
        said = "".join(self._pieces)
        done: JSON = {"type": f"response.{self._event}.done", **self._place()}
        if not self._custom:
            done["name"] = self.item["name"]
            self.item["status"] = "completed"
        self.item[self._field] = done[self._field] = said
        yield done
        yield item_done(self.index, self.item)
