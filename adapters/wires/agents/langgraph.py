"""LangGraph's server: a run of a graph without a thread; the model is the assistant's id.

The answer is the last message that the assistant adds to the state's `messages`; a stream has the
tokens of all the messages that models write on the way. What the graph calls is its own business.

https://docs.langchain.com/langsmith/agent-server-api (stateless runs) and, for streams,
https://langchain-ai.github.io/langgraph/cloud/how-tos/streaming/#messages
"""

from __future__ import annotations

from collections.abc import Mapping

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
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider
from ..openai.messages import outgoing_messages

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]

_FAILURE = "__error__"
_SPEAKERS = ("AIMessageChunk", "ai")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    `config`, `context`, `metadata` of a run and its like go by their own names; `input` stands
    beside the messages, for graphs whose state holds more.

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
        **request.extra_body,
    }
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        path="/runs/stream" if request.stream else "/runs/wait",
        headers={"x-api-key": endpoint.key.reveal()} if endpoint.key is not None else {},
    )


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a graph's last state stands for; the rest of it stands beside.

    Raises:
        APIResponseValidationError: there are no messages in it.
        APIError: the run failed.
    """
    state = as_object(read_json(response.body)) or {}
    if _FAILURE in state:
        raise _failed(state[_FAILURE], response.headers)
    messages = [as_object(item) or {} for item in as_array(state.get("messages")) or ()]
    spoken = [message for message in messages if message.get("type") == "ai"]
    if not spoken:
        raise unreadable(response.body, "the graph's state has no message of an assistant")
    asked = max((n for n, one in enumerate(messages) if one.get("type") == "human"), default=-1)
    counted = [message for message in messages[asked + 1 :] if message in spoken]
    usage = _sum([found for message in counted if (found := _usage(message)) is not None])
    rest = {name: value for name, value in state.items() if name != "messages"}
    return whole_answer(_text(spoken[-1]), "stop", provider, usage, **rest)


def _failed(details: object, headers: Mapping[str, str]) -> APIError:
    fields = as_object(details) or {}
    kind, message = fields.get("error"), fields.get("message")
    words = ": ".join(str(word) for word in (kind, message) if word) or "the run failed"
    return make_error(Problem(message=words, body=details), None, headers)


def _text(message: JSON) -> str:
    """Return a message's text, which may stand in blocks."""
    content: object = message.get("content")
    if isinstance(content, str):
        return content
    blocks = [
        block if isinstance(block, str) else as_object(block) for block in as_array(content) or ()
    ]
    return "".join(
        block if isinstance(block, str) else str((block or {}).get("text") or "")
        for block in blocks
    )


def _usage(message: JSON) -> Usage | None:
    """Return the tokens of a message, as LangChain counts them."""
    native = as_object(message.get("usage_metadata"))
    if native is None:
        return None
    prompt, completion = int(native.get("input_tokens") or 0), int(native.get("output_tokens") or 0)
    return Usage(
        prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
    )


def _sum(counts: list[Usage]) -> Usage | None:
    if not counts:
        return None
    prompt = sum(count.prompt_tokens for count in counts)
    completion = sum(count.completion_tokens for count in counts)
    return Usage(
        prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
    )


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`.

    The server has no end marker: a run is over when the body is, which HTTP tells from one that
    was cut off.
    """

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader())
        self._headers = headers
        self._writer = ChunkWriter(provider)
        self._pieces: set[object] = set()
        self._counts: list[Usage] = []

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        name, data = event
        # The name may have a graph's behind it.
        kind = name.partition("|")[0]
        if kind == "error":
            raise _failed(read_json(data), self._headers)
        return self._message(read_json(data)) if kind == "messages" else []

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        chunks = super().close()
        if self.error is None and self._writer.spoke:
            self.done = True
            chunks += self._writer.end("stop", _sum(self._counts))
        return chunks

    def _message(self, data: object) -> list[ModelResponseStream]:
        message = as_object((as_array(data) or [None])[0]) or {}
        kind, identity = message.get("type"), message.get("id")
        # A whole message may follow its pieces.
        if kind not in _SPEAKERS or (kind == "ai" and identity in self._pieces):
            return []
        self._pieces.add(identity)
        usage = _usage(message)
        self._counts += [usage] if usage is not None else []
        return self._writer.text(_text(message))


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body)
