"""Cache keys: a hash of everything in a request that can change the response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from ...pipeline.call.parsing import class_schema
from ...pipeline.call.request import Request
from ...pipeline.errors import APIError
from ...pipeline.schema.hybrid import plain
from ...pipeline.secret import Secret

# Increase this so that entries of earlier versions are no longer found.
_VERSION = 1

# All fields of a request are part of the key, except those that cannot change the response.
_FIELDS = frozenset(Request.__struct_fields__) - {
    "adapter",
    "answer_by",
    "claimed",
    "deadline",
    "identity",
    "instead_of",
    "io",
    "max_response_bytes",
    "messages",
    "metadata",
    "native",
    "params",
    "stream",
    "timeouts",
    "trail",
}
# The provider stores these with the response; they do not change it.
_LABELS = frozenset({"metadata"})
# A stream and a whole response have the same key.
_STREAM_PARAMS = frozenset({"stream_options"})
# Options that only affect notification or retries. All others are part of the key, including
# those of users' middlewares.
_IGNORED_OPTIONS = frozenset(
    {
        "attempt_callbacks",
        "cache",
        "call_id",
        "callbacks",
        "failure_callback",
        "num_retries",
        "semantic_cache",
        "success_callback",
        "tags",
    }
)
# Headers that differ from call to call and do not change the response: W3C trace context and
# baggage, B3, Jaeger, and those of clouds and vendors.
_TRACE_HEADERS = frozenset(
    {
        "b3",
        "baggage",
        "idempotency-key",
        "request-id",
        "sentry-trace",
        "traceparent",
        "tracestate",
        "uber-trace-id",
        "x-amzn-trace-id",
        "x-client-request-id",
        "x-cloud-trace-context",
        "x-correlation-id",
        "x-request-id",
    }
)
_TRACE_PREFIXES = ("x-b3-", "x-datadog-")


class UnserializableError(Exception):
    """A request contains a value that cannot be serialized, so requests cannot be compared."""


def make_key(request: Request, namespace: str) -> str:
    """Return a request's cache key: the namespace, a colon, and 64 hex digits.

    Raises:
        UnserializableError: a value is neither JSON-like data nor a class with a schema.
    """
    fields: dict[str, Any] = {name: getattr(request, name) for name in _FIELDS}
    fields |= _destination(request)
    fields |= _content(request)
    fields["options"] = _without(request.options, _IGNORED_OPTIONS)
    fields["extra_headers"] = _headers(request.extra_headers)
    return f"{namespace}:{_hash(fields).hex()}"


def content_digest(request: Request) -> str:
    """Return a hash of what the model is asked, 64 hex digits.

    Unlike a key it does not depend on the address, the API key, headers or options.

    Raises:
        UnserializableError: as `make_key`.
    """
    asked = {"model": request.model, "provider": request.provider, **_content(request)}
    asked["extra_body"] = _without(request.extra_body, _LABELS)
    return _hash(asked).hex()


def _hash(fields: Mapping[str, Any]) -> bytes:
    try:
        return _digest(_encode([_VERSION, fields]))
    except (NotImplementedError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise UnserializableError(str(error)) from error


def _content(request: Request) -> dict[str, Any]:
    """Return what the model is asked.

    A request in the form of another API contains its messages and parameters, except for those
    that a middleware has changed.
    """
    native = request.native
    content: dict[str, Any] = {}
    if native is not None:
        content["native"] = _without(native.body, _LABELS | _STREAM_PARAMS)
    if native is None or request.messages is not native.messages:
        content["messages"] = [plain(message) for message in request.messages]
    if native is None or request.params is not native.params:
        content["params"] = _without(request.params, _STREAM_PARAMS)
    return content


def _destination(request: Request) -> dict[str, Any]:
    """Return where the request is sent, with the provider's default address and key filled in.

    Returns nothing for a Route's group, which has no provider: the key then depends on the
    request's own fields.
    """
    try:
        endpoint = request.adapter.resolve(request)
    except APIError:
        return {}
    return {
        "provider": endpoint.provider,
        "model": endpoint.model,
        "base_url": endpoint.base_url,
        "api_key": endpoint.key,
    }


def _without(values: Mapping[str, Any], ignored: frozenset[str]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items() if name not in ignored}


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    return {
        name: value
        for name, value in lowered.items()
        if name not in _TRACE_HEADERS and not name.startswith(_TRACE_PREFIXES)
    }


def _to_data(value: object) -> Any:
    """Return data that represents a value which msgspec cannot encode."""
    if isinstance(value, Secret):
        return ["secret", _digest(value.reveal().encode())]
    if isinstance(value, type):
        return ["class", value.__qualname__, class_schema(value)]
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    dump: Callable[[], Any] | None = getattr(value, "model_dump", None)
    if callable(dump):
        return dump()
    raise NotImplementedError(f"cannot serialize {type(value).__name__}")


_encode = msgspec.msgpack.Encoder(enc_hook=_to_data, order="sorted").encode


def _digest(data: bytes) -> bytes:
    from hashlib import blake2b  # noqa: PLC0415  # loads OpenSSL, which only caching needs

    return blake2b(data, digest_size=32).digest()
