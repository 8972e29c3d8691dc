"""Request, and the types of the chain that it passes through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, Protocol, cast

import msgspec
from msgspec import Struct, field

from ..errors import APIError, InvalidArgumentError
from ..model_names import split_model
from ..port import IO, MAX_BODY_BYTES
from ..schema.call_info import CallId
from ..schema.model_response import ModelResponse
from ..schema.trail import Trail
from ..secret import Secret, plain_url
from ..stream.stream import Stream
from ..timeouts import Timeouts
from .messages import MessageParam
from .native import NativeCall, home_of

NOTHING: Mapping[str, Any] = MappingProxyType({})

Reply = ModelResponse | Stream

#: The API that a call uses; providers with an API of their own have only "chat".
Wire = Literal["chat", "responses"]


class Request(Struct, frozen=True, kw_only=True):
    """One call. It is frozen: to change it, a layer passes on a copy from `replace`.

    Attributes:
        model: "provider/model" as the caller wrote it; without a slash it is an OpenAI model.
        messages: the conversation, as plain dictionaries.
        params: parameters for the provider: OpenAI's and the provider's own.
        stream: whether to return a stream.
        provider: the provider, if it was given separately from the model.
        api_key, base_url, api_version: the caller's values instead of the provider's defaults.
        extra_headers, extra_body, extra_query: added to the HTTP request unchanged.
        timeouts: limits of the call.
        answer_by: time (of `time.monotonic`) by which the response must be here, or must have
            begun in a stream; never later than the deadline.
        deadline: time by which the whole call must have ended.
        max_response_bytes: the largest body of a response that is read, after decompression; in a
            stream, the largest event.
        metadata: the caller's data for callbacks and traces; never sent to the provider.
        options: arguments for the middlewares of the chain.
        claimed: the names of all arguments that these middlewares take.
        io: the port to the network, blocking or asynchronous.
        adapter: the end of the chain.
        wire: the API to use, "chat" or "responses"; None leaves the choice to the adapter.
        native: the request in the form of another API, if it came in that form.
        instead_of: the request that the caller made, if this one goes to a fallback.
        identity: the call's id, shared by all requests derived from this one.
        trail: notes of what the layers did, shared too: `request.trail.add("Mine", "redacted")`.
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
    max_response_bytes: int = MAX_BODY_BYTES
    metadata: Mapping[str, Any] = NOTHING
    options: Mapping[str, Any] = NOTHING
    claimed: frozenset[str] = frozenset()
    wire: Wire | None = None
    native: NativeCall | None = None
    instead_of: Request | None = None
    identity: CallId = field(default_factory=CallId)
    trail: Trail = field(default_factory=Trail)

    @property
    def call_id(self) -> str:
        """The call's id: the caller's, or 32 hex digits."""
        return str(self.identity)

    @property
    def shows_usage(self) -> bool:
        """Whether the caller asked for the usage chunk of a stream."""
        given: object = self.params.get("stream_options")
        return isinstance(given, Mapping) and bool(
            cast("Mapping[str, object]", given).get("include_usage")
        )

    def __repr__(self) -> str:
        names = ", ".join(sorted(self.params))
        kind = "stream" if self.stream else "plain"
        return f"Request({self.model!r}, {len(self.messages)} messages, {kind}, params: {names})"


class Endpoint(Struct, frozen=True, kw_only=True):
    """The destination of a request.

    Attributes:
        provider: prefix of the provider.
        model: model name without the prefix, as it is sent.
        base_url: root of the provider's API.
        key: the credential, None if the provider needs none.
        supported: OpenAI parameters that the model supports.
        refused: other parameters, which it does not support.
        exclusive: pairs of parameters of which it supports only one at a time.
        lacking_tools: types of OpenAI's tools besides functions (custom tools, and built-in tools
            of the Responses API) that the model is known not to take in chat completions.
        max_stop_sequences: maximum number of `stop` entries, None for no limit.
        wire: the API that is used, "chat" or "responses".
        reason: why it is that one, "" where it is the usual one.
        in_chat: in the Responses API, the OpenAI parameters that the model's chat completions
            support.
        cache_mark: the field of a content part that marks the end of a prefix for the prompt cache,
            "cache_control" or "prompt_cache_breakpoint"; "" if the model takes no marks.
        keys_are_accounts: whether another key may belong to an account that cannot read what the
            account of this one encrypted, such as reasoning.
        only_signs: whether the key is not sent: requests are signed with it.
        prefill: how the model continues an assistant message at the end of a conversation:
            "plain", "prefix" if the message needs a field of that name, "" if it does not.
    """

    provider: str
    model: str
    base_url: str
    key: Secret | None
    supported: frozenset[str]
    refused: frozenset[str] = frozenset()
    exclusive: tuple[tuple[str, str], ...] = ()
    lacking_tools: frozenset[str] = frozenset()
    max_stop_sequences: int | None = None
    wire: Wire = "chat"
    reason: str = ""
    in_chat: frozenset[str] = frozenset()
    cache_mark: str = ""
    keys_are_accounts: bool = False
    only_signs: bool = False
    prefill: Literal["", "plain", "prefix"] = ""

    @property
    def home(self) -> str:
        """The provider with its host and account; see `home_of`."""
        return home_of(self.provider, self.base_url, self.key if self.keys_are_accounts else None)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}({self.provider!r}, {self.model!r}, {plain_url(self.base_url)!r})"


class Adapter(Protocol):
    """The end of a chain: sends requests to providers."""

    def __call__(self, request: Request) -> Awaitable[Reply]:
        """Send the request to its provider and return the reply."""
        ...

    def resolve(self, request: Request) -> Endpoint:
        """Return the destination of the request.

        Raises:
            BadRequestError: the provider is unknown.
            AuthenticationError: the provider needs a key and there is none.
        """
        ...


Handler = Callable[[Request], Awaitable[Reply]]
Middleware = Callable[[Request, Handler], Awaitable[Reply]]


def replace(request: Request, **changes: Any) -> Request:
    """Return a copy of the request with changed fields.

    Raises:
        InvalidArgumentError: a request has no such field, or it is not a request.
    """
    try:
        return msgspec.structs.replace(request, **changes)
    except TypeError as error:
        raise InvalidArgumentError(
            f"replace: {error}; parameters for the provider are in `params`: "
            "replace(request, params={**request.params, ...})"
        ) from None


def without_access(request: Request) -> Request:
    """Return the request without what only its provider may see.

    These are the key, the address, and the extra headers, body and query: they may contain secrets.
    A call to the Responses API does not force this API on another provider, which may not have it.
    """
    return replace(
        request,
        api_key=None,
        base_url=None,
        api_version=None,
        extra_headers=NOTHING,
        extra_body=NOTHING,
        extra_query=NOTHING,
        wire=None if request.wire == "responses" else request.wire,
    )


def provider_of(request: Request) -> str | None:
    """Return the name of a request's provider, or None if there is no such provider."""
    if not hasattr(request.adapter, "resolve"):
        # Users put plain functions at the end of a chain.
        return split_model(request.model, request.provider)[0]
    try:
        return request.adapter.resolve(request).provider
    except APIError as error:
        return error.provider
