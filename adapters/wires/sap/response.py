"""A response of SAP's orchestration service: OpenAI's inside an envelope."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...decode.classify import Problem, make_error, read_problem
from ...decode.json_body import unreadable
from ...decode.typed import decode_as
from ...provider.row import Provider
from .. import openai
from .schema import Envelope

_envelope = msgspec.json.Decoder(Envelope)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body holds.

    The findings of other modules are in `provider_specific_fields["intermediate_results"]`.

    Raises:
        APIResponseValidationError: it is not a response of the service.
        APIError: it is an error in spite of its status.
    """
    envelope = read_envelope(response.body, response.headers)
    if not envelope.inner:
        raise unreadable(response.body, "the response has no final_result")
    inner = HTTPResponse(status=response.status, headers=response.headers, body=envelope.inner)
    answer = openai.decode(inner, provider)
    show_findings(envelope.findings, answer)
    return answer


def show_findings(findings: JSON, answer: ModelResponse | ModelResponseStream) -> None:
    """Add the findings of other modules to a response or chunk."""
    if findings:
        fields: JSON = answer.provider_specific_fields or {}
        answer.provider_specific_fields = {**fields, "intermediate_results": findings}


def read_envelope(data: bytes, headers: Mapping[str, str]) -> Envelope:
    """Return the envelope of a response or an event.

    Raises:
        APIResponseValidationError: it is not one.
        APIError: it holds an error.
    """
    envelope = decode_as(_envelope, data, "a response of the orchestration service")
    if envelope.error is not None:
        raise failure({"error": envelope.error}, None, headers)
    return envelope


def failure(body: JSON, status: int | None, headers: Mapping[str, str]) -> APIError:
    """Return the error of a body; the last one if several modules were tried."""
    several = as_array(body.get("error"))
    first = as_object(several[-1] if several else body.get("error")) or body
    problem = read_problem({"error": first}) or Problem(message=str(body))
    problem.body = body
    if "Filter" in str(first.get("location")):
        problem.code = "content_filter"
    return make_error(problem, status, headers)
