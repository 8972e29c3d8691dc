"""NLP Cloud's chatbot: the last thing said, what was said before, and the instructions.

It takes no parameters and answers at once, so a stream has one chunk.

https://docs.nlpcloud.com/#chatbot-and-conversational-ai
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import APIError, BadRequestError
from ...pipeline.json_values import JSON, as_object
from ...pipeline.port import HTTPRequest, HTTPResponse
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ..decode.classify import error_of_body
from ..decode.json_body import find_json, unreadable
from ..decode.text_response import PARAMS, ChunkWriter, spoken_text, whole_answer
from ..encode.conversation import SYSTEM_ROLES, turns
from ..encode.http_request import encode_json, http_request
from ..provider.row import Provider

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: the user does not speak last, a part is no text, or a value cannot be
            written as JSON.
    """
    body = _conversation(request.messages, provider)
    body.update(request.params)
    body.pop("stream_options", None)
    body.update(request.extra_body)
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        # A model of one's own is "custom_model/ID".
        path=f"/{quote(endpoint.model)}{provider.path}",
    )


def _conversation(messages: tuple[MessageParam, ...], provider: Provider) -> JSON:
    """Return a conversation in pairs of what was said and answered."""
    context: list[str] = []
    pairs: list[list[str]] = []
    for turn in turns(messages):
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
            f"messages: {provider.title} answers what the user says, so the last one must be of "
            "the user",
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


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body stands for.

    Raises:
        APIResponseValidationError: it is no answer of the chatbot's.
    """
    return whole_answer(_text(response.body), "stop", provider)


def _text(body: bytes) -> str:
    fields = as_object(find_json(body)) or {}
    if not isinstance(fields.get("response"), str):
        raise unreadable(body, "this is no answer of NLP Cloud's chatbot")
    return str(fields["response"])


class Decoder:
    """Turns a whole answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, _headers: Mapping[str, str]) -> None:
        self.done = False
        self.error: APIError | None = None
        self._read: list[bytes] = []
        self._writer = ChunkWriter(provider)

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Keep `data` until the answer is whole."""
        self._read.append(data)
        return []

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of the answer."""
        try:
            text = _text(b"".join(self._read))
        except APIError as error:
            self.error = error
            return []
        self.done = True
        return [*self._writer.text(text), *self._writer.end("stop")]


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body)
