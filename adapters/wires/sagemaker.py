"""Amazon SageMaker: endpoints whose containers speak OpenAI's chat completions.

TGI, vLLM and LMI containers do. A stream's events carry the bytes of the container's own.
https://docs.djl.ai/docs/serving/serving/docs/lmi/user_guides/chat_input_output_schema.html
https://aws.github.io/deep-learning-containers/vllm/deployment/sagemaker/
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ...pipeline.call.request import Endpoint, Request, replace
from ...pipeline.errors import APIError, BadRequestError
from ...pipeline.port import HTTPRequest, HTTPResponse
from ...pipeline.schema.model_response import ModelResponseStream
from ..credentials.aws import authorize, find_account
from ..decode.aws_errors import error_of_answer
from ..decode.aws_events import AWSEventReader
from ..encode.http_request import encode_json, http_request
from ..provider.row import Provider
from . import openai
from .openai import PARAMS, chat_body, decode

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

# Parameters that AWS reads, and their headers; they are not the container's.
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
    """Find region and credentials, and put what AWS reads into headers.

    Raises:
        BadRequestError: an api_key is given, which SageMaker has no use for.

    Else raises as `find_account`.
    """
    if endpoint.key is not None:
        raise BadRequestError(
            "api_key: SageMaker takes AWS credentials: pass aws_access_key_id and "
            "aws_secret_access_key, or leave all out for those of the environment",
            provider.name,
            param="api_key",
        )
    params = dict(request.params)
    headers = {header: str(params.pop(name)) for name, header in _HEADERS.items() if name in params}
    request = replace(request, params=params, extra_headers={**headers, **request.extra_headers})
    return await find_account(request, provider, endpoint, "sagemaker")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call, signed where `prepare` found credentials.

    The model's name is the endpoint's, of which the container knows nothing, and vLLM refuses a
    model that it does not serve. So the body names one only where `extra_body` does.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    body = chat_body(request, provider, endpoint)
    if "model" not in request.extra_body:
        body.pop("model")
    operation = "invocations-response-stream" if request.stream else "invocations"
    path = f"/endpoints/{quote(endpoint.model, safe='')}/{operation}"
    outgoing = http_request(request, provider, endpoint, encode_json(body), path=path)
    return authorize(outgoing, endpoint)


class Decoder:
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        self.error: APIError | None = None
        self._events = AWSEventReader(headers)
        self._inner = openai.Decoder(provider, headers)

    @property
    def done(self) -> bool:
        """Whether the container's end marker has come."""
        return self._inner.done

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        parts = [event.payload for event in self._events.feed(data) if event.name == "PayloadPart"]
        chunks = self._inner.feed(b"".join(parts)) if parts else []
        self.error = self._inner.error or self._events.error
        return chunks

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        chunks = self._inner.close()
        self.error = self.error or self._inner.error
        return chunks


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return error_of_answer(response)
