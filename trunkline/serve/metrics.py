"""Metrics for Prometheus: what the chain and the server record through OpenTelemetry."""

from __future__ import annotations

from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.registry import REGISTRY


def start_metrics() -> None:
    """Collect OpenTelemetry's metrics of this process from now on."""
    metrics.set_meter_provider(MeterProvider(metric_readers=[PrometheusMetricReader()]))


def read_metrics(registry: CollectorRegistry = REGISTRY) -> tuple[bytes, str]:
    """Return the metrics in Prometheus' text format, and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST
