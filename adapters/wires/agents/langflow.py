"""Langflow: a flow, run by its id or the name of its endpoint.

The flow keeps the conversation itself, by `session_id`; without one a longer conversation is sent
as a transcript. `tweaks`, `output_component` and the like are passed on under their own names.

https://docs.langflow.org/api-flows-run
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...decode.classify import Problem, error_of_body, make_error, read_problem
from ...decode.json_body import find_json, unreadable
from ...decode.ndjson import LineReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.text_response import PARAMS, ChunkWriter, as_one_text, whole_answer
from ...decode.typed import convert_as, decode_as
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...encode.url_parts import path_part
from ...provider.row import Provider
from .schema import FlowEnd, FlowEvent, FlowMessage, FlowResult, FlowToken

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]

_result = msgspec.json.Decoder(FlowResult)
_line = msgspec.json.Decoder(FlowEvent)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call; the model is the flow's id or its endpoint's name.

    Raises:
        BadRequestError: a part is not text, or a value cannot be written as JSON.
    """
    body: JSON = {
        "input_value": as_one_text(request.messages, provider),
        "input_type": "chat",
        "output_type": "chat",
        **request.params,
    }
    body.pop("stream_options", None)
    body = overlay(body, request.extra_body)
    query = {"stream": str(request.stream).lower(), **request.extra_query}
    return http_request(
        replace(request, extra_query=query),
        provider,
        endpoint,
        encode_json(body),
        path=f"{provider.path}/{path_part(endpoint.model, 'model')}",
        headers={"x-api-key": endpoint.key.reveal()} if endpoint.key is not None else {},
    )


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response of a run's outputs.

    Raises:
        APIResponseValidationError: there is no message among them.
    """
    body = response.body
    result = decode_as(_result, body, "the result of a run")
    text = _text(result, body)
    if text is None:
        raise unreadable(body, "the flow gives no message; it needs a chat output")
    return whole_answer(text, "stop", provider, specific={"session_id": result.session_id})


def _text(result: FlowResult, body: bytes) -> str | None:
    """Return the text of a run's result, None if it has no message."""
    if result.message is not None:
        return result.message
    texts: list[str] = []
    for output in result.outputs:
        for component in output.outputs:
            results = as_object(component.results) if component is not None else None
            said = as_object((results or {}).get("message"))
            text = convert_as(said or {}, FlowMessage, body, "a message of a chat output").text
            if text is not None:
                texts.append(text)
    return "\n\n".join(texts) if texts else None


class Decoder(StreamDecoder[bytes]):
    """Turns the bytes of a streamed response into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(LineReader())
        self._headers = headers
        self._writer = ChunkWriter(provider)

    def read(self, event: bytes) -> list[ModelResponseStream]:
        """Return the chunks of a line."""
        line = decode_as(_line, event, "an event of a run")
        if line.event == "token":
            token = convert_as(line.data, FlowToken, event, "a piece of text")
            return self._writer.text(token.chunk or "")
        if line.event == "error":
            body = find_json(event)
            problem = read_problem(line.data) or Problem(message=str(line.data), body=body)
            raise make_error(problem, None, self._headers)
        if line.event != "end":
            return []
        result = convert_as(line.data, FlowEnd, event, "the result of a run").result
        self.done = True
        if result is None:
            return self._writer.end("stop", specific={"session_id": None})
        # Models that do not stream have sent no text until now.
        text = [] if self._writer.spoke else self._writer.text(_text(result, event) or "")
        return [*text, *self._writer.end("stop", specific={"session_id": result.session_id})]


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body)
