"""OpenTelemetry SDK providers that collect in memory, and calls for them to record."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.support.answers import MESSAGES
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client
from trunkline.middlewares.tracing import Tracing

KEY = "sk-very-secret-0123456789"
MODEL = "openai/test-model"


class Collected:
    """An application's own providers, and the spans and metrics that they collect."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])

    def tracing(self, **arguments: Any) -> Tracing:
        return Tracing(tracer_provider=self.tracers, meter_provider=self.meters, **arguments)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    @property
    def span(self) -> ReadableSpan:
        (span,) = self.spans
        return span

    @property
    def attributes(self) -> dict[str, Any]:
        return dict(self.span.attributes or {})

    @property
    def points(self) -> dict[str, list[Any]]:
        """Data points by metric name."""
        data = self.reader.get_metrics_data()
        if data is None:
            return {}
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def ask(world: World, client: Client, mode: str, server: Server, **arguments: Any) -> Any:
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, **arguments}
    messages = given.pop("messages", MESSAGES)
    return world.answer(client, mode, given.pop("model", MODEL), messages, **given)
