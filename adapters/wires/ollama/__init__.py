"""Ollama's chat API.

https://docs.ollama.com/api/chat; errors: https://docs.ollama.com/api/errors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import (
    Choice,
    ChoiceLogprobs,
    Delta,
    DeltaFunction,
    DeltaToolCall,
    Function,
    Message,
    StreamingChoice,
    ToolCall,
)
from ...decode.classify import error_of_body
from ...decode.dates import read_timestamp
from ...decode.ndjson import LineReader
from ...decode.stamps import new_answer_id, new_call_id
from ...decode.stream_decoder import StreamDecoder
from ...encode.http_request import encode_json, http_request
from ...encode.media import inline_media
from ...encode.tool_choice import choose_tools
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from ...provider.rules import renamed_params
from ...structured.forced_tool import schema_of
from .forced import Call, CallReader, call_schema, instruct
from .messages import PROVIDER, write_messages
from .response import Answer, NativeMessage, finish, images_of, named_call, read_answer, usage_of

#: OpenAI parameters that this wire has a place for.
PARAMS = MOST | LOGPROBS | PENALTIES | {"seed", "thinking"}

# What stands in `options`: https://docs.ollama.com/modelfile#valid-parameters-and-values and
# the runner's options of https://github.com/ollama/ollama/blob/main/api/types.go
_OPTIONS = frozenset(
    {
        "draft_num_predict",
        "f16_kv",
        "frequency_penalty",
        "logits_all",
        "low_vram",
        "main_gpu",
        "min_p",
        "mirostat",
        "mirostat_eta",
        "mirostat_tau",
        "num_batch",
        "num_ctx",
        "num_gpu",
        "num_keep",
        "num_predict",
        "num_thread",
        "numa",
        "penalize_newline",
        "presence_penalty",
        "repeat_last_n",
        "repeat_penalty",
        "seed",
        "stop",
        "temperature",
        "tfs_z",
        "top_k",
        "top_p",
        "typical_p",
        "use_mlock",
        "use_mmap",
        "vocab_only",
    }
)
# Parameters that are no fields of the body, or come into it apart from the others.
_ELSEWHERE = frozenset({"stream_options", "tool_choice", "tools"})
# These take how hard to think as a word, all others only whether to.
_TAKES_LEVELS = re.compile(r"gpt-?oss")
_LEVELS = {"minimal": "low", "xhigh": "high", "max": "high"}


async def prepare(
    request: Request, _provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Fetch the pictures that the messages name: Ollama takes only their bytes."""
    return await inline_media(request), endpoint


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Parameters that are Ollama's options go into `options`, others stand beside it by their own
    names (`keep_alive`, `think`, `format`). A call that must be made takes `format` for itself.

    Raises:
        BadRequestError: something in the request has no place in Ollama's API.
    """
    params = renamed_params(request.params, provider, endpoint.model)
    own: JSON = as_object(params.pop("options", None)) or {}
    options = {name: params.pop(name) for name in list(params) if name in _OPTIONS}
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    body: JSON = {
        "model": endpoint.model,
        "messages": write_messages(request.messages),
        "stream": request.stream,
        **_translate(params, endpoint.model),
    }
    if options or own:
        body["options"] = {**options, **own}
    body.update(_tools(params, body["messages"]))
    body.update(request.extra_body)
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        headers={"Accept": "application/x-ndjson" if request.stream else "application/json"},
    )


def _translate(params: JSON, model: str) -> JSON:
    """Return the parameters beside the options in Ollama's forms."""
    body = {name: value for name, value in params.items() if name not in _ELSEWHERE}
    if "response_format" in body:
        given: object = body.pop("response_format")
        schema = schema_of(given)
        if schema is not None:
            plain = (as_object(given) or {}).get("type") == "json_object"
            body["format"] = "json" if plain else schema
    effort: object = body.pop("reasoning_effort", None)
    thinking = as_object(body.pop("thinking", None))
    if "think" not in body and thinking is not None:
        body["think"] = thinking.get("type") != "disabled"
    elif "think" not in body and effort is not None:
        body["think"] = _think(str(effort), model)
    return body


def _think(effort: str, model: str) -> bool | str:
    if effort == "none":
        return False
    return _LEVELS.get(effort, effort) if _TAKES_LEVELS.search(model.lower()) else True


def _tools(params: JSON, messages: list[JSON]) -> JSON:
    """Return the fields that stand for tools and the choice among them."""
    if "tools" not in params and "tool_choice" not in params:
        return {}
    tools, mode = choose_tools(params, PROVIDER)
    if mode == "required":
        return {"format": call_schema(tools), "messages": instruct(messages, tools)}
    return {"tools": [] if mode == "none" else [_tool(tool["function"]) for tool in tools]}


def _tool(function: JSON) -> JSON:
    about = {key: function[key] for key in ("name", "description") if function.get(key)}
    parameters: object = function.get("parameters") or {"type": "object", "properties": {}}
    return {"type": "function", "function": {**about, "parameters": parameters}}


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body stands for.

    Raises:
        APIResponseValidationError: it is no answer of Ollama's.
        APIError: it is an error in spite of its status.
    """
    answer = read_answer(response.body, response.headers)
    native = answer.message or NativeMessage()
    reader = CallReader()
    text = reader.feed(native.content or "")
    held, forced = reader.close()
    text += held
    calls = [
        ToolCall(id=call_id or new_call_id(), function=Function(name=name, arguments=arguments))
        for call_id, (name, arguments) in _calls(native, forced)
    ]
    choice = Choice(
        message=Message(
            content=text or (None if calls else ""),
            reasoning_content=native.thinking or None,
            tool_calls=calls or None,
            images=images_of(native),
        ),
        logprobs=ChoiceLogprobs(content=answer.logprobs) if answer.logprobs else None,
    )
    finish(choice, answer, provider, called=bool(calls))
    return ModelResponse(
        id=new_answer_id(),
        created=read_timestamp(answer.created_at),
        model=answer.model,
        choices=[choice],
        usage=usage_of(answer),
    )


def _calls(native: NativeMessage, forced: Call | None) -> list[tuple[str | None, Call]]:
    """Return a message's calls with their ids, and the one that was forced."""
    found = [(call.id, named_call(call)) for call in native.tool_calls or ()]
    return [*found, (None, forced)] if forced is not None else found


class Decoder(StreamDecoder[bytes]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(LineReader())
        self._provider = provider
        self._headers = headers
        self._id = new_answer_id()
        self._calls = 0
        self._forced = CallReader()

    def read(self, event: bytes) -> list[ModelResponseStream]:
        """Return the chunks of a line."""
        answer = read_answer(event, self._headers)
        chunk = self._chunk(answer)
        return [chunk, *self._end(answer)] if answer.done else [chunk]

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        chunks = super().close()
        held, _ = self._forced.close()
        if held:
            # The answer broke off in the middle of a call.
            choice = StreamingChoice(delta=Delta(content=held))
            chunks.append(ModelResponseStream(id=self._id, choices=[choice]))
        return chunks

    def _chunk(self, answer: Answer) -> ModelResponseStream:
        native = answer.message or NativeMessage()
        text = native.content and self._forced.feed(native.content)
        held, forced = self._forced.close() if answer.done else ("", None)
        choice = StreamingChoice(
            delta=Delta(
                role=native.role,
                content=(text or "") + held if held else text,
                reasoning_content=native.thinking or None,
                tool_calls=self._tool_calls(_calls(native, forced)) or None,
                images=images_of(native),
            ),
            logprobs=ChoiceLogprobs(content=answer.logprobs) if answer.logprobs else None,
        )
        if answer.done:
            finish(choice, answer, self._provider, called=self._calls > 0)
        return self._of(answer, choices=[choice])

    def _end(self, answer: Answer) -> list[ModelResponseStream]:
        self.done = True
        usage = usage_of(answer)
        return [self._of(answer, usage=usage)] if usage is not None else []

    def _of(self, answer: Answer, **fields: Any) -> ModelResponseStream:
        created = read_timestamp(answer.created_at)
        return ModelResponseStream(id=self._id, created=created, model=answer.model, **fields)

    def _tool_calls(self, calls: list[tuple[str | None, Call]]) -> list[DeltaToolCall]:
        """Return the calls of one line; each of them comes whole."""
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


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body)
