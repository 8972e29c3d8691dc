"""A prediction as a response.

https://replicate.com/docs/reference/http (predictions.get)
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.json_values import as_array, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import Choice, Message, Usage
from ...decode.classify import Problem, make_error
from ...decode.dates import read_timestamp
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import find_json
from ...decode.typed import convert_as
from ...provider.row import Provider
from .predictions import read_prediction
from .schema import Metrics, Prediction


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response of a prediction.

    Raises:
        APIResponseValidationError: the body is not a prediction.
        APIError: it failed or was canceled.
    """
    prediction = read_prediction(response.body)
    check(prediction, response.body, response.headers)
    message = Message(content=text_of(prediction.output))
    choice = Choice(message=message, finish_reason=prediction.status)
    map_finish_reason(choice, provider.finish_reasons)
    return ModelResponse(
        id=prediction.id,
        created=read_timestamp(prediction.created_at),
        choices=[choice],
        usage=usage_of(prediction, response.body),
    )


def check(prediction: Prediction, body: bytes, headers: Mapping[str, str]) -> None:
    """Raise the error of a prediction that did not succeed."""
    if prediction.status == "succeeded":
        return
    message = str(prediction.error or f"the prediction is {prediction.status}")
    raise make_error(Problem(message=message, body=find_json(body)), None, headers)


def text_of(output: object) -> str:
    """Return an output as text: a text, pieces of one, an object with a `text`, else JSON."""
    if output is None or isinstance(output, str):
        return output or ""
    pieces = as_array(output)
    if pieces is not None and all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces)
    text: object = (as_object(output) or {}).get("text")
    return text if isinstance(text, str) else msgspec.json.encode(output).decode()


def usage_of(prediction: Prediction, body: bytes) -> Usage | None:
    """Return the token counts of a prediction, None if it has none.

    Raises:
        APIResponseValidationError: a count is not a number.
    """
    native = prediction.metrics or {}
    metrics = convert_as(native, Metrics, body, "the metrics of a prediction")
    prompt, completion = metrics.input_token_count, metrics.output_token_count
    if prompt is None and completion is None:
        return None
    return Usage(
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
        total_tokens=(prompt or 0) + (completion or 0),
        native=native,
    )
