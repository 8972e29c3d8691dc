"""What the wires of agents share: one text in, one text out, and no parameters of a model's.

An agent decides itself which model it asks, so there is nothing of OpenAI's to hand on but the
conversation.
"""

from __future__ import annotations

from typing import Any

from ...pipeline.call.messages import MessageParam
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import Choice, Delta, Message, StreamingChoice, Usage
from ..encode.conversation import (
    REASONING_PARTS,
    Turn,
    parts,
    refused,
    text_part,
    transcript,
    turns,
)
from ..provider.row import Provider
from .finish_reasons import map_finish_reason
from .stamps import new_answer_id

#: OpenAI parameters that an agent has a place for.
PARAMS = frozenset({"stream", "stream_options"})


def spoken_text(turn: Turn, provider: Provider) -> str:
    """Return what somebody says in a message.

    Raises:
        BadRequestError: a part is no text, or it is a result of a tool: agents call their own.
    """
    found = parts(turn)
    if turn.message["role"] == "tool" and found:
        raise refused(found[0], provider.name)
    return "".join(
        text_part(part, provider.name) for part in found if part.part["type"] not in REASONING_PARTS
    )


def as_one_text(messages: tuple[MessageParam, ...], provider: Provider) -> str:
    """Return a conversation as one text: what the user says, or else a transcript.

    Raises: as `spoken_text`.
    """
    said = [(turn.message["role"], spoken_text(turn, provider)) for turn in turns(messages)]
    if len(said) == 1:
        return said[0][1]
    return transcript([(role, text) for role, text in said if text])


def whole_answer(
    text: str, reason: str, provider: Provider, usage: Usage | None = None, **specific: Any
) -> ModelResponse:
    """Return an agent's text as a response; `specific` is what else it said."""
    choice = Choice(message=Message(content=text), finish_reason=reason)
    map_finish_reason(choice, provider.finish_reasons)
    return ModelResponse(
        id=new_answer_id(), choices=[choice], usage=usage, provider_specific_fields=specific or None
    )


def objects_in(value: object) -> list[JSON]:
    """Return the objects of a list; none where it is no list."""
    return [fields for item in as_array(value) or () if (fields := as_object(item)) is not None]


class ChunkWriter:
    """Writes the chunks of one answer."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._id = new_answer_id()
        #: Whether some text was written.
        self.spoke = False

    def text(self, text: str) -> list[ModelResponseStream]:
        """Return a chunk with text, none where there is no text."""
        self.spoke = self.spoke or bool(text)
        return [self._chunk(StreamingChoice(delta=Delta(content=text)))] if text else []

    def thought(self, text: str) -> list[ModelResponseStream]:
        """Return a chunk with what an agent says while it works."""
        delta = Delta(reasoning_content=text)
        return [self._chunk(StreamingChoice(delta=delta))] if text else []

    def end(
        self, reason: str, usage: Usage | None = None, **specific: Any
    ) -> list[ModelResponseStream]:
        """Return the last chunks; `specific` is what else the agent said."""
        choice = StreamingChoice(delta=Delta(), finish_reason=reason)
        map_finish_reason(choice, self._provider.finish_reasons)
        counted = [ModelResponseStream(id=self._id, usage=usage)] if usage is not None else []
        last = self._chunk(choice)
        last.provider_specific_fields = specific or None
        return [last, *counted]

    def _chunk(self, choice: StreamingChoice) -> ModelResponseStream:
        return ModelResponseStream(id=self._id, choices=[choice])
