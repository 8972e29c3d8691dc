"""Amazon SageMaker: endpoints whose containers implement OpenAI's chat completions.

TGI, vLLM and LMI containers do. The events of a stream carry the bytes of the container's stream.
https://docs.djl.ai/docs/serving/serving/docs/lmi/user_guides/chat_input_output_schema.html
https://aws.github.io/deep-learning-containers/vllm/deployment/sagemaker/
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ...pipeline.call.request import Endpoint, Request, replace
from ...pipeline.errors import APIError, BadRequestError
from ...pipeline.port import HTTPRequest, HTTPResponse
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ..credentials.aws import find_account, sign_request
from ..decode.aws_errors import error_of_response
from ..decode.aws_events import AWSEvent, AWSEventReader
from ..decode.stream_decoder import StreamDecoder
from ..encode.http_request import encode_json, http_request
from ..encode.url_parts import path_part
from ..provider.row import Provider
from . import openai
from .openai import PARAMS, chat_body, decode

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

# Parameters for SageMaker itself, and the headers that they become.
_HEADERS: Mapping[str, str] = {
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "EnableExplanations": "X-Amzn-SageMaker-Enable-Explanations",
    "InferenceComponentName": "X-Amzn-SageMaker-Inference-Component",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
    "SessionId": "X-Amzn-SageMaker-Session-Id",
    "TargetContainerHostname": "X-Amzn-SageMaker-Target-Container-Hostname",
    "TargetModel": "X-Amzn-SageMaker-Target-Model",
    "TargetVariant": "X-Amzn-SageMaker-Target-Variant",
    # litellm's name for an inference component.
    "model_id": "X-Amzn-SageMaker-Inference-Component",
}


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Find region and credentials, and move parameters for SageMaker itself into headers.

    Raises:
        BadRequestError: an api_key is given, which SageMaker does not support.

    Otherwise raises as `find_account`.
    """
    if endpoint.key is not None:
        raise BadRequestError(
            "api_key: SageMaker requires AWS credentials: pass aws_access_key_id and "
            "aws_secret_access_key, or omit all to use those of the environment",
            provider.name,
            param="api_key",
        )
    params = dict(request.params)
    headers = {header: str(params.pop(name)) for name, header in _HEADERS.items() if name in params}
    request = replace(request, params=params, extra_headers={**headers, **request.extra_headers})
    return await find_account(request, provider, endpoint, "sagemaker")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call, signed where `prepare` found credentials.

    The model's name is the endpoint's, which the container does not know, and vLLM refuses a model
    that it does not serve. So the body has a model only where `extra_body` does.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    body = chat_body(request, provider, endpoint)
    if "model" not in request.extra_body:
        body.pop("model")
    operation = "invocations-response-stream" if request.stream else "invocations"
    path = f"/endpoints/{path_part(endpoint.model, 'model')}/{operation}"
    outgoing = http_request(request, provider, endpoint, encode_json(body), path=path)
    return sign_request(outgoing, endpoint)


class Decoder(StreamDecoder[AWSEvent]):
    """Turns the bytes of a stream into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(AWSEventReader(headers), partial(_decode_plain, provider))
        self._container = openai.Decoder(provider, headers)

    def read_all(self, events: Sequence[AWSEvent]) -> list[ModelResponseStream]:
        """Return the chunks of several events; the container's decoder gets their bytes at once."""
        if not events or self.done or self.error is not None:
            return []
        failure = events[-1].error
        parts = [event.payload for event in events if event.name == "PayloadPart"]
        chunks = self._take(self._container.feed(b"".join(parts))) if parts else []
        if failure is not None and not self.done:
            self.error = self.error or failure
        return chunks

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        chunks = super().close()
        if self.done or self.error is not None:
            return chunks
        return chunks + self._take(self._container.close())

    def _take(self, chunks: list[ModelResponseStream]) -> list[ModelResponseStream]:
        """Return chunks of the container's stream, and take over how it ended."""
        self.done = self._container.done
        self.error = self._container.error
        return chunks


def _decode_plain(provider: Provider, body: bytes) -> ModelResponse:
    return decode(HTTPResponse(status=200, headers={}, body=body), provider)


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error in a response with a status of 400 or above."""
    return error_of_response(response)
