"""Streamed chat completions: the events of one read are decoded together.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ....pipeline.errors import APIError, APIResponseValidationError
from ....pipeline.json_values import as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream, link
from ....pipeline.schema.parts import StreamingChoice
from ...decode.classify import codes_of, event_problem, make_error, read_problem
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import find_json, read_json
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...provider.row import Provider
from ...provider.rules import forces_tools
from ...structured.forced_tool import ContentRestorer
from .logprobs import complete_logprobs
from .response import complete_usage, decode, find_failure, name_reasoning, repair_as

if TYPE_CHECKING:
    from ...decode.open_calls import OpenCalls

_chunk = msgspec.json.Decoder(ModelResponseStream)
_chunks = msgspec.json.Decoder(list[ModelResponseStream])


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed response into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader(), self.decode_plain)
        self._provider = provider
        self._headers = headers
        self._restorer = ContentRestorer() if forces_tools(provider) else None
        self._calls: dict[int, OpenCalls] = {}
        self._unsigned: dict[int, list[str]] = {}
        self._has_choices = False
        # Whether reasoning under a name that is not declared may be next to text.
        self._may_mix = True
        self._has_other_name = False

    def decode_plain(self, body: bytes) -> ModelResponse:
        """Return the response of a body that is not an event stream; raises as `decode`."""
        response = HTTPResponse(status=200, headers=self._headers, body=body)
        return decode(response, self._provider)

    def read_all(self, events: Sequence[Event]) -> list[ModelResponseStream]:
        """Return the chunks of several events; those before an error are still returned."""
        if not events or self.done or self.error is not None:
            return []
        self._seen = True
        if len(events) == 1:
            name, payload = events[0]
            chunk = self._read_alone(name, payload)
            if chunk is not None:
                return [chunk]
        names, (*payloads, last) = zip(*events, strict=True)
        ended = last == b"[DONE]"
        if not ended:
            payloads.append(last)
        body = b",".join(payloads)
        if "error" in names or b'"error"' in body or b"[DONE]" in body:
            payloads = self._before_the_end(events)
            body = b",".join(payloads)
        elif ended:
            self.done = True
        chunks = self._decode(payloads, body)
        self._complete(chunks, payloads)
        if self.done and not self._has_choices and self.error is None:
            self.error = APIResponseValidationError("the stream ended without any choice")
        return chunks if self._restorer is None else self._restorer.restore(chunks)

    def _read_alone(self, name: str, payload: bytes) -> ModelResponseStream | None:
        """Return the chunk of an event with choices that came by itself; None for any other."""
        # `in` takes two to three times as long as find().
        if name == "error" or payload.find(b'"error"') >= 0 or self._restorer is not None:
            return None
        try:
            chunk = _chunk.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        choices = chunk.choices
        if not choices or chunk.usage is not None:
            return None
        link(chunk, payload)
        self._has_choices = True
        try:
            self._complete_choices(choices)
        except APIError as error:
            self.error = error
        return chunk

    def _before_the_end(self, events: Sequence[Event]) -> list[bytes]:
        """Return the payloads before an end marker or an error, and note which one came."""
        payloads: list[bytes] = []
        for name, data in events:
            if data.strip() == b"[DONE]":
                self.done = True
                break
            suspicious = name == "error" or b'"error"' in data
            if suspicious and self._find_error(name, data):
                # OpenRouter sends usage with an error.
                if b'"usage"' in data and b'"choices"' in data:
                    payloads.append(data)
                break
            payloads.append(data)
        return payloads

    def _find_error(self, name: str, data: bytes) -> bool:
        fields = as_object(find_json(data))
        if fields is None and name == "error":
            fields = {"error": data.decode("utf-8", "replace")}
        if fields is None:
            return False
        if name == "error":
            problem = read_problem({**fields, "choices": None})
        else:
            problem = find_failure(fields)
        if problem is None:
            return False
        self.error = make_error(problem, None, self._headers, codes_of(self._provider))
        return True

    def _decode(self, payloads: list[bytes], body: bytes) -> list[ModelResponseStream]:
        """Return a chunk per payload; payloads from the first unreadable one on are removed."""
        try:
            if len(payloads) == 1:
                return [_chunk.decode(body)]
            chunks = _chunks.decode(b"[" + body + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        else:
            if len(chunks) == len(payloads):
                return chunks
        chunks = list[ModelResponseStream]()
        # Some servers keep a connection alive with blank events.
        payloads[:] = [payload for payload in payloads if not payload.isspace()]
        for position, payload in enumerate(payloads):
            try:
                chunks.append(self._decode_one(payload))
            except APIResponseValidationError as error:
                self.error = error
                del payloads[position:]
                break
        return chunks

    def _decode_one(self, payload: bytes) -> ModelResponseStream:
        try:
            return _decode_one(payload)
        except APIResponseValidationError:
            marked = self.marked(payload)
            if marked is None:
                raise
        return _decode_one(marked)

    def _complete(self, chunks: list[ModelResponseStream], payloads: list[bytes]) -> None:
        """Complete the chunks in place; those after an error are removed."""
        for position, (chunk, payload) in enumerate(zip(chunks, payloads, strict=True)):
            link(chunk, payload)
            try:
                choices = chunk.choices
                if choices:
                    self._has_choices = True
                    self._complete_choices(choices)
                elif chunk.usage is None:
                    self._check_other(payload)
            except APIError as error:
                self.error = self.error or error
                del chunks[position + 1 :]
            if chunk.usage is not None:
                complete_usage(chunk.usage, self._provider)

    def _complete_choices(self, choices: list[StreamingChoice]) -> None:
        for choice in choices:
            delta = choice.delta
            if self._may_mix or not delta.content or delta.reasoning_content or delta.reasoning:
                self._name_reasoning(choice)
            if delta.tool_calls:
                self._calls_of(choice).add(delta.tool_calls)
            if choice.logprobs is not None:
                complete_logprobs(choice)
            if choice.finish_reason is not None:
                self._finish(choice)

    def _name_reasoning(self, choice: StreamingChoice) -> None:
        found = name_reasoning(choice.delta)
        if choice.delta.content:
            # What is not next to the first text, nor before it, does not come later.
            self._may_mix = found or self._has_other_name
        self._has_other_name = self._has_other_name or found
        if "thinking_parts" in self._provider.flags:
            self._sign_all(choice)

    def _sign_all(self, choice: StreamingChoice) -> None:
        """Have all pieces of reasoning in the block whose signature comes with the last one."""
        delta = choice.delta
        pieces = self._unsigned.setdefault(choice.index, [])
        signed = [block for block in delta.thinking_blocks or () if block.signature]
        if signed:
            signed[0].thinking = "".join((*pieces, signed[0].thinking or ""))
            pieces.clear()
        elif not delta.thinking_blocks:
            pieces.append(delta.reasoning_content or "")

    def _calls_of(self, choice: StreamingChoice) -> OpenCalls:
        from ...decode.open_calls import OpenCalls  # noqa: PLC0415  # few streams have calls

        return self._calls.setdefault(choice.index, OpenCalls())

    def _finish(self, choice: StreamingChoice) -> None:
        try:
            map_finish_reason(choice, self._provider.finish_reasons)
        except APIError:
            choice.finish_reason = None
            raise
        if choice.finish_reason is not None and choice.index in self._calls:
            self._calls[choice.index].finish(choice.delta)

    def _check_other(self, payload: bytes) -> None:
        """Raise the error that an event without choices is, if it is one."""
        fields = as_object(find_json(payload))
        problem = None if fields is None else event_problem(fields)
        if problem is not None:
            raise make_error(problem, None, self._headers, codes_of(self._provider))


def _decode_one(payload: bytes) -> ModelResponseStream:
    try:
        return _chunk.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = read_json(payload)
    return repair_as(ModelResponseStream, decoded, payload, "a chat completion chunk")
