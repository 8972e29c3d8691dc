"""Cohere's chat API, version 2.

https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-stream
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import (
    Choice,
    Delta,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
    ThinkingBlock,
)
from ...decode.classify import error_of_body, make_error, read_problem
from ...decode.dates import read_date
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_object, unreadable
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...encode.http_request import encode_json, http_request
from ...encode.tool_choice import choose_tools
from ...provider.param_groups import MOST, PENALTIES
from ...provider.row import Provider
from ...provider.rules import renamed_params
from ...structured.dialects import JSON_SCHEMA, translate_schema
from ...structured.forced_tool import schema_of
from .messages import PROVIDER, read_conversation
from .response import CODES, annotations_of, read_failure, read_logprobs, read_message, read_usage

#: OpenAI parameters that this wire has a place for.
COUNTER = "cohere/counting"
PARAMS = MOST | PENALTIES | {"logprobs", "seed", "thinking"}

# Cohere knows reasoning as on or off, and a budget; these are budgets of ours.
_BUDGETS = {"minimal": 512, "low": 1024, "medium": 4096}
_NO_PARAMETERS: JSON = {"type": "object", "properties": {}}
# https://docs.cohere.com/docs/structured-outputs#parameter-types-support
_ENFORCED = msgspec.structs.replace(
    JSON_SCHEMA,
    parameters_field="parameters",
    response_field="json_schema",
    keywords=frozenset(
        {
            "$defs",
            "additionalProperties",
            "anyOf",
            "description",
            "enum",
            "format",
            "items",
            "pattern",
            "properties",
            "required",
            "title",
            "type",
        }
    ),
    formats=frozenset({"date", "date-time", "time", "uuid"}),
)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    A tool that `tool_choice` names is the only one sent, and must be called: Cohere cannot name
    one. A document in a message goes beside the messages.

    Raises:
        BadRequestError: something in the request has no place in Cohere's API.
    """
    conversation = read_conversation(
        request.messages, thinks="reasoning_effort" in endpoint.supported
    )
    params = renamed_params(request.params, provider, endpoint.model)
    body: JSON = {
        "model": endpoint.model,
        "messages": conversation.messages,
        "stream": request.stream,
        **_translate(params),
    }
    if conversation.documents:
        body["documents"] = [*body.get("documents", ()), *conversation.documents]
    body.update(request.extra_body)
    return http_request(request, provider, endpoint, encode_json(body))


def _translate(params: JSON) -> JSON:
    """Return the parameters in Cohere's forms; what is not OpenAI's stays as it is."""
    body = dict(params)
    body.pop("stream_options", None)
    stop = body.get("stop_sequences")
    if isinstance(stop, str):
        body["stop_sequences"] = [stop]
    if "response_format" in body:
        body["response_format"] = _response_format(body["response_format"])
    effort: object = body.pop("reasoning_effort", None)
    if "thinking" in body:
        body["thinking"] = _thinking(body["thinking"])
    elif effort is not None:
        body["thinking"] = _effort(str(effort))
    if "tools" in body or "tool_choice" in body:
        body.update(_tools(body))
    return body


def _response_format(given: object) -> JSON:
    schema = schema_of(given)
    if schema is None:
        return {"type": "text"}
    if (as_object(given) or {}).get("type") == "json_object":
        return {"type": "json_object"}
    enforced = translate_schema(schema, _ENFORCED, "response_format.json_schema.schema")
    return {"type": "json_object", "json_schema": enforced}


def _thinking(given: object) -> JSON:
    """Return Cohere's `thinking`, also for Anthropic's form of it."""
    fields = as_object(given) or {}
    kind = "disabled" if fields.get("type") == "disabled" else "enabled"
    budget: object = fields.get("token_budget", fields.get("budget_tokens"))
    return {"type": kind} if budget is None else {"type": kind, "token_budget": budget}


def _effort(effort: str) -> JSON:
    if effort == "none":
        return {"type": "disabled"}
    return _thinking({"type": "enabled", "token_budget": _BUDGETS.get(effort)})


def _tools(params: JSON) -> JSON:
    """Return the fields that stand for tools and the choice among them."""
    tools, mode = choose_tools(params, PROVIDER)
    params.pop("tools", None)
    params.pop("tool_choice", None)
    if not tools:
        return {}
    functions: list[JSON] = [tool["function"] for tool in tools]
    strict = all(map(_is_strict, functions))
    if strict:
        functions = [_enforced(function) for function in functions]
    written: JSON = {"tools": [_tool(function) for function in functions]}
    if strict:
        written["strict_tools"] = True
    if mode != "auto":
        written["tool_choice"] = mode.upper()
    return written


def _is_strict(function: JSON) -> bool:
    """Tell whether a call is to fit its schema, which one with nothing but options cannot."""
    schema: JSON = function.get("parameters") or {}
    return bool(function.get("strict") and (schema.get("required") or not schema.get("properties")))


def _enforced(function: JSON) -> JSON:
    place = f"tools.{function['name']}.parameters"
    schema: JSON = function.get("parameters") or _NO_PARAMETERS
    return {**function, "parameters": translate_schema(schema, _ENFORCED, place)}


def _tool(function: JSON) -> JSON:
    about = {key: function[key] for key in ("name", "description") if function.get(key)}
    parameters: object = function.get("parameters") or _NO_PARAMETERS
    return {"type": "function", "function": {**about, "parameters": parameters}}


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body stands for.

    Raises:
        APIResponseValidationError: it is no answer of Cohere's.
        APIError: it is an error in spite of its status.
    """
    body = read_object(response.body)
    native = as_object(body.get("message"))
    if native is None or "finish_reason" not in body:
        problem = read_problem(body)
        if problem is not None:
            raise make_error(problem, None, response.headers, CODES)
        raise unreadable(response.body, "this is no answer of Cohere's")
    failure = read_failure(body, response.headers)
    if failure is not None:
        raise failure
    try:
        choice = Choice(
            message=read_message(native),
            finish_reason=body["finish_reason"],
            logprobs=read_logprobs(as_array(body.get("logprobs")) or []),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable(response.body, "this is no answer of Cohere's") from error
    map_finish_reason(choice, provider.finish_reasons)
    return ModelResponse(
        id=str(body.get("id") or ""),
        created=read_date(response.headers),
        choices=[choice],
        usage=read_usage(body.get("usage")),
    )


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader())
        self._provider = provider
        self._headers = headers
        self._id = ""
        self._created = read_date(headers)
        self._plan: list[str] = []
        self._readers: dict[str, Callable[[JSON, JSON], list[ModelResponseStream]]] = {
            "message-start": self._start,
            "content-start": self._content,
            "content-delta": self._content,
            "tool-plan-delta": self._tool_plan,
            "tool-call-start": self._tool_call,
            "tool-call-delta": self._tool_call,
            "citation-start": self._citation,
            "message-end": self._end,
        }

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        _, data = event
        if data.strip() == b"[DONE]":
            self.done = True
            return []
        said = read_object(data)
        kind: str = said.get("type") or ""
        problem = None if kind else read_problem(said)
        if problem is not None:
            raise make_error(problem, None, self._headers, CODES)
        read = self._readers.get(kind)
        if read is None:
            return []
        try:
            return read(said, as_object(said.get("delta")) or {})
        except (KeyError, TypeError, AttributeError) as error:
            raise unreadable(data, f"this is no {kind} of Cohere's") from error

    def _chunk(self, delta: Delta, **fields: Any) -> list[ModelResponseStream]:
        choice = StreamingChoice(delta=delta, **fields)
        return [ModelResponseStream(id=self._id, created=self._created, choices=[choice])]

    def _start(self, event: JSON, _delta: JSON) -> list[ModelResponseStream]:
        self._id = str(event.get("id") or "")
        return self._chunk(Delta(role="assistant"))

    def _content(self, event: JSON, delta: JSON) -> list[ModelResponseStream]:
        content: JSON = delta["message"]["content"]
        if content.get("thinking"):
            thought: str = content["thinking"]
            block = ThinkingBlock(thinking=thought, index=event.get("index"))
            return self._chunk(Delta(reasoning_content=thought, thinking_blocks=[block]))
        if "text" not in content:
            return []
        scored = as_object(event.get("logprobs"))
        return self._chunk(
            Delta(content=content["text"]), logprobs=read_logprobs([scored] if scored else [])
        )

    def _tool_plan(self, _event: JSON, delta: JSON) -> list[ModelResponseStream]:
        text: str = delta["message"]["tool_plan"]
        self._plan.append(text)
        return self._chunk(Delta(reasoning_content=text))

    def _tool_call(self, event: JSON, delta: JSON) -> list[ModelResponseStream]:
        call: JSON = delta["message"]["tool_calls"]
        function: JSON = call.get("function") or {}
        piece = DeltaToolCall(
            index=event.get("index", 0),
            id=call.get("id"),
            type=call.get("type"),
            function=DeltaFunction(name=function.get("name"), arguments=function.get("arguments")),
        )
        return self._chunk(Delta(tool_calls=[piece]))

    def _citation(self, _event: JSON, delta: JSON) -> list[ModelResponseStream]:
        found: object = delta["message"]["citations"]
        citations = cast("list[JSON]", as_array(found) or [found])
        return self._chunk(
            Delta(
                annotations=annotations_of(citations) or None,
                provider_specific_fields={"citations": citations},
            )
        )

    def _end(self, _event: JSON, delta: JSON) -> list[ModelResponseStream]:
        failure = read_failure(delta, self._headers)
        if failure is not None:
            raise failure
        plan = "".join(self._plan)
        chunks = self._chunk(
            Delta(provider_specific_fields={"tool_plan": plan} if plan else None),
            finish_reason=delta.get("finish_reason"),
        )
        map_finish_reason(chunks[0].choices[0], self._provider.finish_reasons)
        usage = read_usage(delta.get("usage"))
        if usage is not None:
            chunks.append(ModelResponseStream(id=self._id, created=self._created, usage=usage))
        return chunks


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body, CODES)
