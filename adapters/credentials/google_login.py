"""Access tokens for Google Cloud from google-auth, kept until they expire.

https://googleapis.dev/python/google-auth/latest/ and, for the search order of credentials,
https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol, cast

import msgspec
from cachetools import LRUCache

from ...pipeline.errors import APIConnectionError, AuthenticationError, BadRequestError
from ...pipeline.json_values import JSON, as_object
from ...pipeline.port import IO
from ...pipeline.secret import Secret

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)

# Application default credentials depend on these variables.
_VARIABLES = ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "HOME", "APPDATA")
_TIMEOUT = 30.0


class Credentials(Protocol):
    """The used part of google.auth.credentials.Credentials."""

    token: str | None

    @property
    def valid(self) -> bool:
        """Whether the token is valid now."""
        ...

    def refresh(self, request: Any) -> None:
        """Fetch a new token."""
        ...


class Grant(NamedTuple):
    """A token, and the projects of its credentials."""

    token: Secret
    project: str | None
    quota_project: str | None


class _Loaded(NamedTuple):
    credentials: Credentials
    project: str | None
    lock: Lock


_known: LRUCache[object, _Loaded] = LRUCache(64)
_lock = Lock()


def forget() -> None:
    """Forget all credentials and their tokens."""
    with _lock:
        _known.clear()


async def find_grant(io: IO, source: object) -> Grant:
    """Return a valid token.

    Args:
        io: the port of the call; fetching a token blocks, so it runs in a thread.
        source: the path of a credentials file, its JSON as text or as a dictionary, a credentials
            object of google-auth, or None for application default credentials.

    Raises:
        ImportError: the extra is not installed.
        BadRequestError: `source` is something else.
        AuthenticationError: there are no credentials, or they are refused.
        APIConnectionError: the service that issues tokens does not respond.
    """
    key = _key_of(source)
    with _lock:
        loaded = _known.get(key)
    if loaded is None:
        found = await io.run(partial(_load, source))
        with _lock:
            loaded = _known.setdefault(key, found)
    credentials = loaded.credentials
    if not credentials.valid:
        await io.run(partial(_refresh, loaded))
    if not credentials.token:
        raise AuthenticationError("the Google credentials returned no token")
    return Grant(
        Secret(credentials.token),
        loaded.project,
        cast("str | None", getattr(credentials, "quota_project_id", None)),
    )


def _key_of(source: object) -> object:
    """Return a key that identifies credentials, without keeping a private key."""
    if source is None:
        return tuple(map(os.environ.get, _VARIABLES))
    if isinstance(source, Mapping):
        source = msgspec.json.encode(source).decode()
    if isinstance(source, Secret):
        source = source.reveal()
    if isinstance(source, (str, Path)):
        return hashlib.sha256(str(source).encode()).hexdigest()
    return source


def _load(source: object) -> _Loaded:
    """Load the credentials of a source."""
    auth = _import("google.auth")
    if isinstance(source, Secret):
        source = source.reveal()
    try:
        if source is None:
            credentials, project = auth.default(scopes=SCOPES)
            return _Loaded(credentials, project, Lock())
        if callable(getattr(source, "refresh", None)):
            scoped = _import("google.auth.credentials").with_scopes_if_required(source, SCOPES)
            return _Loaded(scoped, getattr(source, "project_id", None), Lock())
        info = _read_info(source)
        return _Loaded(_of_info(info), info.get("project_id"), Lock())
    except (auth.exceptions.GoogleAuthError, ValueError, KeyError) as error:
        raise AuthenticationError(f"Google credentials: {_words(error)}") from error


def _import(name: str) -> Any:
    """Return a module of google-auth, which is an extra with incomplete types."""
    try:
        import_module("google.auth.transport.requests")
        import_module("google.auth.exceptions")
        return import_module(name)
    except ImportError as error:
        raise ImportError('vertex_ai needs google-auth: pip install "trunkline[vertex]"') from error


def _of_info(info: JSON) -> Credentials:
    """Return the credentials in the content of a file, by its `type`."""
    found: Credentials
    if info.get("type") == "service_account":
        kind = _import("google.oauth2.service_account").Credentials
        found = kind.from_service_account_info(info, scopes=SCOPES)
    elif info.get("type") == "authorized_user":
        kind = _import("google.oauth2.credentials").Credentials
        found = kind.from_authorized_user_info(info, scopes=SCOPES)
    else:
        found, _ = _import("google.auth").load_credentials_from_dict(info, scopes=SCOPES)
    return found


def _read_info(source: object) -> JSON:
    """Return the content of a credentials file, given as a dictionary, as text or by its path.

    Errors never show the content, which includes a private key.
    """
    if isinstance(source, Mapping):
        return dict(cast("Mapping[str, Any]", source))
    if not isinstance(source, (str, Path)):
        raise BadRequestError(
            "vertex_credentials: expected a path, JSON text, a dictionary or an object of "
            f"google-auth, got {type(source).__name__}",
            param="vertex_credentials",
        )
    text = str(source)
    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).expanduser().read_text(encoding="utf-8")
        except OSError as error:
            raise BadRequestError(
                f"vertex_credentials: the file cannot be read: {error.strerror}",
                param="vertex_credentials",
            ) from None
    try:
        info = as_object(msgspec.json.decode(text))
    except msgspec.DecodeError:
        info = None
    if info is None:
        raise BadRequestError(
            "vertex_credentials: expected the JSON object of a credentials file",
            param="vertex_credentials",
        )
    return info


def _refresh(loaded: _Loaded) -> None:
    """Fetch a new token, once for all concurrent calls."""
    exceptions = _import("google.auth.exceptions")
    request = _import("google.auth.transport.requests").Request()
    with loaded.lock:
        if loaded.credentials.valid:
            return
        try:
            loaded.credentials.refresh(partial(request, timeout=_TIMEOUT))
        except exceptions.TransportError as error:
            raise APIConnectionError(
                f"Google credentials: {_words(error)}", phase="connect"
            ) from error
        except exceptions.GoogleAuthError as error:
            raise AuthenticationError(f"Google credentials: {_words(error)}") from error


def _words(error: Exception) -> str:
    """Return the message of an error, without the response bodies that it contains."""
    return str(error.args[0]) if error.args else type(error).__name__
