"""The parameters that a model supports."""

from __future__ import annotations

from .provider.rules import supported_params, wire_of
from .table.table import find_model
from .wire import load_wire


def get_supported_openai_params(model: str, custom_llm_provider: str | None = None) -> list[str]:
    """Return the OpenAI parameters that a model supports, sorted.

    Raises:
        BadRequestError: the provider is unknown.
    """
    provider, name = find_model(model, custom_llm_provider)
    return sorted(supported_params(provider, name, load_wire(wire_of(provider, name)).PARAMS))
