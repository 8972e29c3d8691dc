"""Capabilities of models, derived from the parameters that their provider's row lists.

Facts from `register_model` take precedence.
"""

from __future__ import annotations

from ..adapters.supported_params import get_supported_openai_params
from ..adapters.table.model_facts import find_facts


def supports_function_calling(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model supports `tools`.

    Args:
        model: "provider/model"; without a slash it is an OpenAI model.
        custom_llm_provider: the provider, if the model does not name it.

    Raises:
        BadRequestError: the provider is unknown.
    """
    return _takes("supports_function_calling", "tools", model, custom_llm_provider)


def supports_parallel_function_calling(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model supports `parallel_tool_calls`; see `supports_function_calling`."""
    return _takes(
        "supports_parallel_function_calling", "parallel_tool_calls", model, custom_llm_provider
    )


def supports_tool_choice(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model supports `tool_choice`; see `supports_function_calling`."""
    return _takes("supports_tool_choice", "tool_choice", model, custom_llm_provider)


def supports_response_schema(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model supports `response_format`; see `supports_function_calling`."""
    return _takes("supports_response_schema", "response_format", model, custom_llm_provider)


def supports_web_search(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model supports `web_search_options`; see `supports_function_calling`."""
    return _takes("supports_web_search", "web_search_options", model, custom_llm_provider)


def _takes(what: str, param: str, model: str, custom_llm_provider: str | None) -> bool:
    _, _, facts = find_facts(model, custom_llm_provider)
    registered: object = (facts or {}).get(what)
    if registered is not None:
        return bool(registered)
    return param in get_supported_openai_params(model, custom_llm_provider)
