"""The spans and metric instruments of `Tracing`; imported when an application sets a provider."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from time import perf_counter

from opentelemetry import context
from opentelemetry.metrics import Counter, Histogram, Meter, MeterProvider, NoOpMeterProvider
from opentelemetry.trace import (
    NoOpTracerProvider,
    Span,
    SpanKind,
    Status,
    StatusCode,
    TracerProvider,
    set_span_in_context,
)

from ...pipeline.call.request import Request
from ...pipeline.stream.outcome import Outcome
from .attributes import (
    SHARED,
    Attributes,
    cost_attributes,
    describe_error,
    end_attributes,
    request_attributes,
    token_counts,
)
from .content import input_content, output_content
from .conventions import (
    OPERATION,
    OPERATION_NAME,
    REQUEST_MODEL,
    SECONDS,
    TIME_TO_FIRST_CHUNK,
    TOKENS,
    Conventions,
    TokenMetric,
)

_log = logging.getLogger("trunkline")

_SCOPE = "trunkline"


class Telemetry:
    """The tracer and the metric instruments of one pair of providers."""

    def __init__(
        self,
        tracers: TracerProvider | None,
        meters: MeterProvider | None,
        conventions: Conventions,
        *,
        capture_content: bool,
    ) -> None:
        self._providers = (tracers, meters)
        self.conventions = conventions
        self.capture_content = capture_content
        schema = conventions.schema_url
        self._tracer = (tracers or NoOpTracerProvider()).get_tracer(_SCOPE, schema_url=schema)
        meter = (meters or NoOpMeterProvider()).get_meter(_SCOPE, schema_url=schema)
        self.duration = _seconds(meter, conventions.duration, "Duration of the call")
        self.first_chunk = _seconds(
            meter, conventions.time_to_first_chunk, "Time until the first content of a stream"
        )
        self.tokens = _token_instruments(meter, conventions.tokens)

    def is_of(self, tracers: TracerProvider | None, meters: MeterProvider | None) -> bool:
        """Return whether these are its providers."""
        return self._providers[0] is tracers and self._providers[1] is meters

    def start(self, request: Request) -> CallSpan:
        """Start the span of a call, as a child of the caller's current span."""
        attributes: Attributes = {OPERATION_NAME: OPERATION, REQUEST_MODEL: request.model}
        with _log_errors():
            attributes = request_attributes(request, self.conventions)
        span = self._tracer.start_span(
            f"{OPERATION} {attributes[REQUEST_MODEL]}", kind=SpanKind.CLIENT, attributes=attributes
        )
        if self.capture_content and span.is_recording():
            with _log_errors():
                span.set_attributes(input_content(request))
        return CallSpan(self, span, attributes)


class CallSpan:
    """The span of one call; it ends once, with the outcome of the call."""

    def __init__(self, telemetry: Telemetry, span: Span, attributes: Attributes) -> None:
        self._telemetry = telemetry
        self._span = span
        self._attributes = attributes
        self._began = perf_counter()

    @contextmanager
    def current(self) -> Generator[None]:
        """Make this the current span."""
        token = context.attach(set_span_in_context(self._span))
        try:
            yield
        finally:
            context.detach(token)

    def end(self, outcome: Outcome) -> None:
        """Record the metrics and end the span."""
        seconds = perf_counter() - self._began
        try:
            with _log_errors():
                self._describe(outcome)
                self._measure(outcome, seconds)
        finally:
            self._span.end()

    def _describe(self, outcome: Outcome) -> None:
        span, response = self._span, outcome.response
        ending = end_attributes(outcome, self._telemetry.conventions)
        first = self._first_chunk(outcome)
        if first is not None:
            ending[TIME_TO_FIRST_CHUNK] = first
        self._attributes |= ending
        if not span.is_recording():
            return
        span.set_attributes(ending)
        if response is not None:
            span.set_attributes(cost_attributes(response))
            if self._telemetry.capture_content:
                span.set_attributes(output_content(response))
        if outcome.error is not None:
            span.set_status(Status(StatusCode.ERROR, describe_error(outcome.error)))

    def _measure(self, outcome: Outcome, seconds: float) -> None:
        telemetry, response = self._telemetry, outcome.response
        shared = {name: self._attributes[name] for name in SHARED if name in self._attributes}
        telemetry.duration.record(seconds, shared)
        first = self._first_chunk(outcome)
        if first is not None:
            telemetry.first_chunk.record(first, shared)
        if response is None or response.call.cache_hit:
            # A cached response has the usage of the call that filled the cache.
            return
        counts = dict(token_counts(response.usage))
        for metric, instrument in telemetry.tokens:
            if metric.count in counts:
                attributes = {**shared, **metric.attributes}
                if isinstance(instrument, Histogram):
                    instrument.record(counts[metric.count], attributes)
                else:
                    instrument.add(counts[metric.count], attributes)

    def _first_chunk(self, outcome: Outcome) -> float | None:
        """Return the seconds until a stream's first content, or None if there was no stream."""
        response = outcome.response
        arrived = response.call.first_content_at if response is not None else None
        return None if arrived is None or arrived < self._began else arrived - self._began


def _seconds(meter: Meter, name: str, description: str) -> Histogram:
    return meter.create_histogram(
        name, "s", description, explicit_bucket_boundaries_advisory=SECONDS
    )


def _token_instruments(
    meter: Meter, metrics: tuple[TokenMetric, ...]
) -> list[tuple[TokenMetric, Histogram | Counter]]:
    """Return each metric with its instrument; metrics of the same name share one."""
    made: dict[str, Histogram | Counter] = {}
    for metric in metrics:
        if metric.name in made:
            continue
        if metric.instrument == "counter":
            made[metric.name] = meter.create_counter(metric.name, "{token}", "Tokens used")
        else:
            made[metric.name] = meter.create_histogram(
                metric.name,
                "{token}",
                "Tokens of a call",
                explicit_bucket_boundaries_advisory=TOKENS,
            )
    return [(metric, made[metric.name]) for metric in metrics]


@contextmanager
def _log_errors() -> Generator[None]:
    """Log errors instead of raising them."""
    try:
        yield
    except Exception:  # noqa: BLE001  # telemetry must never fail the call
        _log.exception("cannot record a call with OpenTelemetry")
