"""Language models on Replicate, as predictions.

https://replicate.com/docs/reference/http (models.predictions.create, predictions.get) and
https://replicate.com/docs/topics/predictions/streaming
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError, BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import Choice, Delta, Message, StreamingChoice, Usage
from ...decode.classify import Problem, error_of_body, make_error, read_problem
from ...decode.dates import read_timestamp
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import find_json
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider
from ...provider.rules import renamed_params
from .input import PROVIDER, write_input, write_params
from .predictions import await_end, open_stream, read_prediction

#: OpenAI parameters that this wire has a place for.
PARAMS = frozenset(
    {
        "frequency_penalty",
        "max_completion_tokens",
        "max_tokens",
        "presence_penalty",
        "reasoning_effort",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
        "verbosity",
    }
)

_MODEL = re.compile(r"(deployments/)?[\w.-]+/[\w.-]+(:\w+)?")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that creates a prediction.

    The model is "owner/name", "owner/name:version" or "deployments/owner/name".

    Raises:
        BadRequestError: the model has another form, or something has no place in its inputs.
    """
    if not _MODEL.fullmatch(endpoint.model):
        raise BadRequestError(
            'model: expected "replicate/owner/name", "replicate/owner/name:version" or '
            f'"replicate/deployments/owner/name", got {endpoint.model!r}',
            PROVIDER,
            param="model",
        )
    name, _, version = endpoint.model.partition(":")
    params = renamed_params(request.params, provider, endpoint.model)
    body: JSON = {
        "input": {**write_params(params), **write_input(request.messages, endpoint.model)}
    }
    if version:
        body["version"] = version
    if request.stream:
        body["stream"] = True
    body.update(request.extra_body)
    owned = name if name.startswith("deployments/") else f"models/{name}"
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        path="/predictions" if version else f"/{owned}/predictions",
        headers={"Accept": "application/json", **({} if request.stream else {"Prefer": "wait"})},
    )


async def send(
    request: Request, provider: Provider, endpoint: Endpoint, outgoing: HTTPRequest
) -> HTTPResponse:
    """Create a prediction and wait for its end; see `wires.Wire`."""
    response = await request.io.send(outgoing)
    return await await_end(request, provider, endpoint, response)


async def open(  # noqa: A001  # the port's own name for it
    request: Request, provider: Provider, endpoint: Endpoint, outgoing: HTTPRequest
) -> HTTPStream:
    """Create a prediction and open its stream; see `wires.Wire`."""
    return await open_stream(request, provider, endpoint, await request.io.send(outgoing))


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a prediction stands for.

    Raises:
        APIResponseValidationError: it is no prediction.
        APIError: it failed or was cancelled.
    """
    prediction = read_prediction(response.body)
    _check(prediction, response.headers)
    choice = Choice(
        message=Message(content=_text(prediction.get("output"))),
        finish_reason=prediction["status"],
    )
    map_finish_reason(choice, provider.finish_reasons)
    return ModelResponse(
        id=prediction["id"],
        created=read_timestamp(prediction.get("created_at")),
        choices=[choice],
        usage=_usage(prediction),
    )


def _check(prediction: JSON, headers: Mapping[str, str]) -> None:
    status: str = prediction["status"]
    if status == "succeeded":
        return
    message = str(prediction.get("error") or f"the prediction is {status}")
    raise make_error(Problem(message=message, body=prediction), None, headers)


def _text(output: object) -> str:
    """Return an output as text: a text, pieces of one, or an object with one in `text`."""
    if output is None or isinstance(output, str):
        return output or ""
    pieces = as_array(output)
    if pieces is not None and all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces)
    text: object = (as_object(output) or {}).get("text")
    return text if isinstance(text, str) else msgspec.json.encode(output).decode()


def _usage(prediction: JSON) -> Usage | None:
    metrics = as_object(prediction.get("metrics")) or {}
    prompt: int | None = metrics.get("input_token_count")
    completion: int | None = metrics.get("output_token_count")
    if prompt is None and completion is None:
        return None
    return Usage(
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
        total_tokens=(prompt or 0) + (completion or 0),
        native=metrics,
    )


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader())
        self._provider = provider
        self._headers = headers
        self._finished = False
        self._head: JSON = {}

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        name, data = event
        if name == "output":
            return [self._chunk(Delta(content=data.decode("utf-8", "replace")))]
        if name == "created":
            self._head = read_prediction(data)
        elif name == "error":
            raise make_error(_problem(data), None, self._headers)
        elif name == "done":
            return self._end(data)
        elif name == "prediction":
            return self._whole(read_prediction(data))
        return []

    def _end(self, data: bytes) -> list[ModelResponseStream]:
        reason: object = (as_object(find_json(data)) or {}).get("reason")
        if reason:
            raise make_error(
                Problem(message=f"the prediction ended: {reason}"), None, self._headers
            )
        return self._finish("succeeded")

    def _finish(self, status: str) -> list[ModelResponseStream]:
        self._finished = True
        chunk = self._chunk(Delta(), finish_reason=status)
        map_finish_reason(chunk.choices[0], self._provider.finish_reasons)
        return [chunk]

    def _whole(self, prediction: JSON) -> list[ModelResponseStream]:
        """Take the prediction at the end: its counts, and its output where no events came."""
        self._head = prediction
        chunks: list[ModelResponseStream] = []
        if not self._finished:
            _check(prediction, self._headers)
            chunks.append(self._chunk(Delta(content=_text(prediction.get("output")))))
            chunks += self._finish(prediction["status"])
        self.done = True
        usage = _usage(prediction)
        if usage is not None:
            chunks.append(self._of(usage=usage))
        return chunks

    def _chunk(self, delta: Delta, **fields: Any) -> ModelResponseStream:
        return self._of(choices=[StreamingChoice(delta=delta, **fields)])

    def _of(self, **fields: Any) -> ModelResponseStream:
        created = read_timestamp(self._head.get("created_at"))
        return ModelResponseStream(id=self._head.get("id", ""), created=created, **fields)


def _problem(data: bytes) -> Problem:
    text = data.decode("utf-8", "replace")
    return read_problem(find_json(data)) or Problem(message=text, body=text)


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_body(response.status, response.headers, response.body)
