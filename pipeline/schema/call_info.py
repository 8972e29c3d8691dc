"""CallInfo: the details of a call that are not part of the response body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import uuid4

from msgspec import Struct, field

from .parts import Choice, Message, Usage
from .trail import Trail

_REQUEST_ID_HEADERS = (
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "apim-request-id",
    "cf-ray",
)


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return the provider's request id from response headers."""
    for name in _REQUEST_ID_HEADERS:
        value = headers.get(name)
        if value:
            return value
    return None


class Attempt(Struct, frozen=True, kw_only=True):
    """An attempt of a call that failed, or lost against another one.

    `cost` is None unless its usage arrived; the cost of the response does not include it.
    """

    model: str
    error: str
    status_code: int | None = None
    seconds: float = 0.0
    cost: float | None = None


class Priced(Protocol):
    """The attributes of a response that its price depends on."""

    model: str
    created: int
    service_tier: str | None
    usage: Usage | None
    choices: list[Choice]

    @property
    def call(self) -> CallInfo:
        """The details of the call."""
        ...


class Costed(Protocol):
    """A response that knows its cost."""

    usage: Usage | None

    @property
    def cost(self) -> float | None:
        """The cost in US dollars, None if unknown."""
        ...


#: Parses an object from a message and its finish reason.
Parse = Callable[[Message, str | None], Any]

#: Returns the cost of a response in US dollars, None if it is unknown.
Pricing = Callable[[Priced], float | None]


class CallId(Struct):
    """The id of a call, 32 hex digits; created on first use, because most are never read."""

    value: str = ""

    def __str__(self) -> str:
        if not self.value:
            self.value = uuid4().hex
        return self.value


class CallInfo(Struct, kw_only=True):
    """The details of a call; middlewares add to them.

    Attributes:
        provider: prefix of the provider that responded.
        model: model name as it was sent.
        api_base: root of the provider's API, None if nothing was sent.
        deployment: id of the Router's deployment that responded.
        headers: response headers, names in lower case.
        response_ms: milliseconds from the call to the response, or to the end of the stream.
        attempts: HTTP requests that were made, including fallbacks.
        tried: the attempts that failed, oldest first.
        fallback: the model that responded instead of the one that was called, if any.
        dropped_params: parameters that were left out because the model does not support them.
        cache_hit: whether the response came from a cache.
        saved_cost: US dollars that a cached response cost when it was made; None if it did not come
            from a cache, or that is not known. `cost` does not include it.
        metadata: the caller's metadata.
        identity: the call's id, created when `call_id` is first read.
        trail: what the layers did, and when.
        first_content_at: time (of `time.perf_counter`) of a stream's first content.
        ended_at: time when a stream ended, None while it is being read.
        cost: US dollars, if set, for example by a cache; else see `price`.
        price: computes the cost when `ModelResponse.cost` is read.
        parse: parses an object of the class that was given as `response_format`.
        parts: the responses that this one consists of or was preceded by in the same call, itself
            included; its usage and cost are the sums of theirs. Empty if there was only one.
        side_calls: the responses to calls that layers made for themselves, such as checks and
            summaries; `cost` and `attempts` include theirs, the usage of the response does not.
        new_messages: the messages that layers added to the conversation before the response:
            tool calls and their results.
    """

    provider: str = ""
    model: str = ""
    api_base: str | None = None
    deployment: str | None = None
    headers: Mapping[str, str] = {}
    response_ms: float | None = None
    attempts: int = 1
    tried: list[Attempt] = []
    fallback: str | None = None
    dropped_params: list[str] = []
    cache_hit: bool = False
    saved_cost: float | None = None
    metadata: Mapping[str, Any] = {}
    identity: CallId = field(default_factory=CallId)
    trail: Trail = field(default_factory=Trail)
    first_content_at: float | None = None
    ended_at: float | None = None
    cost: float | None = None
    price: Pricing | None = None
    parse: Parse | None = None
    parts: Sequence[Costed] = ()
    side_calls: Sequence[Costed] = ()
    new_messages: Sequence[Mapping[str, Any]] = ()

    @property
    def call_id(self) -> str:
        """The call's id: the same in callbacks, spans and the response."""
        return str(self.identity)
