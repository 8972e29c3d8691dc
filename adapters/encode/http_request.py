"""Write the HTTP request of a call: JSON, URL, headers and key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import msgspec

from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import BadRequestError
from ...pipeline.port import HTTPRequest
from ...pipeline.secret import Secret
from ..provider.row import Provider
from .url_parts import query_of

_encoder = msgspec.json.Encoder()
#: Sent with every request.
USER_AGENT = "trunkline"
_VERSION = re.compile(r"/v\d\w*(?=/)")
_SCHEMES = {"bearer": "Bearer", "optional": "Bearer", "key": "Key", "token": "Token"}


def encode_json(body: Mapping[str, Any]) -> bytes:
    """Return a body as JSON; halves of characters are joined, those without the other replaced.

    Raises:
        BadRequestError: a value cannot be written; the message names its field.
    """
    try:
        return _encoder.encode(body)
    except UnicodeEncodeError:
        from ...pipeline.surrogates import join_surrogates  # noqa: PLC0415  # few calls need it

        with suppress(TypeError):
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            return join_surrogates(text).encode()
    except (TypeError, ValueError, RecursionError):
        pass
    for name, value in body.items():
        if isinstance(value, Secret):
            raise BadRequestError(
                f"{name}: this provider does not use these credentials; pass its key as api_key",
                param=name,
            )
        try:
            _encoder.encode(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise BadRequestError(f"{name}: cannot be sent as JSON: {error}", param=name) from None
    raise BadRequestError("the request cannot be sent as JSON")


def http_request(
    request: Request,
    provider: Provider,
    endpoint: Endpoint,
    body: bytes,
    *,
    path: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> HTTPRequest:
    """Return the HTTP request of a call; its `extra_headers` take precedence."""
    sent = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream" if request.stream else "application/json",
        "User-Agent": USER_AGENT,
    }
    for more in (
        provider.headers,
        auth_headers(provider, endpoint),
        headers,
        request.extra_headers,
    ):
        if more:
            sent |= more
    return HTTPRequest(
        url=request_url(endpoint.base_url, provider.path if path is None else path, request),
        headers=sent,
        body=body,
        timeouts=request.timeouts,
        answer_by=request.answer_by,
        deadline=request.deadline,
        max_bytes=request.max_response_bytes,
        note=request.trail.add,
    )


def request_url(base_url: str, path: str, request: Request) -> str:
    """Return base URL and path with the caller's query."""
    url, query = _joined(base_url, path)
    if request.extra_query:
        queries = [part for part in (query, query_of(request.extra_query, "extra_query")) if part]
        query = "&".join(queries)
    return f"{url}?{query}" if query else url


@lru_cache(maxsize=512)
def _joined(base_url: str, path: str) -> tuple[str, str]:
    """Return base URL and path as a URL, and the query of the base URL."""
    root, _, query = base_url.partition("?")
    root = root.rstrip("/")
    if root.endswith(path):
        # Users often give the full URL instead of its root.
        return root, query
    version = _VERSION.match(path)
    # Others give the root with the version, as OpenAI's clients need it.
    return (root.removesuffix(version[0]) if version else root) + path, query


def auth_headers(provider: Provider, endpoint: Endpoint) -> dict[str, str]:
    """Return the header with the key."""
    key, auth = endpoint.key, provider.auth
    if key is None:
        return {}
    scheme = _SCHEMES.get(auth)
    if scheme is not None:
        return {"Authorization": f"{scheme} {key.reveal()}"}
    return {} if auth in ("none", "wire") else {auth: key.reveal()}
