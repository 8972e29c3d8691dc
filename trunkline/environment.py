"""What the environment holds for a model: its provider's key and address."""

from __future__ import annotations

from typing import TypedDict

from .adapters.endpoint import base_url_of, key_of, missing_variables
from .adapters.table import split_model
from .pipeline.errors import AuthenticationError, BadRequestError


class Environment(TypedDict):
    """What `validate_environment` found: whether all is there, and the variables that are not."""

    keys_in_environment: bool
    missing_keys: list[str]


def validate_environment(
    model: str, api_key: str | None = None, api_base: str | None = None
) -> Environment:
    """Tell which environment variables a call of a model lacks.

    Of several variables that would do, the first is named. Clouds that find credentials by
    themselves too, in files or as a role of the machine, are not known to lack any.

    Args:
        model: "provider/model"; a bare name is OpenAI's.
        api_key: a key that the call will have, so that none of the environment is needed.
        api_base: the same for the address.

    Raises:
        BadRequestError: there is no such provider.
    """
    provider, _ = split_model(model, None)
    key, address = missing_variables(provider)
    missing = ([] if api_key else key) + ([] if api_base else address)
    return {"keys_in_environment": not missing, "missing_keys": missing}


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
    provider, name = split_model(model, custom_llm_provider)
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
