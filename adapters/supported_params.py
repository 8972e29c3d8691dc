"""Return the OpenAI parameters that a model supports."""

from __future__ import annotations

from .provider.param_groups import RESPONSES_ONLY
from .provider.row import Provider
from .provider.rules import apis_of, supported_in_responses, supported_params, wire_of
from .table.routes import check_api, split_api
from .table.table import find_model
from .wire import load_wire


def get_supported_openai_params(model: str, custom_llm_provider: str | None = None) -> list[str]:
    """Return the OpenAI parameters that a model supports, sorted.

    They are those of all the model's APIs. With the prefix `responses/` or `chat/` before the
    model's name, they are those of this API.

    Raises:
        BadRequestError: the provider is unknown, or the model lacks the API of the prefix.
    """
    provider, name = find_model(model, custom_llm_provider)
    forced, name = split_api(provider, name)
    if forced and provider.responses is not None:
        check_api(provider, name, forced, f"the prefix {forced}/")
    apis = {forced} if forced else apis_of(provider, name)
    supported: set[str] = set()
    if "chat" in apis:
        supported |= supported_params(provider, name, load_wire(wire_of(provider, name)).PARAMS)
    if "responses" in apis:
        supported |= _in_responses(provider, name, asked=forced is not None)
    return sorted(supported)


def _in_responses(provider: Provider, name: str, *, asked: bool) -> frozenset[str]:
    """Return the parameters of the Responses API that a call may have."""
    responses = provider.responses
    if responses is None:
        return frozenset()
    supported = supported_in_responses(provider, name, load_wire(responses.wire).PARAMS)
    # Other parameters do not select this API.
    return supported & RESPONSES_ONLY if responses.used == "needed" and not asked else supported
