"""LangGraph's server: a run of a graph without a thread; the model is the assistant's id.

The response is the last message that the assistant adds to the state's `messages`; a stream has
the tokens of all messages that models write during the run. Tool calls stay inside the graph.

https://docs.langchain.com/langsmith/agent-server-api (stateless runs) and, for streams,
https://langchain-ai.github.io/langgraph/cloud/how-tos/streaming/#messages
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import Usage
from ...decode.classify import Problem, error_of_body, make_error
from ...decode.json_body import read_json, unreadable
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.text_response import PARAMS, ChunkWriter, whole_answer
from ...decode.typed import convert_as
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...provider.row import Provider
from ..openai import outgoing_messages
from .schema import GraphMessage

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]

_FAILURE = "__error__"
_SPEAKERS = ("AIMessageChunk", "ai")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    `config`, `context`, `metadata` and the like are passed on under their own names; `input` is
    added to the messages, for graphs whose state has more fields.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    params = {name: value for name, value in request.params.items() if name != "stream_options"}
    given = as_object(params.pop("input", None)) or {}
    messages = outgoing_messages(request.messages, provider, endpoint.model)
    body: JSON = {
        "assistant_id": endpoint.model,
        "input": {"messages": messages, **given},
        **({"stream_mode": "messages-tuple"} if request.stream else {}),
        **params,
    }
    body = overlay(body, request.extra_body)
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        path="/runs/stream" if request.stream else "/runs/wait",
        headers={"x-api-key": endpoint.key.reveal()} if endpoint.key is not None else {},
    )


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response of a graph's last state.

    The rest of the state is in `provider_specific_fields`.

    Raises:
        APIResponseValidationError: there are no messages in it.
        APIError: the run failed.
    """
    body = response.body
    state = as_object(read_json(body)) or {}
    if _FAILURE in state:
        raise _failed(state[_FAILURE], response.headers)
    messages = [as_object(item) or {} for item in as_array(state.get("messages")) or ()]
    kinds = [message.get("type") for message in messages]
    spoken = {
        position: convert_as(messages[position], GraphMessage, body, "a message of an assistant")
        for position, kind in enumerate(kinds)
        if kind == "ai"
    }
    if not spoken:
        raise unreadable(body, "the graph's state has no message of an assistant")
    asked = max((position for position, kind in enumerate(kinds) if kind == "human"), default=-1)
    counted = [message for position, message in spoken.items() if position > asked]
    specific = {name: value for name, value in state.items() if name != "messages"}
    last = spoken[max(spoken)]
    usage = _usage(counted)
    return whole_answer(_text(last), "stop", provider, usage=usage, specific=specific)


def _failed(details: object, headers: Mapping[str, str]) -> APIError:
    fields = as_object(details) or {}
    kind, message = fields.get("error"), fields.get("message")
    words = ": ".join(str(word) for word in (kind, message) if word) or "the run failed"
    return make_error(Problem(message=words, body=details), None, headers)


def _text(message: GraphMessage) -> str:
    """Return a message's text, which may be in blocks."""
    content = message.content or ""
    if isinstance(content, str):
        return content
    return "".join(block if isinstance(block, str) else block.text or "" for block in content)


def _usage(messages: Iterable[GraphMessage]) -> Usage | None:
    """Return the tokens of messages, None if none of them has a count."""
    counts = [one.usage_metadata for one in messages if one.usage_metadata is not None]
    if not counts:
        return None
    prompt = sum(count.input_tokens or 0 for count in counts)
    completion = sum(count.output_tokens or 0 for count in counts)
    return Usage(
        prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
    )


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed response into chunks; see `wire.ChunkDecoder`.

    The server has no end marker: a run is over when the body is, and HTTP shows whether it was cut
    off.
    """

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader())
        self._headers = headers
        self._writer = ChunkWriter(provider)
        self._pieces: set[str | None] = set()
        self._counted: list[GraphMessage] = []

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        name, data = event
        # The path of a subgraph may follow the name.
        kind = name.partition("|")[0]
        if kind == "error":
            raise _failed(read_json(data), self._headers)
        return self._message(data) if kind == "messages" else []

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        chunks = super().close()
        if self.error is None and self._writer.spoke:
            self.done = True
            chunks += self._writer.end("stop", usage=_usage(self._counted))
        return chunks

    def _message(self, data: bytes) -> list[ModelResponseStream]:
        found = as_array(read_json(data))
        fields = (as_object(found[0]) if found else None) or {}
        kind = fields.get("type")
        if kind not in _SPEAKERS:
            return []
        message = convert_as(fields, GraphMessage, data, "a message of an assistant")
        # A complete message may follow its pieces.
        if kind == "ai" and message.id in self._pieces:
            return []
        self._pieces.add(message.id)
        if message.usage_metadata is not None:
            self._counted.append(message)
        return self._writer.text(_text(message))


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body)
