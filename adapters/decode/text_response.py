"""What the wires of agents share: one text in, one text out, and no parameters of a model.

An agent chooses its model itself, so only the conversation is passed on.
"""

from __future__ import annotations

from ...pipeline.call.messages import MessageParam
from ...pipeline.json_values import JSON
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import Choice, Delta, Message, StreamingChoice, Usage
from ..encode.conversation import (
    REASONING_PARTS,
    Turn,
    list_turns,
    parts,
    text_part,
    transcript,
    unsupported_part,
)
from ..provider.row import Provider
from .finish_reasons import map_finish_reason
from .stamps import new_answer_id

#: OpenAI parameters that the wires of agents take.
PARAMS = frozenset({"stream", "stream_options"})


def spoken_text(turn: Turn, provider: Provider) -> str:
    """Return the text of a message.

    Raises:
        BadRequestError: a part is not text, or it is the result of a tool, which agents call
            themselves.
    """
    found = parts(turn)
    if turn.message["role"] == "tool" and found:
        raise unsupported_part(found[0], provider.name)
    return "".join(
        text_part(part, provider.name) for part in found if part.part["type"] not in REASONING_PARTS
    )


def as_one_text(messages: tuple[MessageParam, ...], provider: Provider) -> str:
    """Return a conversation as one text: the text of a single message, else a transcript.

    Raises: as `spoken_text`.
    """
    said = [(turn.message["role"], spoken_text(turn, provider)) for turn in list_turns(messages)]
    if len(said) == 1:
        return said[0][1]
    return transcript([(role, text) for role, text in said if text])


def whole_answer(
    text: str,
    reason: str,
    provider: Provider,
    *,
    usage: Usage | None = None,
    specific: JSON | None = None,
) -> ModelResponse:
    """Return an agent's text as a response; `specific` has what else it sent."""
    choice = Choice(message=Message(content=text), finish_reason=reason)
    map_finish_reason(choice, provider.finish_reasons)
    return ModelResponse(
        id=new_answer_id(), choices=[choice], usage=usage, provider_specific_fields=specific or None
    )


class ChunkWriter:
    """Writes the chunks of one response."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._id = new_answer_id()
        #: Whether any text was written.
        self.spoke = False

    def text(self, text: str) -> list[ModelResponseStream]:
        """Return a chunk with text, [] if there is none."""
        self.spoke = self.spoke or bool(text)
        return [self._chunk(StreamingChoice(delta=Delta(content=text)))] if text else []

    def thought(self, text: str) -> list[ModelResponseStream]:
        """Return a chunk with reasoning: what an agent says while it works."""
        delta = Delta(reasoning_content=text)
        return [self._chunk(StreamingChoice(delta=delta))] if text else []

    def end(
        self, reason: str, *, usage: Usage | None = None, specific: JSON | None = None
    ) -> list[ModelResponseStream]:
        """Return the last chunks; `specific` has what else the agent sent."""
        choice = StreamingChoice(delta=Delta(), finish_reason=reason)
        map_finish_reason(choice, self._provider.finish_reasons)
        counted = [ModelResponseStream(id=self._id, usage=usage)] if usage is not None else []
        last = self._chunk(choice)
        last.provider_specific_fields = specific or None
        return [last, *counted]

    def _chunk(self, choice: StreamingChoice) -> ModelResponseStream:
        return ModelResponseStream(id=self._id, choices=[choice])
