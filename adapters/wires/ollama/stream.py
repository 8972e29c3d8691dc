"""Streams of Ollama: one JSON object a line.

https://docs.ollama.com/api/streaming
"""

from __future__ import annotations

from collections.abc import Mapping

from ....pipeline.schema.model_response import ModelResponseStream
from ....pipeline.schema.parts import (
    ChoiceLogprobs,
    Delta,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
    Usage,
)
from ...decode.dates import read_timestamp
from ...decode.ndjson import LineReader
from ...decode.stamps import new_answer_id, new_call_id
from ...decode.stream_decoder import StreamDecoder
from ...provider.row import Provider
from .forced import Call, CallReader
from .response import calls_of, finish, images_of, read_line, usage_of
from .schema import ChatResponse, NativeMessage

Chunks = list[ModelResponseStream]


class Decoder(StreamDecoder[bytes]):
    """Turns the bytes of a stream into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(LineReader())
        self._provider = provider
        self._headers = headers
        self._id = new_answer_id()
        self._created = 0
        self._calls = 0
        self._forced = CallReader()

    def read(self, event: bytes) -> Chunks:
        """Return the chunks of a line."""
        answer = read_line(event, self._headers)
        chunk = self._chunk(answer)
        return [chunk, *self._end(answer)] if answer.done else [chunk]

    def close(self) -> Chunks:
        """Return the chunks of what is left at the end of the body."""
        chunks = super().close()
        held, _ = self._forced.close()
        if held:
            # The stream broke off in the middle of a call.
            choice = StreamingChoice(delta=Delta(content=held))
            chunks.append(ModelResponseStream(id=self._id, choices=[choice]))
        return chunks

    def _chunk(self, answer: ChatResponse) -> ModelResponseStream:
        native = answer.message or NativeMessage()
        text = native.content and self._forced.feed(native.content)
        held, forced = self._forced.close() if answer.done else ("", None)
        choice = StreamingChoice(
            delta=Delta(
                role=native.role,
                content=(text or "") + held if held else text,
                reasoning_content=native.thinking or None,
                tool_calls=self._tool_calls(calls_of(native, forced)) or None,
                images=images_of(native),
            ),
            logprobs=ChoiceLogprobs(content=answer.logprobs) if answer.logprobs else None,
        )
        if answer.done:
            finish(choice, answer, self._provider, called=self._calls > 0)
        return self._of(answer, [choice])

    def _end(self, answer: ChatResponse) -> Chunks:
        self.done = True
        usage = usage_of(answer)
        return [self._of(answer, [], usage)] if usage is not None else []

    def _of(
        self, answer: ChatResponse, choices: list[StreamingChoice], usage: Usage | None = None
    ) -> ModelResponseStream:
        # Each line of Ollama has its own time; OpenAI's chunks all have the same.
        self._created = self._created or read_timestamp(answer.created_at)
        return ModelResponseStream(
            id=self._id, created=self._created, model=answer.model, choices=choices, usage=usage
        )

    def _tool_calls(self, calls: list[tuple[str | None, Call]]) -> list[DeltaToolCall]:
        """Return the calls of one line, each of which is whole."""
        pieces: list[DeltaToolCall] = []
        for call_id, (name, arguments) in calls:
            pieces.append(
                DeltaToolCall(
                    index=self._calls,
                    id=call_id or new_call_id(),
                    type="function",
                    function=DeltaFunction(name=name, arguments=arguments),
                )
            )
            self._calls += 1
        return pieces
