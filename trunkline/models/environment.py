"""What the environment holds for a model: its provider's key and address."""

from __future__ import annotations

from itertools import groupby
from typing import TypedDict

from ..adapters.provider.row import Provider
from ..adapters.table.endpoint import base_url_of, has_login, key_of, missing_variables
from ..adapters.table.model_facts import known_models
from ..adapters.table.table import find_model, find_provider
from ..pipeline.errors import AuthenticationError, BadRequestError


class Environment(TypedDict):
    """What `validate_environment` found: whether all is there, and the variables that are not."""

    keys_in_environment: bool
    missing_keys: list[str]


def validate_environment(
    model: str, api_key: str | None = None, api_base: str | None = None
) -> Environment:
    """Tell which environment variables a call of a model lacks.

    Of several variables that would do, the first is named. Bedrock and Azure also find logins in
    files and as a role of the machine; that is not looked for, so a call may succeed all the same.
    Vertex AI is not known to lack any: its logins need no variables.

    Args:
        model: "provider/model"; a bare name is OpenAI's.
        api_key: a key that the call will have, so that none of the environment is needed.
        api_base: the same for the address.

    Raises:
        BadRequestError: there is no such provider.
    """
    provider, _ = find_model(model, None)
    key, address = missing_variables(provider)
    missing = ([] if api_key else key) + ([] if api_base else address)
    return {"keys_in_environment": not missing, "missing_keys": missing}


def get_valid_models(*, custom_llm_provider: str | None = None) -> list[str]:
    """Return "provider/model" of what is known at the providers that the environment logs in at.

    These are the models of `get_model_info`, and may be more or fewer than an account can call. No
    provider is asked. Servers that need no key, as Ollama, have no such list.

    Args:
        custom_llm_provider: that provider's models alone.

    Raises:
        BadRequestError: there is no such provider.
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
    """Return where a call of a model would go: (model, provider, key, address).

    The model has no prefix any more. Key and address are those given, else those of the
    environment and of the provider's row, None where there are none. The key is plain text: keep
    it out of logs.

    Args:
        model: "provider/model"; a bare name is OpenAI's.
        custom_llm_provider: the provider, where the model does not name it.
        api_base: an address that goes before the provider's own.
        api_key: a key that goes before that of the environment.

    Raises:
        BadRequestError: there is no such provider.
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
        # Its region is known to the wire only, when it is called.
        address = None
    return name, provider.name, key, address
