"""Fold the chunks of a stream into the response that a call without streaming returns."""

from __future__ import annotations

from typing import Any

from msgspec.structs import astuple

from ..errors import InvalidArgumentError
from ..schema.call_info import CallInfo
from ..schema.model_response import ModelResponse, ModelResponseStream, expect_class
from ..schema.parts import StreamingChoice, Usage
from .open_choice import OTHER_FIELDS, OpenChoice


class Fold:
    """A response in progress: `add` chunks, and call `response()` at any time."""

    __slots__ = (
        "_choices",
        "_citations",
        "_head",
        "_raw",
        "_specific",
        "_tail",
        "_usage",
        "_writing",
        "call",
        "has_content",
    )

    def __init__(self, call: CallInfo) -> None:
        self.call = call
        self.has_content = False
        self.restart()

    def restart(self) -> None:
        """Forget the chunks: the next one begins another response."""
        self._choices: dict[int, OpenChoice] = {}
        # The choice whose text may go on in the next chunk.
        self._writing: OpenChoice | None = None
        self._head: ModelResponseStream | None = None
        self._tail: ModelResponseStream | None = None
        self._usage: Usage | None = None
        self._citations: list[Any] | None = None
        self._specific: dict[str, Any] = {}
        self._raw: list[bytes] = []

    @property
    def finished(self) -> bool:
        """Whether every choice has its finish reason."""
        choices = self._choices.values()
        return bool(choices) and all(choice.finish_reason is not None for choice in choices)

    @property
    def began_to_finish(self) -> bool:
        """Whether any choice has a finish reason."""
        return any(choice.finish_reason for choice in self._choices.values())

    def add(self, chunk: ModelResponseStream) -> None:
        """Add one chunk."""
        choices = chunk.choices
        writing = self._writing
        if writing is not None and len(choices) == 1:
            choice = choices[0]
            delta = choice.delta
            content = delta.content
            if (
                content
                and choice.index == writing.index
                and choice.finish_reason is None
                and choice.logprobs is None
                and choice.provider_specific_fields is None
                and chunk.usage is None
                and chunk.citations is None
                and chunk.provider_specific_fields is None
                and astuple(delta).count(None) == OTHER_FIELDS
            ):
                # More text and nothing else, as most chunks are.
                writing.content.append(content)
                return
        self._add_all(chunk, choices)

    def _add_all(self, chunk: ModelResponseStream, choices: list[StreamingChoice]) -> None:
        if self._head is None:
            self._head = chunk
            self._raw.extend(chunk.raw_)
        at_end = not choices or chunk.usage is not None
        if chunk.citations is not None:
            self._citations = chunk.citations
        if chunk.provider_specific_fields:
            self._specific.update(chunk.provider_specific_fields)
        for choice in choices:
            open_choice = self._choices.get(choice.index)
            if open_choice is None:
                open_choice = self._choices[choice.index] = OpenChoice(choice.index)
            at_end = open_choice.add(choice) or at_end
            self.has_content = self.has_content or carries_content(choice)
            self._writing = open_choice if open_choice.is_plain else None
        if at_end:
            # Providers put undeclared fields into these chunks and the first one.
            self._usage = chunk.usage or self._usage
            self._tail = chunk
            self._raw.extend(chunk.raw_)

    def response(self) -> ModelResponse:
        """Return the part of the response that has arrived so far."""
        head = self._head or ModelResponseStream(model=self.call.model)
        tail = self._tail or head
        # Azure starts with a chunk of its content filter, without model and creation time.
        named = head if head.choices else tail
        raw = tuple(self._raw)
        for choice in self._choices.values():
            choice.raw = raw
        response = ModelResponse(
            id=head.id or tail.id,
            created=named.created or head.created,
            model=named.model or head.model,
            system_fingerprint=tail.system_fingerprint or head.system_fingerprint,
            service_tier=tail.service_tier or head.service_tier,
            usage=self._usage,
            citations=self._citations,
            provider_specific_fields=self._specific or None,
            choices=[self._choices[index].done() for index in sorted(self._choices)],
            raw_=raw,
        )
        response.call = self.call
        if self.call.parse is not None:
            expect_class(response, self.call.parse)
        return response


def carries_content(choice: StreamingChoice) -> bool:
    """Return whether a choice of a chunk has content or a finish reason."""
    delta = choice.delta
    return bool(
        delta.content
        or delta.reasoning_content
        or delta.tool_calls
        or choice.finish_reason
        or delta.refusal
        or delta.function_call
        or delta.thinking_blocks
        or delta.audio
        or delta.images
    )


def fold_chunks(chunks: list[ModelResponseStream]) -> ModelResponse:
    """Fold `chunks` into a response.

    Raises:
        InvalidArgumentError: one of them is not a chunk.
    """
    folded = Fold(CallInfo())
    for number, chunk in enumerate(chunks):
        if not isinstance(chunk, ModelResponseStream):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            raise InvalidArgumentError(
                f"chunks[{number}]: expected a ModelResponseStream, got {type(chunk).__name__}; "
                "stream_chunk_builder() takes dictionaries, too"
            )
        folded.add(chunk)
    return folded.response()
