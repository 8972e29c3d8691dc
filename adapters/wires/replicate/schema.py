"""What Replicate sends: predictions, and the end of their streams.

https://replicate.com/docs/reference/http (predictions.get) and
https://replicate.com/docs/topics/predictions/streaming
"""

from __future__ import annotations

from msgspec import Struct

from ....pipeline.json_values import JSON


class Metrics(Struct):
    """The token counts among a prediction's metrics."""

    input_token_count: int | None = None
    output_token_count: int | None = None


class Links(Struct):
    """Where to follow a prediction; only models that stream have `stream`."""

    stream: str | None = None


class Prediction(Struct):
    """A prediction, running or ended."""

    id: str
    status: str
    # Models define their outputs themselves: mostly text or pieces of text.
    output: object = None
    error: object = None
    created_at: str | None = None
    metrics: JSON | None = None
    urls: Links | None = None


class StreamEnd(Struct):
    """The data of the last event: `reason` is set if the prediction was canceled or failed."""

    reason: str | None = None
