"""Arguments and headers with credentials, for wires with their own authentication."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping
from typing import Any

from ...pipeline.call.request import Request, replace
from ...pipeline.secret import Secret
from .scrubbing import is_credential


def take_params(request: Request, names: Collection[str]) -> tuple[Request, dict[str, Any]]:
    """Remove these parameters, which are never sent; return the request and the given ones."""
    given = {name: value for name, value in request.params.items() if name in names}
    if not given:
        return request, given
    rest = {name: value for name, value in request.params.items() if name not in names}
    return replace(request, params=rest), given


def brings_credentials(request: Request) -> bool:
    """Return whether the caller's own headers contain credentials."""
    return any(is_credential(name) for name in request.extra_headers)


def with_headers(request: Request, headers: Mapping[str, str]) -> Request:
    """Return the request with these headers added; the caller's own take precedence."""
    return replace(request, extra_headers={**headers, **request.extra_headers})


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of HTTP's basic authentication (RFC 7617)."""
    encoded = b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def bearer(token: Secret) -> dict[str, str]:
    """Return the header with a bearer token (RFC 6750)."""
    return {"Authorization": f"Bearer {token.reveal()}"}
