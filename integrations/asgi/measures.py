"""Metrics of a server, through OpenTelemetry; without its SDK they cost nothing.

https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
"""

from __future__ import annotations

from opentelemetry import metrics

from ...inbound.front import endpoint_path

_METHODS = frozenset({"GET", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "PUT"})
# Those of OpenTelemetry's GenAI conventions: responses of models take longer than other responses.
_BUCKETS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]


class Measures:
    """Counts the open requests, and how long all of them took."""

    def __init__(self) -> None:
        meter = metrics.get_meter("trunkline.server")
        self._open = meter.create_up_down_counter(
            "http.server.active_requests", "{request}", "Requests that are open"
        )
        self._seconds = meter.create_histogram(
            "http.server.request.duration",
            "s",
            "How long requests took, streams to their end",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )

    def begin(self) -> None:
        """Count a request that begins."""
        self._open.add(1)

    def end(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        self._open.add(-1)
        self._seconds.record(
            seconds,
            {
                "http.request.method": method if method in _METHODS else "_OTHER",
                "http.response.status_code": status,
                "http.route": _route(path),
            },
        )


def _route(path: str) -> str:
    """Return the endpoint of a path, without ids, so that there are few."""
    if path in ("/health", "/metrics"):
        return path
    found = endpoint_path(path) or ""
    known = ("/chat/completions", "/messages/count_tokens", "/messages", "/responses", "/models")
    return next((each for each in known if found.startswith(each)), "other")
