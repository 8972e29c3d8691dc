"""The keys and addresses of providers in the environment."""

from __future__ import annotations

from itertools import groupby
from typing import TypedDict

from ..adapters.provider.row import Provider
from ..adapters.table.endpoint import base_url_of, has_login, key_of, missing_variables
from ..adapters.table.model_facts import known_models
from ..adapters.table.table import find_model, find_provider
from ..pipeline.errors import AuthenticationError, BadRequestError


class Environment(TypedDict):
    """The result of `validate_environment`: whether all variables are set, and those missing."""

    keys_in_environment: bool
    missing_keys: list[str]


def validate_environment(
    model: str, api_key: str | None = None, api_base: str | None = None
) -> Environment:
    """Return which environment variables a call of a model lacks.

    If one of several variables is enough, the first is named. Bedrock and Azure also use logins
    from files and machine roles, which are not checked, so a call may succeed nevertheless. Vertex
    AI never lacks a variable, because its logins need none.

    Args:
        model: "provider/model"; without a slash it is an OpenAI model.
        api_key: a key that the call will use instead of one from the environment.
        api_base: an address that the call will use instead of one from the environment.

    Raises:
        BadRequestError: the provider is unknown.
    """
    provider, _ = find_model(model, None)
    key, address = missing_variables(provider)
    missing = ([] if api_key else key) + ([] if api_base else address)
    return {"keys_in_environment": not missing, "missing_keys": missing}


def get_valid_models(*, custom_llm_provider: str | None = None) -> list[str]:
    """Return the known models of the providers for which the environment has a login.

    These are the models of `get_model_info`, as "provider/model"; an account may have more or
    fewer. No request is sent. Servers that need no key, such as Ollama, have no such list.

    Args:
        custom_llm_provider: return only this provider's models.

    Raises:
        BadRequestError: the provider is unknown.
    """
    if custom_llm_provider is not None:
        custom_llm_provider = find_provider(custom_llm_provider).name
    models: list[str] = []
    for provider, group in groupby(known_models(), lambda model: model.partition("/")[0]):
        if custom_llm_provider in {None, provider} and _is_ready(find_provider(provider)):
            models += group
    return models


def _is_ready(provider: Provider) -> bool:
    return has_login(provider) and not any(missing_variables(provider))


def get_llm_provider(
    model: str,
    custom_llm_provider: str | None = None,
    api_base: str | None = None,
    api_key: str | None = None,
) -> tuple[str, str, str | None, str | None]:
    """Return the destination of a call: (model, provider, key, address).

    The model has no prefix. Key and address are those given, else those of the environment or the
    provider's row, None if there are none. The key is plain text: keep it out of logs.

    Args:
        model: "provider/model"; without a slash it is an OpenAI model.
        custom_llm_provider: the provider, if the model does not name it.
        api_base: an address to use instead of the provider's default.
        api_key: a key to use instead of the one in the environment.

    Raises:
        BadRequestError: the provider is unknown.
    """
    provider, name = find_model(model, custom_llm_provider)
    key, address = api_key, api_base
    if key is None:
        try:
            found = key_of(provider)
        except AuthenticationError:
            found = None
        key = found.reveal() if found is not None else None
    if address is None:
        try:
            address = base_url_of(provider)
        except BadRequestError:
            address = None
    if address is not None and "{" in address:
        # Only the wire knows the region, when it is called.
        address = None
    return name, provider.name, key, address
