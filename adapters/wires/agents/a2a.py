"""An agent that speaks the Agent2Agent protocol, by JSON-RPC.

`api_version` is "0.3", or "1.0" for agents that speak no older one. The model is a name for
people; the address says which agent it is.

https://a2a-protocol.org/v0.3.0/specification/ and https://a2a-protocol.org/latest/specification/
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

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
from ...decode.json_body import read_object, unreadable
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.text_response import PARAMS, ChunkWriter, as_one_text, objects_in, whole_answer
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]

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
# States in which an agent says no more, as both versions name them once they are alike.
_SPOKEN = ("completed", "input-required")
_FAILED: Mapping[str, type[APIError]] = {
    "auth-required": AuthenticationError,
    "canceled": InternalServerError,
    "failed": InternalServerError,
    "rejected": BadRequestError,
}


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    `contextId` and `taskId` continue what an earlier answer began; `configuration` and `metadata`
    of the request go by their own names.

    Raises:
        BadRequestError: a part is no text, the version is none of these, or a value cannot be
            written as JSON.
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
        **request.extra_body,
    }
    headers = {"A2A-Version": version} if newer else {}
    return http_request(request, provider, endpoint, encode_json(body), headers=headers)


def _method(*, newer: bool, stream: bool) -> str:
    if newer:
        return "SendStreamingMessage" if stream else "SendMessage"
    return "message/stream" if stream else "message/send"


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a message or a task stands for.

    All of it is in `provider_specific_fields["result"]`, with the ids that continue it.

    Raises:
        APIResponseValidationError: it is neither, or a task that goes on.
        APIError: the agent failed.
    """
    result = _result(response.body, response.headers)
    inner = _unwrapped(result)
    if "status" not in inner:
        if "parts" not in inner:
            raise unreadable(response.body, "this is neither a message nor a task")
        return whole_answer(_text(inner), "completed", provider, result=result)
    state = _state(inner)
    _check(state, inner, response.headers)
    if state not in _SPOKEN:
        raise unreadable(response.body, f"the agent did not wait for its task, which is {state}")
    text = "\n\n".join(filter(None, map(_text, objects_in(inner.get("artifacts")))))
    return whole_answer(text or _status_text(inner), state, provider, result=result)


def _result(data: bytes, headers: Mapping[str, str]) -> JSON:
    """Return the result of a call.

    Raises:
        APIError: it is an error.
        APIResponseValidationError: it is no answer of JSON-RPC.
    """
    answer = read_object(data)
    failure = as_object(answer.get("error"))
    if failure is not None:
        problem = Problem(
            message=str(failure.get("message") or "the agent gave no message"),
            code=str(failure.get("code")),
            body=answer,
        )
        raise make_error(problem, None, headers, _CODES)
    result = as_object(answer.get("result"))
    if result is None:
        raise unreadable(data, "this is no answer of an agent")
    return result


def _unwrapped(result: JSON) -> JSON:
    """Return a message, a task or news of one, which newer agents put under its name."""
    return next((found for name in _NAMES if (found := as_object(result.get(name)))), result)


def _text(message: JSON) -> str:
    """Return the text of a message or an artifact."""
    return "".join(str(part.get("text") or "") for part in objects_in(message.get("parts")))


def _status_text(task: JSON) -> str:
    status = as_object(task.get("status")) or {}
    return _text(as_object(status.get("message")) or {})


def _state(task: JSON) -> str:
    """Return a task's state under its older name: "input-required" for one of a newer agent's."""
    state = str((as_object(task.get("status")) or {}).get("state"))
    return state.removeprefix("TASK_STATE_").lower().replace("_", "-")


def _check(state: str, task: JSON, headers: Mapping[str, str]) -> None:
    if state in _FAILED:
        words = _status_text(task) or f"the task is {state}"
        raise make_error(
            Problem(message=words, code=state, body=task), None, headers, {**_CODES, **_FAILED}
        )


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`.

    The text is that of the artifacts; what the agent says while it works counts as reasoning. The
    end has `provider_specific_fields["result"]`, the last event with the ids that continue it, and
    `["artifacts"]`, those in which there is more than text.
    """

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        self._events = EventReader()
        super().__init__(self._events)
        self._headers = headers
        self._writer = ChunkWriter(provider)
        self._artifact: object = None
        self._artifacts: list[JSON] = []

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        return self._event(_result(event[1], self._headers))

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        rest = self._events.rest.strip()
        # An error may come as a plain answer.
        return self.read_all([("", rest)]) if rest.startswith(b"{") else super().close()

    def _event(self, result: JSON) -> list[ModelResponseStream]:
        """Return the chunks of an event: a message, a task, or news of one."""
        event = _unwrapped(result)
        if "parts" in event:
            return [*self._writer.text(_text(event)), *self._end("completed", result)]
        chunks: list[ModelResponseStream] = []
        # A task at the end holds the artifacts of which there has been news.
        known = [] if self._writer.spoke else objects_in(event.get("artifacts"))
        for artifact in (*objects_in([event.get("artifact")]), *known):
            chunks += self._take(artifact)
        if "status" not in event:
            return chunks
        state, words = _state(event), _status_text(event)
        _check(state, event, self._headers)
        if state not in _SPOKEN:
            return chunks + self._writer.thought(words)
        if not self._writer.spoke or state == "input-required":
            chunks += self._writer.text(words)
        return chunks + self._end(state, result)

    def _take(self, artifact: JSON) -> list[ModelResponseStream]:
        """Return the text of an artifact, or of its next piece; each begins a paragraph."""
        if any("text" not in part for part in objects_in(artifact.get("parts"))):
            self._artifacts.append(artifact)
        text, name = _text(artifact), artifact.get("artifactId")
        if not text:
            return []
        begins, self._artifact = self._writer.spoke and name != self._artifact, name
        return self._writer.text(f"\n\n{text}" if begins else text)

    def _end(self, state: str, result: JSON) -> list[ModelResponseStream]:
        self.done = True
        more: JSON = {"artifacts": self._artifacts} if self._artifacts else {}
        return self._writer.end(state, result=result, **more)


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body)
