"""NLP Cloud's chatbot: the last user message, the conversation before it, and the instructions.

It takes no parameters and does not stream, so a stream has one chunk with text.

https://docs.nlpcloud.com/#chatbot-and-conversational-ai
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import APIError, BadRequestError
from ...pipeline.json_values import JSON
from ...pipeline.port import HTTPRequest, HTTPResponse
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ..decode.body_reader import BodyReader
from ..decode.classify import error_of_body
from ..decode.stream_decoder import StreamDecoder
from ..decode.text_response import PARAMS, ChunkWriter, spoken_text, whole_answer
from ..decode.typed import decode_as
from ..encode.conversation import SYSTEM_ROLES, list_turns
from ..encode.http_request import encode_json, http_request
from ..encode.overlay import overlay
from ..encode.url_parts import path_part
from ..provider.row import Provider

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: the last message is not the user's, a part is not text, or a value cannot
            be written as JSON.
    """
    body = _conversation(request.messages, provider)
    body.update(request.params)
    body.pop("stream_options", None)
    body = overlay(body, request.extra_body)
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        # The name of a customer's model is "custom_model/ID".
        path=f"/{path_part(endpoint.model, 'model', '/')}{provider.path}",
    )


def _conversation(messages: tuple[MessageParam, ...], provider: Provider) -> JSON:
    """Return a conversation in pairs of a user message and the response to it."""
    context: list[str] = []
    pairs: list[list[str]] = []
    for turn in list_turns(messages):
        role, text = turn.message["role"], spoken_text(turn, provider)
        if role in SYSTEM_ROLES:
            context.append(text)
        elif role == "user" and (not pairs or pairs[-1][1]):
            pairs.append([text, ""])
        elif role == "user":
            pairs[-1][0] += f"\n\n{text}"
        else:
            pairs = pairs or [["", ""]]
            pairs[-1][1] += text
    if not pairs or pairs[-1][1]:
        raise BadRequestError(
            f"messages: {provider.title} answers user messages, so the last message must have the "
            "role user",
            provider.name,
            param="messages",
        )
    *before, (said, _) = pairs
    body: JSON = {"input": said}
    if any(context):
        body["context"] = "\n\n".join(context)
    if before:
        body["history"] = [{"input": asked, "response": answered} for asked, answered in before]
    return body


class _Answer(Struct):
    response: str


_answer = msgspec.json.Decoder(_Answer)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body holds.

    Raises:
        APIResponseValidationError: it is not a response of the chatbot.
    """
    return whole_answer(_text(response.body), "stop", provider)


def _text(body: bytes) -> str:
    return decode_as(_answer, body, "a response of NLP Cloud's chatbot").response


class Decoder(StreamDecoder[bytes]):
    """Turns a complete response into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, _headers: Mapping[str, str]) -> None:
        super().__init__(BodyReader())
        self._writer = ChunkWriter(provider)

    def read(self, event: bytes) -> list[ModelResponseStream]:
        """Return the chunks of the response."""
        text = _text(event)
        self.done = True
        return [*self._writer.text(text), *self._writer.end("stop")]


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body)
