"""Access tokens from a provider's token endpoint, in exchange for a user's credentials.

RFC 6749, section 4.4 (client credentials) and 5 (responses). Comments note where providers differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from ...pipeline.call.request import Request
from ...pipeline.errors import AuthenticationError
from ...pipeline.json_values import JSON, as_object
from ...pipeline.port import HTTPRequest, HTTPResponse
from ...pipeline.secret import Secret
from ..decode.classify import error_of_body
from ..decode.json_body import find_json
from ..provider.row import NO_MAPPING, Provider
from .scrubbing import hide
from .token_cache import Token, shared_tokens

_LIFETIME = 3600.0
# Fields of an error's message: RFC 6749's, IBM's, and those of others.
_WORDS = ("error_description", "errorMessage", "message", "error")
# Larger values are milliseconds since 1970.
_MILLISECONDS = 1e11


class Exchange(Struct, frozen=True, kw_only=True):
    """A request for a token.

    Attributes:
        url: the token endpoint.
        form: fields of the body.
        headers: in addition to those of every form.
        secrets: values in form and headers that errors must not show.
    """

    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str] = NO_MAPPING
    secrets: tuple[Secret, ...]

    def __repr__(self) -> str:
        return f"Exchange({self.url!r})"


async def fetch_token(request: Request, provider: Provider, exchange: Exchange) -> Secret:
    """Return a token, the kept one while it is valid.

    Raises:
        AuthenticationError: the provider refuses the credentials.
        APIError: its token endpoint does not respond or is overloaded.
    """
    key = ("exchange", exchange.url, exchange.secrets, exchange.form.get("scope"))
    known = shared_tokens.get(key)
    if known is not None:
        return known
    response = await request.io.send(
        HTTPRequest(
            url=exchange.url,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                **exchange.headers,
            },
            body=urlencode(exchange.form).encode(),
            timeouts=request.timeouts,
            answer_by=request.answer_by,
            deadline=request.deadline,
            purpose="token",
        )
    )
    token = _read(response, provider, exchange)
    shared_tokens.set(key, token)
    return token.secret


def _read(response: HTTPResponse, provider: Provider, exchange: Exchange) -> Token:
    decoded = find_json(response.body)
    fields = as_object(decoded) or {}
    token: object = fields.get("access_token")
    if response.status < 400 and isinstance(token, str):
        return Token(secret=Secret(token), expires=_end(fields))
    if response.status >= 500 or response.status == 429:
        failure = error_of_body(response.status, response.headers, response.body)
    else:
        words = next((fields[name] for name in _WORDS if isinstance(fields.get(name), str)), None)
        failure = AuthenticationError(
            f"{urlsplit(exchange.url).hostname} refused to issue a token for {provider.title}: "
            f"{words or f'status {response.status}'}",
            provider.name,
            headers=response.headers,
            body=decoded,
        )
    hide(failure, (secret.reveal() for secret in exchange.secrets))
    raise failure


def _end(fields: JSON) -> float:
    """Return when a token expires, in seconds since 1970; most responses have its lifetime."""
    moment: object = fields.get("expires_at")
    if isinstance(moment, int | float):
        return moment / 1000 if moment > _MILLISECONDS else float(moment)
    seconds: object = fields.get("expires_in")
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    return time() + (seconds if isinstance(seconds, int | float) else _LIFETIME)
