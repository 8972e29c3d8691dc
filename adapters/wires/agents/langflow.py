"""Langflow: a flow that somebody built, run by its id or its name.

The flow keeps the conversation itself, by `session_id`; without one a longer conversation goes as
a transcript. `tweaks`, `output_component` and its like go by their own names.

https://docs.langflow.org/api-flows-run
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...decode.classify import Problem, error_of_body, make_error, read_problem
from ...decode.json_body import read_object, unreadable
from ...decode.ndjson import LineReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.text_response import PARAMS, ChunkWriter, as_one_text, objects_in, whole_answer
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call; the model is the flow's id or its endpoint's name.

    Raises:
        BadRequestError: a part is no text, or a value cannot be written as JSON.
    """
    body: JSON = {
        "input_value": as_one_text(request.messages, provider),
        "input_type": "chat",
        "output_type": "chat",
        **request.params,
    }
    body.pop("stream_options", None)
    body.update(request.extra_body)
    query = {"stream": str(request.stream).lower(), **request.extra_query}
    return http_request(
        replace(request, extra_query=query),
        provider,
        endpoint,
        encode_json(body),
        path=f"{provider.path}/{quote(endpoint.model, safe='')}",
        headers={"x-api-key": endpoint.key.reveal()} if endpoint.key is not None else {},
    )


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a run's outputs stand for.

    Raises:
        APIResponseValidationError: there is no message among them.
    """
    body = read_object(response.body)
    text = _text(body)
    if text is None:
        raise unreadable(response.body, "the flow gives no message; it needs a chat output")
    return whole_answer(text, "stop", provider, session_id=body.get("session_id"))


def _text(result: JSON) -> str | None:
    """Return the text of a run's result, which streams end with in a shorter form."""
    if isinstance(result.get("message"), str):
        return str(result["message"])
    texts: list[str] = []
    for output in objects_in(result.get("outputs")):
        for inner in objects_in(output.get("outputs")):
            message = as_object((as_object(inner.get("results")) or {}).get("message")) or {}
            if isinstance(message.get("text"), str):
                texts.append(message["text"])
    return "\n\n".join(texts) if texts else None


class Decoder(StreamDecoder[bytes]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(LineReader())
        self._headers = headers
        self._writer = ChunkWriter(provider)

    def read(self, event: bytes) -> list[ModelResponseStream]:
        """Return the chunks of a line."""
        said = read_object(event)
        kind, data = said.get("event"), as_object(said.get("data")) or {}
        if kind == "token":
            return self._writer.text(str(data.get("chunk") or ""))
        if kind == "error":
            problem = read_problem(data) or Problem(message=str(said.get("data")), body=said)
            raise make_error(problem, None, self._headers)
        if kind != "end":
            return []
        self.done = True
        result = as_object(data.get("result")) or {}
        # Models that do not stream have said nothing until now.
        text = [] if self._writer.spoke else self._writer.text(_text(result) or "")
        return [*text, *self._writer.end("stop", session_id=result.get("session_id"))]


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body)
