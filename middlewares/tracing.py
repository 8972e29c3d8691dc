"""Record calls as OpenTelemetry spans and metrics, by the GenAI semantic conventions.

Only the OpenTelemetry API is used, and it is imported only after the application has set a
provider. Without one, a call costs one lookup in `sys.modules`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import InvalidArgumentError
from ..pipeline.stream.outcome import outcome_of
from ..pipeline.stream.stream import observe
from .checked_arguments import check_flag, check_methods
from .telemetry.conventions import (
    CAPTURE_CONTENT,
    CONVENTIONS,
    OPT_IN,
    Version,
    captures_content,
    choose_version,
)

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from .telemetry.instruments import Telemetry

_TRACE, _METRICS = "opentelemetry.trace", "opentelemetry.metrics"
# These variables can also select an installed SDK; then the API is imported at once.
_VARIABLES = {_TRACE: "OTEL_PYTHON_TRACER_PROVIDER", _METRICS: "OTEL_PYTHON_METER_PROVIDER"}
_SET_BY_VARIABLE = frozenset(
    name for name, variable in _VARIABLES.items() if os.environ.get(variable)
)


class Tracing:
    """Creates a span `chat {model}` for each call, and records its duration and tokens.

    The span is current while the call is made, but not while the caller reads a stream. It ends
    with the call, or with the stream, even if the caller abandons or drops the stream. The call's
    metadata is in `trunkline.metadata.*`. Metrics of single output chunks are not recorded: the
    caller decides when the next chunk is read, so they would measure the caller.

    Args:
        tracer_provider, meter_provider: the default is the application's, once it is set.
        conventions: "1.41.0" or "next"; the default is OTEL_SEMCONV_STABILITY_OPT_IN, then
            "1.41.0".
        capture_content: whether spans contain messages; the default is
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT (SPAN_ONLY, SPAN_AND_EVENT), then
            False.

    Raises:
        InvalidArgumentError: `conventions` is an unknown version.
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        conventions: Version | None = None,
        capture_content: bool | None = None,
    ) -> None:
        if tracer_provider is not None:
            check_methods("tracer_provider", tracer_provider, "get_tracer")
        if meter_provider is not None:
            check_methods("meter_provider", meter_provider, "get_meter")
        if capture_content is not None:
            check_flag("capture_content", capture_content)
        if conventions is not None and conventions not in list(CONVENTIONS):
            known = ", ".join(CONVENTIONS)
            raise InvalidArgumentError(f"conventions: expected one of {known}, got {conventions!r}")
        self._tracer_provider = tracer_provider
        self._meter_provider = meter_provider
        self._version: Version | None = conventions
        self._capture_content = capture_content
        self._telemetry: Telemetry | None = None
        self._none_given = (
            tracer_provider is None and meter_provider is None and not _SET_BY_VARIABLE
        )

    def __repr__(self) -> str:
        return "Tracing()"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer, inside a span if a provider is set."""
        if self._none_given and not (_TRACE in sys.modules or _METRICS in sys.modules):
            return call_next(request)
        tracers = self._tracer_provider or cast("TracerProvider | None", find_provider(_TRACE))
        meters = self._meter_provider or cast("MeterProvider | None", find_provider(_METRICS))
        if tracers is None and meters is None:
            return call_next(request)
        telemetry = self._telemetry
        if telemetry is None or not telemetry.is_of(tracers, meters):
            telemetry = self._telemetry = self._make(tracers, meters)
        return _trace(telemetry, request, call_next)

    def _make(self, tracers: TracerProvider | None, meters: MeterProvider | None) -> Telemetry:
        from .telemetry.instruments import Telemetry  # noqa: PLC0415  # imports OpenTelemetry

        version: Version = self._version or choose_version(os.environ.get(OPT_IN, ""))
        content = self._capture_content
        if content is None:
            content = captures_content(os.environ.get(CAPTURE_CONTENT, ""))
        return Telemetry(tracers, meters, CONVENTIONS[version], capture_content=content)


class AttemptEvents:
    """Adds an event `attempt failed` to the current span for each attempt that failed.

    It is placed inside Retry and Fallback, which make several attempts; the span is that of
    `Tracing`, which is outside them.
    """

    def __repr__(self) -> str:
        return "AttemptEvents()"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer and record how it failed."""
        if _TRACE not in sys.modules:
            return call_next(request)
        return _note(request, call_next)


async def _trace(telemetry: Telemetry, request: Request, call_next: Handler) -> Reply:
    span = telemetry.start(request)
    try:
        with span.current():
            reply = await call_next(request)
    except BaseException as error:
        span.end(outcome_of(error))
        raise
    return observe(reply, span.end)


async def _note(request: Request, call_next: Handler) -> Reply:
    from opentelemetry.trace import get_current_span  # noqa: PLC0415  # it is loaded by now

    try:
        return await call_next(request)
    except Exception as error:
        from .telemetry.attributes import attempt_attributes  # noqa: PLC0415  # most never fail

        get_current_span().add_event("attempt failed", attempt_attributes(request, error))
        raise


def find_provider(module_name: str) -> object | None:
    """Return the provider that the application has set, or None if it has set none.

    The API's own providers are placeholders that record nothing, so they do not count.
    """
    module = sys.modules.get(module_name)
    if module is None:
        if module_name not in _SET_BY_VARIABLE:
            return None
        module = import_module(module_name)
    name = "get_tracer_provider" if module_name == _TRACE else "get_meter_provider"
    get: Callable[[], object] = getattr(module, name)
    provider = get()
    return None if type(provider).__module__.startswith((_TRACE, _METRICS)) else provider
