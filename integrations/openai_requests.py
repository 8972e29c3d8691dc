"""What a request of the OpenAI SDK asks of trunkline."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from msgspec import Struct
from openai import DEFAULT_TIMEOUT

from .. import BadRequestError

if TYPE_CHECKING:
    import httpx2 as http

_log = logging.getLogger("trunkline")

#: Headers that the SDK writes itself, or that hold the credentials of its own account.
_SDK_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
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
    }
)
#: Arguments of completion() that no JSON can stand for.
_OBJECTS = ("client", "middlewares")


class Call(Struct, frozen=True):
    """The arguments of completion(), and whether it shall stream."""

    arguments: dict[str, Any]
    stream: bool


def path_of(request: http.Request) -> str:
    """Return the path of a request, without a slash at its end."""
    return request.url.path.rstrip("/")


def is_chat(request: http.Request) -> bool:
    """Tell whether a request is for a chat completion."""
    return request.method == "POST" and path_of(request).endswith("/chat/completions")


def read_call(request: http.Request, defaults: Mapping[str, Any]) -> Call:
    """Return the call that a request stands for; what it says goes before `defaults`.

    Raises:
        BadRequestError: the body is no JSON object, or holds what it cannot.
    """
    _note_unused(request.url.host)
    said = _read_body(request.content)
    stream = bool(said.pop("stream", False))
    call: dict[str, Any] = {"model": None, "messages": None, **defaults}
    call |= {**_timeout(request), **said}
    _add(call, "extra_headers", _headers(request))
    _add(call, "extra_query", dict(request.url.params))
    if said.get("store") and "metadata" in said:
        # Among these it stays with the first model's provider, whatever fallbacks there are.
        _add(call, "extra_body", {"metadata": said["metadata"]})
    return Call(call, stream)


def _read_body(content: bytes) -> dict[str, Any]:
    """Return the parameters of a body; null says nothing, like a parameter that is left out."""
    try:
        body: object = json.loads(content)
    except ValueError as error:
        raise BadRequestError(f"the request's body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequestError("the request's body is no JSON object")
    fields = cast("dict[str, Any]", body)
    for name in _OBJECTS:
        if name in fields:
            raise BadRequestError(f"{name}: give it to http_client(), not in a body", param=name)
    return {name: value for name, value in fields.items() if value is not None}


def _add(call: dict[str, Any], name: str, carried: Mapping[str, Any]) -> None:
    """Add to an argument that is a dictionary; one that is none, the chain refuses by name."""
    given: object = call.get(name, {})
    if carried and isinstance(given, Mapping):
        call[name] = {**carried, **given}


def _headers(request: http.Request) -> dict[str, str]:
    return {
        name: value
        for name, value in request.headers.items()
        if name not in _SDK_HEADERS and not name.startswith("x-stainless-")
    }


def _timeout(request: http.Request) -> dict[str, Any]:
    """Return the caller's timeout; the SDK's own default leaves the chain's limits alone."""
    limits: Mapping[str, float | None] = request.extensions.get("timeout", {})
    if not limits or limits == DEFAULT_TIMEOUT.as_dict():
        return {}
    read = limits.get("read")
    # "answer" holds over all attempts: the SDK would give each its own, but makes only one.
    timeout = {
        "connect": limits.get("connect"),
        "first_event": read,
        "idle": read,
        "answer": read,
    }
    return {"timeout": timeout}


@lru_cache(maxsize=32)
def _note_unused(host: str) -> None:
    """Say once of an address that it is not called, since prompts go elsewhere."""
    used = urlsplit(os.environ.get("OPENAI_BASE_URL", "https://api.openai.com")).hostname
    if host != used and not host.endswith(".invalid"):
        _log.warning("base_url: %s is not used, the model names the provider", host)
