"""The OpenAI chat completions wire, and all that is compatible with it.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ....pipeline.call.chat_params import CHAT_PARAMS
from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError, APIResponseValidationError
from ....pipeline.json_values import as_array, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream, link
from ....pipeline.schema.parts import Delta, DeltaToolCall, Message, PromptTokensDetails, Usage
from ...decode.classify import error_of_body, make_error, read_problem
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_json, unreadable
from ...decode.repair import as_chunk, repair
from ...decode.sse import Event, EventReader
from ...decode.stamps import new_call_id
from ...encode.http_request import encode_json, http_request
from ...provider.param_groups import CACHE_MARKS
from ...provider.row import Provider
from ...provider.rules import forces_tools, model_flags, refused_fields, renamed_params
from ...structured.forced_tool import ContentRestorer, restore_content
from .messages import outgoing_messages, without
from .response_format import fit_format
from .thinking import translate_thinking

#: OpenAI parameters that this wire has a place for.
PARAMS = CHAT_PARAMS | {"stream"}

_response = msgspec.json.Decoder(ModelResponse)
_chunk = msgspec.json.Decoder(ModelResponseStream)
_chunks = msgspec.json.Decoder(list[ModelResponseStream])


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    body = chat_body(request, provider, endpoint)
    return http_request(request, provider, endpoint, encode_json(body))


def chat_body(request: Request, provider: Provider, endpoint: Endpoint) -> dict[str, Any]:
    """Return the body of a chat completion."""
    flags = model_flags(provider, endpoint.model)
    params = fit_format(request.params, flags) if flags else request.params
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": outgoing_messages(request.messages, provider, endpoint.model),
        **renamed_params(params, provider, endpoint.model),
    }
    if "tools" in body:
        body["tools"] = outgoing_tools(body["tools"], refused_fields(provider, endpoint.model))
    if flags:
        translate_thinking(body, flags)
    if request.stream:
        body["stream"] = True
        if "no_stream_usage" in flags:
            # Usage comes unasked, and the question would be refused.
            body.pop("stream_options", None)
        else:
            body.setdefault("stream_options", {"include_usage": True})
    body.update(request.extra_body)
    return body


def outgoing_tools(tools: object, refused: frozenset[str]) -> object:
    """Return the tools without marks of prompt caching, where the provider refuses these."""
    marks, several = CACHE_MARKS & refused, as_array(tools)
    if not marks or several is None:
        return tools
    return [_unmarked(tool, marks) for tool in several]


def _unmarked(tool: Any, marks: frozenset[str]) -> Any:
    fields = as_object(tool)
    if fields is None:
        return tool
    cleaned = without(fields, marks)
    function = as_object(cleaned.get("function"))
    return cleaned if function is None else {**cleaned, "function": without(function, marks)}


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body stands for.

    Raises:
        APIResponseValidationError: it is no chat completion.
        APIError: it is an error in spite of its status.
    """
    body = response.body
    try:
        answer = _response.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = _repaired(body, response.headers)
    if not answer.choices:
        problem = read_problem(read_json(body))
        if problem is not None:
            raise make_error(problem, None, response.headers)
        raise unreadable(body, "the provider sent no answer")
    link(answer, body)
    for choice in answer.choices:
        map_finish_reason(choice, provider.finish_reasons)
        _complete_message(choice.message)
    if answer.usage is not None:
        complete_usage(answer.usage, provider)
    if forces_tools(provider):
        restore_content(answer)
    return answer


def _repaired(body: bytes, headers: Mapping[str, str]) -> ModelResponse:
    decoded = read_json(body)
    problem = read_problem(decoded)
    if problem is not None:
        raise make_error(problem, None, headers)
    if not isinstance(decoded, dict):
        raise unreadable(body, "expected a JSON object")
    try:
        return repair(cast("dict[str, Any]", decoded), ModelResponse)
    except (msgspec.ValidationError, TypeError, AttributeError) as error:
        raise unreadable(body, f"this is no chat completion ({error})") from error


def _complete_message(message: Message) -> None:
    _name_reasoning(message)
    for call in message.tool_calls or ():
        call.id = call.id or new_call_id()
        call.function.arguments = call.function.arguments or "{}"


def _name_reasoning(part: Message | Delta) -> None:
    """Have reasoning under one name, whichever the provider uses."""
    if part.reasoning and not part.reasoning_content:
        part.reasoning_content = part.reasoning


def complete_usage(usage: Usage, provider: Provider) -> None:
    """Bring token counts to OpenAI's meaning: prompts with cached, answers with reasoning."""
    details = usage.completion_tokens_details
    if "reasoning_beside_completion" in provider.flags and details and details.reasoning_tokens:
        beside = usage.total_tokens - usage.prompt_tokens - usage.completion_tokens
        if beside == details.reasoning_tokens:
            usage.native = usage.model_dump()
            usage.completion_tokens += beside
    if usage.prompt_tokens_details is None:
        cached = usage.model_extra.get("prompt_cache_hit_tokens") if usage.raw_ else None
        if isinstance(cached, int):
            usage.prompt_tokens_details = PromptTokensDetails(cached_tokens=cached)
    if not usage.total_tokens:
        usage.total_tokens = usage.prompt_tokens + usage.completion_tokens


class Decoder:
    """Turns the bytes of a streamed answer into chunks.

    Attributes:
        done: the provider's end marker has come.
        error: an error that the body held; it comes after the chunks handed out before.
    """

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        self.done = False
        self.error: APIError | None = None
        self._provider = provider
        self._headers = headers
        self._events = EventReader()
        self._seen = False
        self._restorer = ContentRestorer() if forces_tools(provider) else None
        self._calls: dict[int, dict[str, int]] = {}

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        return self._read(self._events.feed(data))

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        rest = self._events.rest
        chunks = self._read(self._events.close())
        if not (self._seen or self.done or self.error) and rest.strip():
            return self._plain(rest)
        return chunks

    def _plain(self, body: bytes) -> list[ModelResponseStream]:
        """Read a body that is no event stream: an error, a whole answer, or rubbish."""
        try:
            answer = decode(HTTPResponse(status=200, headers={}, body=body), self._provider)
        except APIError as error:
            self.error = error
            return []
        self.done = True
        return [as_chunk(answer)]

    def _read(self, events: list[Event]) -> list[ModelResponseStream]:
        if not events:
            return []
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
        if not payloads:
            return []
        self._seen = True
        chunks = self._decode(payloads, body)
        self._complete(chunks, payloads)
        return chunks if self._restorer is None else self._restorer.restore(chunks)

    def _before_the_end(self, events: list[Event]) -> list[bytes]:
        """Return the payloads before an end marker or an error, which is noted."""
        payloads: list[bytes] = []
        for name, data in events:
            if data.strip() == b"[DONE]":
                self.done = True
                break
            suspicious = name == "error" or b'"error"' in data
            if suspicious and self._find_error(name, data):
                # What came before it is still an answer, and OpenRouter sends usage with it.
                if b'"usage"' in data and b'"choices"' in data:
                    payloads.append(data)
                break
            payloads.append(data)
        return payloads

    def _find_error(self, name: str, data: bytes) -> bool:
        try:
            decoded: object = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            decoded = {"error": data.decode("utf-8", "replace")} if name == "error" else None
        fields = cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {}
        if name != "error" and not fields.get("error"):
            return False
        problem = read_problem({**fields, "choices": None})
        if problem is None:
            return False
        self.error = make_error(problem, None, self._headers)
        return True

    def _decode(self, payloads: list[bytes], body: bytes) -> list[ModelResponseStream]:
        if len(payloads) > 1:
            try:
                chunks = _chunks.decode(b"[" + body + b"]")
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass
            else:
                if len(chunks) == len(payloads):
                    return chunks
        chunks = list[ModelResponseStream]()
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
            return _chunk.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            decoded = read_json(payload)
        try:
            return repair(cast("dict[str, Any]", decoded), ModelResponseStream)
        except (msgspec.ValidationError, TypeError, AttributeError) as error:
            raise unreadable(payload, f"this is no chunk of an answer ({error})") from error

    def _complete(self, chunks: list[ModelResponseStream], payloads: list[bytes]) -> None:
        for chunk, payload in zip(chunks, payloads, strict=True):
            link(chunk, payload)
            for choice in chunk.choices:
                delta = choice.delta
                if choice.finish_reason is not None:
                    map_finish_reason(choice, self._provider.finish_reasons)
                if delta.reasoning is not None:
                    _name_reasoning(delta)
                if delta.tool_calls:
                    self._number_calls(choice.index, delta.tool_calls)
            if chunk.usage is not None:
                complete_usage(chunk.usage, self._provider)

    def _number_calls(self, choice: int, pieces: list[DeltaToolCall]) -> None:
        """Give every piece of a tool call an index, and every call an id."""
        seen = self._calls.setdefault(choice, {})
        for piece in pieces:
            if piece.index is None:
                known = seen.get(piece.id) if piece.id else None
                named = piece.function is not None and bool(piece.function.name)
                begins = known is None and (bool(piece.id) or named or not seen)
                last = max(seen.values(), default=-1)
                piece.index = known if known is not None else last + (1 if begins else 0)
            if piece.index not in seen.values():
                piece.id = piece.id or new_call_id()
                seen[piece.id] = piece.index


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body)
