"""The record of a call that callbacks receive: immutable and without credentials."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO

from msgspec import Struct, field

from ...pipeline.call.request import NOTHING, Request, replace
from ...pipeline.drawing import Drawn
from ...pipeline.errors import APIError
from ...pipeline.json_values import as_array, as_object
from ...pipeline.schema.call_info import Attempt
from ...pipeline.schema.charges import unasked
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.parts import Usage
from ...pipeline.schema.trail import Trail
from ...pipeline.secret import HIDDEN, Secret, names_credential, plain_url
from ...pipeline.stream.outcome import Outcome, OutcomeKind

if TYPE_CHECKING:
    from ...pipeline.views.call_view import CallView


class CallRecord(Drawn, Struct, frozen=True, kw_only=True):
    """A call that has ended.

    `request` and `metadata` are copies. `response` is the caller's own object: copy it before you
    change it.

    Attributes:
        call_id: the call's ID, the same in spans and in the response.
        request: the request without credentials: no API key, no options, and the values of extra
            headers and query hidden.
        outcome: "completed", "failed", "truncated" or "abandoned".
        response: the response, or the part that had arrived; None if nothing had.
        error: what was raised; None for a call that completed or that the caller abandoned.
        provider: name of the provider that responded or failed, "" if none was called.
        model: model name as sent to the provider, or as requested if nothing was sent.
        attempts: number of HTTP requests.
        tried: the attempts and fallbacks that failed before, oldest first.
        cache_hit: whether the response came from a cache.
        usage: tokens, if the provider reported them.
        start, first_token, end: Unix times in seconds; `first_token` is None unless the call is a
            stream that had content.
        metadata: the call's metadata.
        trail: what the layers did, and when.
    """

    call_id: str
    request: Request
    outcome: OutcomeKind
    response: ModelResponse | None
    error: BaseException | None
    provider: str
    model: str
    attempts: int
    tried: tuple[Attempt, ...]
    cache_hit: bool
    usage: Usage | None
    start: float
    first_token: float | None
    end: float
    metadata: Mapping[str, Any]
    trail: Trail = field(default_factory=Trail)

    @property
    def cost(self) -> float | None:
        """The cost in US dollars, or None if it is not known; calculated when it is read."""
        return None if self.response is None else self.response.cost

    @property
    def saved_cost(self) -> float | None:
        """What a cached response cost when it was made; None for others, or if it is not known."""
        return None if self.response is None else self.response.call.saved_cost

    @property
    def seconds(self) -> float:
        """How long the call took; a stream until its end."""
        return self.end - self.start

    def show(self, file: TextIO | None = None) -> None:
        """Print the call as text: its outcome, the chain, a waterfall, and the response.

        Prints to standard output, or to `file`; see `show_call` for width, colors and encoding.
        """
        from ...pipeline.views.text import show_call  # noqa: PLC0415  # few calls are shown

        show_call(view_record(self), file)


class CallTimer:
    """When a call began: its Unix time, and a monotonic time to measure from."""

    __slots__ = ("began", "start")

    def __init__(self) -> None:
        self.start = time()
        self.began = perf_counter()

    def to_unix(self, counter: float | None) -> float | None:
        """Return a time of `perf_counter` as Unix time, or None if it is before the call."""
        if counter is None or counter < self.began:
            return None
        return self.start + counter - self.began

    def now(self) -> float:
        """Return the current Unix time, never before `start`."""
        return self.start + perf_counter() - self.began


def make_record(request: Request, outcome: Outcome, timer: CallTimer) -> CallRecord:
    """Return the record of a call that has just ended."""
    response, error = outcome.response, outcome.error
    call = response.call if response is not None else None
    known = error if isinstance(error, APIError) else None
    return CallRecord(
        call_id=request.call_id,
        request=without_credentials(request),
        outcome=outcome.kind,
        response=response,
        error=error,
        provider=(call.provider if call else known.provider if known else None) or "",
        model=(call.model if call else None) or request.model,
        # The layers outside have added to the error, but not to its partial response.
        attempts=max(call.attempts if call else 0, known.attempts if known else 0),
        tried=tuple((known.tried if known else ()) or (call.tried if call else ())),
        cache_hit=call.cache_hit if call else False,
        usage=response.usage if response is not None else None,
        start=timer.start,
        first_token=timer.to_unix(call.first_content_at) if call else None,
        end=timer.now(),
        metadata=MappingProxyType(dict(request.metadata)),
        trail=request.trail,
    )


def view_record(record: CallRecord) -> CallView:
    """Return the view of a call that has ended."""
    from ...pipeline.views.call_view import view_call  # noqa: PLC0415  # few calls are shown

    return view_call(
        record.trail,
        record.response,
        model=record.model,
        provider=record.provider,
        outcome=record.outcome,
        error=record.error,
        attempts=record.attempts,
        cost=unasked(lambda: record.cost),
    )


def without_credentials(request: Request) -> Request:
    """Return a copy of a request that may be logged."""
    return replace(
        request,
        api_key=None,
        base_url=None if request.base_url is None else plain_url(request.base_url),
        params=MappingProxyType(_hide(dict(request.params))),
        extra_body=_hide(dict(request.extra_body)),
        extra_headers=dict.fromkeys(request.extra_headers, HIDDEN),
        extra_query=dict.fromkeys(request.extra_query, HIDDEN),
        # Options such as fallbacks may contain API keys.
        options=NOTHING,
    )


def _hide(value: Any) -> Any:
    """Return a copy of JSON-like data with the values of credential fields hidden."""
    if (fields := as_object(value)) is not None:
        return {
            name: HIDDEN if isinstance(item, str) and names_credential(str(name)) else _hide(item)
            for name, item in fields.items()
        }
    if (items := as_array(value)) is not None:
        return [_hide(item) for item in items]
    # A Secret shows nothing, but a pickle would contain it.
    return HIDDEN if isinstance(value, Secret) else value
