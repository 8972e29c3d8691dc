"""SAP's Generative AI Hub: OpenAI's chat inside of the orchestration service's envelope.

https://github.com/SAP/ai-sdk-js/blob/main/packages/orchestration/src/spec/api.yaml (version 2)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec
from msgspec import Struct

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...credentials.authorization import take_params, with_headers
from ...decode.classify import Problem, error_of_body, make_error, read_problem
from ...decode.json_body import unreadable
from ...decode.sse import EventReader
from ...encode.http_request import encode_json, http_request
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from ...provider.rules import refused_fields, renamed_params
from .. import openai
from ..openai.messages import outgoing_messages
from .account import deployment_url, find_deployment, find_token, headers_of, read_account

#: OpenAI parameters that this wire has a place for.
PARAMS = MOST | LOGPROBS | PENALTIES | {"logit_bias", "n", "parallel_tool_calls", "seed"}

# Arguments that say who calls and what answers; they never reach the body.
_ACCOUNT = frozenset({"auth_url", "client_id", "client_secret", "deployment_url", "resource_group"})
# Parameters that are modules beside the model's.
_MODULES = frozenset({"filtering", "grounding", "masking", "translation"})
# How a placeholder begins in a template; a text that only looks so goes in by one.
_BRACES = "{{"


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Get a token, and find the deployment that answers unless `deployment_url` names it.

    `client_id`, `client_secret`, `auth_url` and `resource_group` go before their variables, which
    begin with AICORE_.

    Raises: as `read_account`, `find_token` and `find_deployment`.
    """
    request, given = take_params(request, _ACCOUNT)
    account = read_account(given, provider, endpoint)
    headers = headers_of(given, await find_token(request, provider, account))
    url = given.get("deployment_url") or deployment_url(
        account, await find_deployment(request, account, headers)
    )
    endpoint = msgspec.structs.replace(endpoint, base_url=str(url), key=None)
    return with_headers(request, headers), endpoint


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    `filtering`, `grounding`, `masking` and `translation` are the service's own modules. Where
    `placeholder_values` are given, the messages are templates; else they are sent as they are.

    Raises:
        BadRequestError: a part is of a type that the service does not take, or a value cannot be
            written as JSON.
    """
    params = renamed_params(request.params, provider, endpoint.model)
    values: object = params.pop("placeholder_values", None)
    template, kept = _template(request, provider, endpoint, keep=values is None)
    prompt: JSON = {"template": template}
    if "tools" in params:
        prompt["tools"] = openai.outgoing_tools(
            params.pop("tools"), refused_fields(provider, endpoint.model)
        )
    if "response_format" in params:
        prompt["response_format"] = params.pop("response_format")
    modules = {name: params.pop(name) for name in _MODULES & params.keys()}
    model: JSON = {"name": endpoint.model}
    if "model_version" in params:
        model["version"] = params.pop("model_version")
    config: JSON = {"modules": {"prompt_templating": {"prompt": prompt, "model": model}, **modules}}
    if request.stream:
        config["stream"] = {"enabled": True}
        params.setdefault("stream_options", {"include_usage": True})
    if params:
        model["params"] = params
    body: JSON = {"config": config}
    if values is not None or kept:
        body["placeholder_values"] = kept if values is None else values
    body.update(request.extra_body)
    return http_request(request, provider, endpoint, encode_json(body))


def _template(
    request: Request, provider: Provider, endpoint: Endpoint, *, keep: bool
) -> tuple[list[JSON], dict[str, str]]:
    """Return the messages, and the texts among them that stand behind placeholders."""
    kept: dict[str, str] = {}

    def held(text: str) -> str:
        if not keep or _BRACES not in text:
            return text
        name = f"text_{len(kept)}"
        kept[name] = text
        return f"{{{{?{name}}}}}"

    template: list[JSON] = []
    for message in outgoing_messages(request.messages, provider, endpoint.model):
        written = {key: value for key, value in message.items() if value is not None}
        content = written.get("content")
        if isinstance(content, str):
            written["content"] = held(content)
        elif (pieces := as_array(content)) is not None:
            written["content"] = [
                {**piece, "text": held(piece["text"])} if "text" in piece else piece
                for piece in cast("list[JSON]", pieces)
            ]
        template.append(written)
    return template, kept


# Modules whose results are what was sent, and what `final_result` says again.
_REPEATED = frozenset({"llm", "output_unmasking", "templating"})


class _Envelope(Struct):
    """An answer of the service, or one event of a stream."""

    final_result: msgspec.Raw = msgspec.Raw(b"null")
    intermediate_results: JSON | None = None
    error: object = None

    @property
    def inner(self) -> bytes:
        """OpenAI's answer or chunk, b"" where there is none."""
        found = bytes(self.final_result)
        return b"" if found == b"null" else found

    @property
    def findings(self) -> JSON:
        """What the other modules say."""
        results = self.intermediate_results or {}
        return {name: value for name, value in results.items() if name not in _REPEATED}


_envelope = msgspec.json.Decoder(_Envelope)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body stands for.

    What the other modules found is in `provider_specific_fields["intermediate_results"]`.

    Raises:
        APIResponseValidationError: it is no answer of the service's.
        APIError: it is an error in spite of its status.
    """
    envelope = _read(response.body, response.headers)
    if not envelope.inner:
        raise unreadable(response.body, "the answer has no final_result")
    inner = HTTPResponse(status=response.status, headers=response.headers, body=envelope.inner)
    answer = openai.decode(inner, provider)
    _show(envelope.findings, answer)
    return answer


def _show(findings: JSON, answer: ModelResponse | ModelResponseStream) -> None:
    if findings:
        fields: JSON = answer.provider_specific_fields or {}
        answer.provider_specific_fields = {**fields, "intermediate_results": findings}


def _read(data: bytes, headers: Mapping[str, str]) -> _Envelope:
    try:
        envelope = _envelope.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(data, f"this is no answer of SAP's ({error})") from error
    if envelope.error is not None:
        raise _failure({"error": envelope.error}, None, headers)
    return envelope


def _failure(body: JSON, status: int | None, headers: Mapping[str, str]) -> APIError:
    """Return the error of a body; of several modules that were tried, the last one's."""
    several = as_array(body.get("error"))
    first = as_object(several[-1] if several else body.get("error")) or body
    problem = read_problem({"error": first}) or Problem(message=str(body))
    problem.body = body
    if "Filter" in str(first.get("location")):
        problem.code = "content_filter"
    return make_error(problem, status, headers)


class Decoder:
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        self.error: APIError | None = None
        self._headers = headers
        self._events = EventReader()
        self._inner = openai.Decoder(provider, headers)
        self._findings: JSON = {}
        self._shown: JSON = {}

    @property
    def done(self) -> bool:
        """Whether the end marker has come."""
        return self._inner.done

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        return self._take(self._events.feed(data))

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        rest = self._events.rest.strip()
        if rest.startswith(b"{"):
            # An answer that is no stream, for example an error.
            chunks = self._take_plain(rest)
        else:
            chunks = self._take(self._events.close())
        chunks += self._inner.close()
        self.error = self.error or self._inner.error
        return chunks

    def _take_plain(self, body: bytes) -> list[ModelResponseStream]:
        try:
            return self._inner.feed(_read(body, self._headers).inner)
        except APIError as error:
            self.error = error
            return []

    def _take(self, events: list[tuple[str, bytes]]) -> list[ModelResponseStream]:
        inner: list[bytes] = []
        failure: APIError | None = None
        for _, data in events:
            try:
                inner.append(self._unpacked(data))
            except APIError as error:
                # What came before it is still an answer.
                failure = error
                break
        chunks = self._inner.feed(b"".join(inner)) if inner else []
        if chunks and self._shown != self._findings:
            self._shown = dict(self._findings)
            _show(self._shown, chunks[-1])
        self.error = self._inner.error or failure
        return chunks

    def _unpacked(self, data: bytes) -> bytes:
        """Return the event of OpenAI's that an event holds, nothing where it holds none."""
        if data.strip() == b"[DONE]":
            return b"data: [DONE]\n\n"
        envelope = _read(data, self._headers)
        self._findings |= envelope.findings
        inner = envelope.inner
        return b"data: " + inner.replace(b"\n", b" ") + b"\n\n" if inner else b""


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    found = error_of_body(response.status, response.headers, response.body)
    body = as_object(found.body)
    return found if body is None else _failure(body, response.status, response.headers)
