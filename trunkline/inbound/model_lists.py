"""Lists of models: the client's own names, then each provider."""

from __future__ import annotations

from ..adapters.table.table import find_provider, list_providers
from ..clients.client import Client
from ..middlewares.route import Route
from ..pipeline.errors import BadRequestError, NotFoundError
from ..pipeline.json_values import JSON
from ..pipeline.model_names import split_model
from .policy import Policy
from .writers import Dialect

#: The owner of model names that the client defines, such as aliases.
_OWN = "trunkline"


def list_models(client: Client, policy: Policy, dialect: Dialect) -> list[JSON]:
    """Return the models that are served.

    The list contains the client's own names (aliases and groups of deployments), then each
    provider as "groq/*", because nobody can list all models.
    """
    if policy.models is not None:
        return [dialect.model_object(name, _OWN) for name in policy.models]
    rows = [dialect.model_object(f"{row.name}/*", row.name) for row in list_providers()]
    return [*(dialect.model_object(name, _OWN) for name in own_names(client)), *rows]


def own_names(client: Client) -> list[str]:
    """Return the names of models that the client defines."""
    routes = [layer for layer in client.middlewares if isinstance(layer, Route)]
    groups = [name for route in routes for name in route.groups]
    return [*client.settings.model_alias_map, *groups]


def owner_of(client: Client, policy: Policy, name: str) -> str:
    """Return who owns a model.

    Raises:
        NotFoundError: it is not served, or its provider is unknown.
    """
    if policy.models is not None:
        policy.admit(client, {"model": name})
        return _OWN
    if name in own_names(client):
        return _OWN
    prefix, _ = split_model(name)
    try:
        return find_provider(prefix).name
    except BadRequestError:
        text = f"{name}: unknown provider {prefix!r}"
        raise NotFoundError(text, code="model_not_found") from None
