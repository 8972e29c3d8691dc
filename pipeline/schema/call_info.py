"""What is known of a call beside its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """Return the provider's id of a request from its response headers."""
    for name in _REQUEST_ID_HEADERS:
        value = headers.get(name)
        if value:
            return value
    return None


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a call that did not give the answer."""

    model: str
    error: str
    status_code: int | None = None
    seconds: float = 0.0


class Priced(Protocol):
    """What the price of a response depends on."""

    model: str
    created: int
    service_tier: str | None
    usage: Usage | None
    choices: list[Choice]

    @property
    def call(self) -> CallInfo:
        """How the call went."""
        ...


#: Makes an object from a message and its finish reason.
Parse = Callable[[Message, str | None], Any]

#: Returns the cost of a response in US dollars, None where it is not known.
Pricing = Callable[[Priced], float | None]


class CallId(Struct):
    """The id of a call, 32 hex digits; made when somebody first asks, since most never do."""

    value: str = ""

    def __str__(self) -> str:
        if not self.value:
            self.value = uuid4().hex
        return self.value


class CallInfo(Struct, kw_only=True):
    """What is known of a call beside its answer; middlewares add to it.

    Attributes:
        provider: prefix of the provider that answered.
        model: model name as it was sent.
        api_base: root of the provider's API, None where nothing was sent.
        deployment: id of the Router's deployment that answered.
        headers: response headers, names in lower case.
        response_ms: milliseconds from the call to its answer, of a stream to its end.
        attempts: HTTP requests that were made, fallbacks included.
        tried: the attempts that failed, oldest first.
        fallback: the model that answered in the place of the one that was asked, if one did.
        dropped_params: parameters that were left out because the provider has no such thing.
        cache_hit: whether the answer came from a cache.
        metadata: what the caller attached to the call.
        identity: the call's id, unmade until `call_id` is read.
        trail: what the layers did, and when.
        first_content_at: moment (of `time.perf_counter`) of a stream's first content.
        ended_at: moment at which a stream ended, None while it is being read.
        cost: US dollars, where somebody has said so, as a cache does; else see `price`.
        price: works out what an answer cost, when `ModelResponse.cost` is first read.
        parse: makes an object of the class that was given as `response_format`.
    """

    provider: str = ""
    model: str = ""
    api_base: str | None = None
    deployment: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    response_ms: float | None = None
    attempts: int = 1
    tried: list[Attempt] = field(default_factory=list[Attempt])
    fallback: str | None = None
    dropped_params: list[str] = field(default_factory=list[str])
    cache_hit: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    identity: CallId = field(default_factory=CallId)
    trail: Trail = field(default_factory=Trail)
    first_content_at: float | None = None
    ended_at: float | None = None
    cost: float | None = None
    price: Pricing | None = None
    parse: Parse | None = None

    @property
    def call_id(self) -> str:
        """The call's id: the same in callbacks, spans and the response."""
        return str(self.identity)
