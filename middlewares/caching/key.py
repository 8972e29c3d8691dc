"""The name of an answer: a hash over everything that can change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from ...pipeline.call.parsing import class_schema
from ...pipeline.call.request import Request
from ...pipeline.errors import APIError
from ...pipeline.schema.hybrid import plain
from ...pipeline.secret import Secret

# To be raised when entries of an earlier version must not be found any more.
_VERSION = 1

# All fields of a request count but these: where, when, how and for whom it is answered.
_FIELDS = frozenset(Request.__struct_fields__) - {
    "adapter",
    "answer_by",
    "claimed",
    "deadline",
    "identity",
    "io",
    "metadata",
    "stream",
    "timeouts",
    "trail",
}
# A stream and a whole answer are the same answer.
_PARAMS_OF_STREAMS = frozenset({"stream_options"})
# Options of middlewares that decide who hears of an answer and how long one tries for it; all
# others may change it, those of users' middlewares too.
_OTHER_OPTIONS = frozenset(
    {
        "attempt_callbacks",
        "cache",
        "call_id",
        "callbacks",
        "failure_callback",
        "num_retries",
        "success_callback",
        "tags",
    }
)
# Headers that differ from call to call and say nothing of the answer: W3C's trace context and
# baggage, B3, Jaeger's, the clouds' and the vendors' own.
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


class UnkeyedError(Exception):
    """Something in a request cannot be written down, so nobody can say whether two are equal."""


def make_key(request: Request, namespace: str) -> str:
    """Return the key of a request's answer: the namespace, a colon, 64 hex digits.

    Raises:
        UnkeyedError: the request has a value that is neither data nor a class with a schema.
    """
    fields: dict[str, Any] = {name: getattr(request, name) for name in _FIELDS}
    fields |= _destination(request)
    fields["messages"] = [plain(message) for message in request.messages]
    fields["params"] = _without(request.params, _PARAMS_OF_STREAMS)
    fields["options"] = _without(request.options, _OTHER_OPTIONS)
    fields["extra_headers"] = _headers(request.extra_headers)
    try:
        encoded = _encode([_VERSION, fields])
    except (NotImplementedError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise UnkeyedError(str(error)) from error
    return f"{namespace}:{_digest(encoded).hex()}"


def _destination(request: Request) -> dict[str, Any]:
    """Return where the request goes, with the provider's own address and key filled in.

    Under a name that is no provider's, as Route has them, the request's own fields say it.
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


def _without(values: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items() if name not in left_out}


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    return {
        name: value
        for name, value in lowered.items()
        if name not in _TRACE_HEADERS and not name.startswith(_TRACE_PREFIXES)
    }


def _write(value: object) -> Any:
    """Return what stands for a value that msgspec cannot write."""
    if isinstance(value, Secret):
        return ["secret", _digest(value.reveal().encode())]
    if isinstance(value, type):
        return ["class", value.__qualname__, class_schema(value)]
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    dump: Callable[[], Any] | None = getattr(value, "model_dump", None)
    if callable(dump):
        return dump()
    raise NotImplementedError(f"{type(value).__name__} is no data")


_encode = msgspec.msgpack.Encoder(enc_hook=_write, order="sorted").encode


def _digest(data: bytes) -> bytes:
    from hashlib import blake2b  # noqa: PLC0415  # OpenSSL is loaded where answers are kept

    return blake2b(data, digest_size=32).digest()
