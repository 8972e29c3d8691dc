"""Agents that speak the Agent2Agent protocol, by JSON-RPC.

`api_version` is "0.3", or "1.0" for agents that support only that version. The base URL selects
the agent; the name of the model is only for people.

https://a2a-protocol.org/v0.3.0/specification/ and https://a2a-protocol.org/latest/specification/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import uuid4

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
)
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...decode.classify import COMMON_CODES, Problem, error_of_body, make_error
from ...decode.json_body import find_json, unreadable
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.text_response import PARAMS, ChunkWriter, as_one_text, whole_answer
from ...decode.typed import convert_as, decode_as
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...provider.row import Provider
from .schema import A2AArtifact, A2AEvent, A2APart, A2AStatus, RPCResponse

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]

_rpc = msgspec.json.Decoder(RPCResponse)

DEFAULT_VERSION = "0.3"
_NEWER = "1.0"
# JSON-RPC's codes, and the protocol's own.
_CODES: Mapping[str, type[APIError]] = {
    **COMMON_CODES,
    "-32700": BadRequestError,
    "-32600": BadRequestError,
    "-32601": NotFoundError,
    "-32602": BadRequestError,
    "-32603": InternalServerError,
    "-32001": NotFoundError,
    "-32004": BadRequestError,
    "-32005": BadRequestError,
    "-32009": BadRequestError,
}
_NAMES = ("artifactUpdate", "message", "statusUpdate", "task")
# States in which an agent has finished speaking, by their older names.
_SPOKEN = ("completed", "input-required")
_FAILED: Mapping[str, type[APIError]] = {
    "auth-required": AuthenticationError,
    "canceled": InternalServerError,
    "failed": InternalServerError,
    "rejected": BadRequestError,
}


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    `contextId` and `taskId` continue an earlier conversation; `configuration` and `metadata` are
    passed on under their own names.

    Raises:
        BadRequestError: a part is not text, the version is unknown, or a value cannot be written
            as JSON.
    """
    version = request.api_version or DEFAULT_VERSION
    if version not in (DEFAULT_VERSION, _NEWER):
        raise BadRequestError(
            f'api_version: expected "{DEFAULT_VERSION}" or "{_NEWER}", got {version!r}',
            provider.name,
            param="api_version",
        )
    newer = version == _NEWER
    text = as_one_text(request.messages, provider)
    params = {name: value for name, value in request.params.items() if name != "stream_options"}
    message: JSON = {
        "messageId": uuid4().hex,
        "role": "ROLE_USER" if newer else "user",
        "parts": [{"text": text} if newer else {"kind": "text", "text": text}],
        **({} if newer else {"kind": "message"}),
        **{name: params.pop(name) for name in ("contextId", "taskId") if name in params},
    }
    if not (newer or request.stream):
        params["configuration"] = {"blocking": True, **(params.get("configuration") or {})}
    body: JSON = {
        "jsonrpc": "2.0",
        "id": uuid4().hex,
        "method": _method(newer=newer, stream=request.stream),
        "params": {"message": message, **params},
    }
    body = overlay(body, request.extra_body)
    headers = {"A2A-Version": version} if newer else {}
    return http_request(request, provider, endpoint, encode_json(body), headers=headers)


def _method(*, newer: bool, stream: bool) -> str:
    if newer:
        return "SendStreamingMessage" if stream else "SendMessage"
    return "message/stream" if stream else "message/send"


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response of a message or a task.

    All of it is in `provider_specific_fields["result"]`, with the ids that continue it.

    Raises:
        APIResponseValidationError: it is neither, or a task that has not ended.
        APIError: the agent failed.
    """
    result = _result(response.body, response.headers)
    raw, event = _event(result, response.body)
    specific: JSON = {"result": result}
    if event.status is None:
        if event.parts is None:
            raise unreadable(response.body, "expected a message or a task")
        return whole_answer(_text(event.parts), "completed", provider, specific=specific)
    state = _state(event.status)
    _check(state, event.status, raw, response.headers)
    if state not in _SPOKEN:
        raise unreadable(response.body, f"the agent did not wait for its task, which is {state}")
    texts = [_text(artifact.parts) for artifact in event.artifacts or ()]
    text = "\n\n".join(filter(None, texts)) or _status_text(event.status)
    return whole_answer(text, state, provider, specific=specific)


def _result(data: bytes, headers: Mapping[str, str]) -> JSON:
    """Return the result of a call.

    Raises:
        APIError: it is an error.
        APIResponseValidationError: it is not a response of JSON-RPC.
    """
    answer = decode_as(_rpc, data, "a response of JSON-RPC")
    failure = answer.error
    if failure is not None:
        problem = Problem(
            message=failure.message or "the agent gave no message",
            code=str(failure.code),
            body=find_json(data),
        )
        raise make_error(problem, None, headers, _CODES)
    if answer.result is None:
        raise unreadable(data, "expected a response of an agent")
    return answer.result


def _event(result: JSON, body: bytes) -> tuple[JSON, A2AEvent]:
    """Return a message, a task or an update of one, raw and typed.

    Newer agents put it in a field that has its name.
    """
    raw = next((found for name in _NAMES if (found := as_object(result.get(name)))), result)
    return raw, convert_as(raw, A2AEvent, body, "a message, a task or an update of one")


def _text(parts: Iterable[A2APart]) -> str:
    return "".join(part.text or "" for part in parts)


def _status_text(status: A2AStatus) -> str:
    return _text(status.message.parts) if status.message is not None else ""


def _state(status: A2AStatus) -> str:
    """Return a task's state by its older name, such as "input-required"."""
    return status.state.removeprefix("TASK_STATE_").lower().replace("_", "-")


def _check(state: str, status: A2AStatus, raw: JSON, headers: Mapping[str, str]) -> None:
    if state in _FAILED:
        words = _status_text(status) or f"the task is {state}"
        raise make_error(
            Problem(message=words, code=state, body=raw), None, headers, {**_CODES, **_FAILED}
        )


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed response into chunks; see `wire.ChunkDecoder`.

    The text is that of the artifacts; what the agent says while it works is reasoning. The last
    chunk has `provider_specific_fields["result"]`, the last event with the ids that continue it,
    and `["artifacts"]`, those that contain more than text.
    """

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader(), self._decode_whole)
        self._provider = provider
        self._headers = headers
        self._writer = ChunkWriter(provider)
        self._artifact: str | None = None
        self._artifacts: list[object] = []

    def _decode_whole(self, body: bytes) -> ModelResponse:
        return decode(HTTPResponse(status=200, headers=self._headers, body=body), self._provider)

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event: a message, a task, or an update of one."""
        result = _result(event[1], self._headers)
        raw, news = _event(result, event[1])
        if news.parts is not None:
            return [*self._writer.text(_text(news.parts)), *self._end("completed", result)]
        chunks: list[ModelResponseStream] = []
        if news.artifact is not None:
            chunks += self._take(news.artifact, raw["artifact"])
        elif news.artifacts and not self._writer.spoke:
            # A task at the end repeats the artifacts that came in updates.
            for artifact, sent in zip(news.artifacts, raw["artifacts"], strict=True):
                chunks += self._take(artifact, sent)
        return chunks if news.status is None else chunks + self._progress(news.status, raw, result)

    def _take(self, artifact: A2AArtifact, raw: object) -> list[ModelResponseStream]:
        """Return the text of an artifact, or of its next piece; each artifact is a paragraph."""
        if any(part.text is None for part in artifact.parts):
            self._artifacts.append(raw)
        text, name = _text(artifact.parts), artifact.artifact_id
        if not text:
            return []
        begins, self._artifact = self._writer.spoke and name != self._artifact, name
        return self._writer.text(f"\n\n{text}" if begins else text)

    def _progress(self, status: A2AStatus, raw: JSON, result: JSON) -> list[ModelResponseStream]:
        """Return the chunks of a task's status."""
        state, words = _state(status), _status_text(status)
        _check(state, status, raw, self._headers)
        if state not in _SPOKEN:
            return self._writer.thought(words)
        chunks: list[ModelResponseStream] = []
        if not self._writer.spoke or state == "input-required":
            chunks += self._writer.text(words)
        return chunks + self._end(state, result)

    def _end(self, state: str, result: JSON) -> list[ModelResponseStream]:
        self.done = True
        more: JSON = {"artifacts": self._artifacts} if self._artifacts else {}
        return self._writer.end(state, specific={"result": result, **more})


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body)
