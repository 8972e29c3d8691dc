"""A call on its way through the chain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, Protocol, cast

import msgspec
from msgspec import Struct, field

from ..port import IO
from ..schema.call_info import CallId
from ..schema.model_response import ModelResponse
from ..schema.trail import Trail
from ..secret import Secret
from ..stream.stream import Stream
from ..timeouts import Timeouts
from .messages import MessageParam
from .native import NativeCall

NOTHING: Mapping[str, Any] = MappingProxyType({})

Reply = ModelResponse | Stream

#: The API that a call uses; providers with an API of their own have only "chat".
Wire = Literal["chat", "responses"]


class Request(Struct, frozen=True, kw_only=True):
    """One call: frozen, so that every layer sees what the layer above it passed on.

    Attributes:
        model: "provider/model" as the caller wrote it; without a slash it is OpenAI's.
        messages: the conversation, as plain dictionaries.
        params: what goes to the provider: OpenAI's parameters and the provider's own.
        stream: whether the caller wants chunks.
        provider: the provider, where it was named apart from the model.
        api_key, base_url, api_version: where the caller overrides the provider's own.
        extra_headers, extra_body, extra_query: added to the HTTP request as they are.
        timeouts: limits of the call.
        answer_by: moment (of `time.monotonic`) by which the answer must be here, or have begun in
            a stream; never after the deadline.
        deadline: moment by which all of it must have ended.
        metadata: the caller's notes for callbacks and traces; never sent.
        options: arguments that the chain's middlewares own.
        claimed: the names of all that they own.
        io: the world that this call runs in.
        adapter: what answers at the end of the chain.
        wire: the API to use, "chat" or "responses"; None leaves the choice to the adapter.
        native: the request in the form of another API, if it came in that form.
        identity: the call's id, the same in every request that is derived from this one.
        trail: what the layers did, likewise; `request.trail.add("Guardrail", "redacted")`.
    """

    model: str
    messages: tuple[MessageParam, ...]
    io: IO
    adapter: Adapter
    params: Mapping[str, Any] = NOTHING
    stream: bool = False
    provider: str | None = None
    api_key: Secret | None = None
    base_url: str | None = None
    api_version: str | None = None
    extra_headers: Mapping[str, str] = NOTHING
    extra_body: Mapping[str, Any] = NOTHING
    extra_query: Mapping[str, Any] = NOTHING
    timeouts: Timeouts = Timeouts()
    answer_by: float | None = None
    deadline: float | None = None
    metadata: Mapping[str, Any] = NOTHING
    options: Mapping[str, Any] = NOTHING
    claimed: frozenset[str] = frozenset()
    wire: Wire | None = None
    native: NativeCall | None = None
    identity: CallId = field(default_factory=CallId)
    trail: Trail = field(default_factory=Trail)

    @property
    def call_id(self) -> str:
        """The call's id, 32 hex digits where the caller gave none."""
        return str(self.identity)

    @property
    def shows_usage(self) -> bool:
        """Whether the caller of a stream wants to see its usage chunk."""
        given: object = self.params.get("stream_options")
        return isinstance(given, Mapping) and bool(
            cast("Mapping[str, object]", given).get("include_usage")
        )

    def __repr__(self) -> str:
        names = ", ".join(sorted(self.params))
        kind = "stream" if self.stream else "plain"
        return f"Request({self.model!r}, {len(self.messages)} messages, {kind}, params: {names})"


class Endpoint(Struct, frozen=True, kw_only=True):
    """Where a request goes, once its model is resolved.

    Attributes:
        provider: prefix of the provider.
        model: model name without it, as it is sent.
        base_url: root of the provider's API.
        key: the credential, None where the provider needs none.
        supported: OpenAI parameters that provider and model take.
        max_stop_sequences: how many `stop` entries it takes, None where it has no limit.
        wire: the API that is used, "chat" or "responses".
        reason: why it is that one, "" where it is the usual one.
    """

    provider: str
    model: str
    base_url: str
    key: Secret | None
    supported: frozenset[str]
    max_stop_sequences: int | None = None
    wire: Wire = "chat"
    reason: str = ""


class Adapter(Protocol):
    """What stands at the end of a chain."""

    def __call__(self, request: Request) -> Awaitable[Reply]:
        """Send the request to its provider and return the answer."""
        ...

    def resolve(self, request: Request) -> Endpoint:
        """Return where the request would go.

        Raises:
            BadRequestError: there is no such provider.
            AuthenticationError: it needs a key and there is none.
        """
        ...


Handler = Callable[[Request], Awaitable[Reply]]
Middleware = Callable[[Request, Handler], Awaitable[Reply]]


def replace(request: Request, **changes: Any) -> Request:
    """Return a copy of the request with some fields changed."""
    return msgspec.structs.replace(request, **changes)
