"""Clients of redis-py: make one for a URL, and find out what kind of client a user gave."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from ..pipeline.errors import InvalidArgumentError
from .checked_arguments import check_methods

if TYPE_CHECKING:
    from redis import Redis

SOCKET_TIMEOUT = 1.0


def connect(url: str, missing: str, *, retries: int | None = None) -> Redis:
    """Return a blocking client with short timeouts.

    Args:
        url: a URL that redis-py's `from_url` accepts.
        missing: the message of the ImportError.
        retries: how often a command is retried, at once; None leaves that to redis-py.

    Raises:
        ImportError: redis-py is not installed.
        InvalidArgumentError: it is not the URL of a Redis.
    """
    try:
        from redis import Redis  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ImportError(missing) from error
    settings: dict[str, Any] = {}
    if retries is not None:
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        settings["retry"] = Retry(NoBackoff(), retries)
    # redis-py does not annotate the arguments of from_url.
    try:
        client: Redis = cast("Any", Redis).from_url(
            url, socket_timeout=SOCKET_TIMEOUT, socket_connect_timeout=SOCKET_TIMEOUT, **settings
        )
    except (AttributeError, TypeError, ValueError):
        # Not with the URL or redis-py's message: a password may be in it.
        raise InvalidArgumentError(
            "the URL of Redis: expected redis://HOST:PORT/DB, rediss://... or unix://PATH"
        ) from None
    return client


def is_blocking(client: Any) -> bool:
    """Return whether a client blocks; asyncio's does not."""
    check_methods("client", client, "execute_command", "get_connection_kwargs")
    return not iscoroutinefunction(client.execute_command)


def check_bytes(client: Any) -> None:
    """Raise InvalidArgumentError if a client decodes responses as text."""
    check_methods("client", client, "execute_command", "get_connection_kwargs")
    if client.get_connection_kwargs().get("decode_responses"):
        raise InvalidArgumentError(
            "client: stored values are bytes; create it without decode_responses"
        )


def text_of(value: bytes | str) -> str:
    """Return a value of a reply as text, whether or not the client decodes responses."""
    return value.decode() if isinstance(value, bytes) else value
