"""Read the OpenAI SDK's requests: chat completions, responses and lists of models."""

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

from ... import BadRequestError, Client, NotFoundError, Route, list_providers
from ...pipeline.model_names import split_model

if TYPE_CHECKING:
    import httpx2 as http

_log = logging.getLogger("trunkline")

#: Headers that the SDK sets itself, including the credentials of its account.
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
#: Arguments of completion() that cannot be JSON.
_NOT_JSON = ("client", "middlewares")
#: The owner of model names that the client defines, such as aliases.
_OWN = "trunkline"


class Call(Struct, frozen=True):
    """The arguments of completion() or responses(), and whether to stream."""

    arguments: dict[str, Any]
    stream: bool


def is_chat(request: http.Request) -> bool:
    """Return whether a request is for a chat completion."""
    return request.method == "POST" and path_of(request).endswith("/chat/completions")


def is_response(request: http.Request) -> bool:
    """Return whether a request is for a new response."""
    return request.method == "POST" and path_of(request).endswith("/responses")


def read_chat_call(request: http.Request, defaults: Mapping[str, Any]) -> Call:
    """Return the call that a request for a chat completion describes.

    Its arguments take precedence over `defaults`.

    Raises:
        BadRequestError: the body is not a JSON object, or contains an argument that cannot be JSON.
    """
    call = _read_call(request, {"messages": None, **defaults})
    if call.arguments.get("store") and "metadata" in call.arguments:
        # extra_body goes to the first model's provider only, not to those of fallbacks.
        _add(call.arguments, "extra_body", {"metadata": call.arguments["metadata"]})
    return call


def read_response_call(request: http.Request, defaults: Mapping[str, Any]) -> Call:
    """Return the call that a request for a response describes; see `read_chat_call`."""
    return _read_call(request, defaults)


def _read_call(request: http.Request, defaults: Mapping[str, Any]) -> Call:
    _note_unused(request.url.host)
    said = _read_body(request.content)
    stream = bool(said.pop("stream", False))
    call: dict[str, Any] = {"model": None, **defaults}
    call |= {**_timeout(request), **said}
    _add(call, "extra_headers", _headers(request))
    _add(call, "extra_query", dict(request.url.params))
    return Call(call, stream)


def _read_body(content: bytes) -> dict[str, Any]:
    """Return the parameters of a body without those that are null."""
    try:
        body: object = json.loads(content)
    except ValueError as error:
        raise BadRequestError(f"the request's body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequestError("the request's body is not a JSON object")
    fields = cast("dict[str, Any]", body)
    for name in _NOT_JSON:
        if name in fields:
            raise BadRequestError(
                f"{name}: pass it to http_client(), not in a request body", param=name
            )
    return {name: value for name, value in fields.items() if value is not None}


def _add(call: dict[str, Any], name: str, carried: Mapping[str, Any]) -> None:
    """Add items to an argument that is a dictionary; the chain rejects any other type."""
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
    """Return the caller's timeout; the SDK's default does not change trunkline's limits."""
    limits: Mapping[str, float | None] = request.extensions.get("timeout", {})
    if not limits or limits == DEFAULT_TIMEOUT.as_dict():
        return {}
    read = limits.get("read")
    # "answer" limits all attempts together: for the SDK they are a single one.
    timeout = {
        "connect": limits.get("connect"),
        "first_event": read,
        "idle": read,
        "answer": read,
    }
    return {"timeout": timeout}


@lru_cache(maxsize=32)
def _note_unused(host: str) -> None:
    """Warn once per host that it is not used, because prompts go to another host."""
    used = urlsplit(os.environ.get("OPENAI_BASE_URL", "https://api.openai.com")).hostname
    if host != used and not host.endswith(".invalid"):
        _log.warning("base_url: %s is not used; the model names the provider", host)


def look_up(client: Client, request: http.Request) -> dict[str, Any]:
    """Return the response to `models.list()` or `models.retrieve()`.

    The list contains the client's own names (aliases and groups of deployments), then each
    provider as "groq/*", because nobody can list all models.

    Raises:
        NotFoundError: the request is for another endpoint, or the model's provider is unknown.

    Source: https://platform.openai.com/docs/api-reference/models
    """
    path = path_of(request)
    _, _, name = path.partition("/models/")
    if request.method != "GET" or not (name or path.endswith("/models")):
        raise NotFoundError(
            f"{request.method} {path}: trunkline supports only POST /chat/completions, "
            "POST /responses, GET /models and GET /models/{model} of OpenAI's API",
            code="unknown_url",
        )
    own = _own_names(client)
    if name:
        return _model(name, _OWN if name in own else _provider_of(name))
    rows = [_model(f"{provider.name}/*", provider.name) for provider in list_providers()]
    return {"object": "list", "data": [*(_model(each, _OWN) for each in own), *rows]}


def _own_names(client: Client) -> list[str]:
    routes = [layer for layer in client.middlewares if isinstance(layer, Route)]
    groups = [name for route in routes for name in route.groups]
    return [*client.settings.model_alias_map, *groups]


def _provider_of(name: str) -> str:
    prefix, _ = split_model(name)
    for provider in list_providers():
        if prefix in (provider.name, *provider.aliases):
            return provider.name
    raise NotFoundError(f"{name}: unknown provider {prefix!r}", code="model_not_found")


def _model(name: str, owner: str) -> dict[str, Any]:
    # The date of a model's creation is unknown.
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


def path_of(request: http.Request) -> str:
    """Return the path that a request is for."""
    return request.url.path.rstrip("/")
