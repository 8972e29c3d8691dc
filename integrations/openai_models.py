"""The models that the OpenAI SDK may list and look up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import Client, NotFoundError, Route, list_providers
from .openai_requests import path_of

if TYPE_CHECKING:
    import httpx2 as http

#: Who has the models that a client names itself.
OWN = "trunkline"


def look_up(client: Client, request: http.Request) -> dict[str, Any]:
    """Return what `models.list()` or `models.retrieve()` asks for.

    A provider has more models than anybody can list: it stands there as "groq/*", after the names
    that the client itself gives, its aliases and groups of deployments.

    Raises:
        NotFoundError: the request is for something else, or for a model of no known provider.

    Source: https://platform.openai.com/docs/api-reference/models
    """
    path = path_of(request)
    _, _, name = path.partition("/models/")
    if request.method != "GET" or not (name or path.endswith("/models")):
        raise NotFoundError(
            f"{request.method} {path}: trunkline answers POST /chat/completions, GET /models and "
            "GET /models/{model}, and nothing else of OpenAI's API; a framework that asks for "
            "/responses has a setting for chat completions",
            code="unknown_url",
        )
    own = _own_names(client)
    if name:
        return _model(name, OWN if name in own else _provider_of(name))
    rows = [_model(f"{provider.name}/*", provider.name) for provider in list_providers()]
    return {"object": "list", "data": [*(_model(each, OWN) for each in own), *rows]}


def _own_names(client: Client) -> list[str]:
    routes = [layer for layer in client.middlewares if isinstance(layer, Route)]
    groups = [name for route in routes for name in route.groups]
    return [*client.settings.model_alias_map, *groups]


def _provider_of(name: str) -> str:
    prefix, slash, _ = name.partition("/")
    wanted = prefix if slash else "openai"
    for provider in list_providers():
        if wanted in (provider.name, *provider.aliases):
            return provider.name
    raise NotFoundError(f"{name}: no provider has the prefix {prefix!r}", code="model_not_found")


def _model(name: str, owner: str) -> dict[str, Any]:
    # When a model was made is not known.
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}
