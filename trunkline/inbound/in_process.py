"""What requests may contain if client and server are the same program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..clients.client import Client
from ..pipeline.errors import APIError, BadRequestError
from ..pipeline.json_values import JSON
from .exchange import Received
from .writers import Dialect

#: Headers that the SDKs set themselves, including the credentials of their accounts.
_SDK_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "anthropic-dangerous-direct-browser-access",
        "anthropic-version",
        "api-key",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "openai-organization",
        "openai-project",
        "transfer-encoding",
        "user-agent",
        "x-api-key",
    }
)
#: Arguments of completion() that cannot be JSON.
_NOT_JSON = ("client", "middlewares")


class InProcess:
    """Requests may contain any argument of completion(): the program itself makes them.

    Args:
        arguments: arguments of completion() for every call; a request's own take precedence.
    """

    models: tuple[str, ...] | None = None

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._arguments = dict(arguments)

    def check(self, dialect: Dialect, fields: JSON) -> None:  # noqa: ARG002  # the protocol's
        """Raise an error for an argument that cannot be JSON.

        Raises:
            BadRequestError: there is one.
        """
        for name in _NOT_JSON:
            if name in fields:
                raise BadRequestError(
                    f"{name}: pass it to http_client(), not in a request body", param=name
                )

    def defaults(self, received: Received) -> JSON:
        """Return the arguments for every call, and the request's timeout."""
        return {**self._arguments, **received.arguments}

    def carried(self, received: Received) -> Mapping[str, Mapping[str, Any]]:
        """Return the caller's own headers and query."""
        headers = {
            name: value
            for name, value in received.headers.items()
            if name not in _SDK_HEADERS and not name.startswith("x-stainless-")
        }
        query = dict(received.query)
        if "/messages" in received.path:
            # The names of betas are a parameter of the call.
            headers.pop("anthropic-beta", None)
            query.pop("beta", None)
        return {"extra_headers": headers, "extra_query": query}

    def notes(self, received: Received) -> JSON:  # noqa: ARG002  # the protocol's
        """Return nothing: metadata is the request's."""
        return {}

    def admit(self, client: Client, arguments: JSON) -> None:
        """Serve every model."""

    def headers(self, dialect: Dialect, headers: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002
        """Return all headers."""
        return headers

    def explain(self, error: APIError) -> str:
        """Return the message as it is: every remedy is possible."""
        return error.message
