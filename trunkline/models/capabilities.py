"""What a model can do, told from the parameters that its provider's row says it takes.

What `register_model` was told of a model goes before that.
"""

from __future__ import annotations

from ..adapters.supported_params import get_supported_openai_params
from ..adapters.table.model_facts import find_facts


def supports_function_calling(model: str, custom_llm_provider: str | None = None) -> bool:
    """Tell whether a model takes `tools`.

    Args:
        model: "provider/model"; a bare name is OpenAI's.
        custom_llm_provider: the provider, where the model does not name it.

    Raises:
        BadRequestError: there is no such provider.
    """
    return _takes("supports_function_calling", "tools", model, custom_llm_provider)


def supports_parallel_function_calling(model: str, custom_llm_provider: str | None = None) -> bool:
    """Tell whether a model takes `parallel_tool_calls`; see `supports_function_calling`."""
    return _takes(
        "supports_parallel_function_calling", "parallel_tool_calls", model, custom_llm_provider
    )


def supports_tool_choice(model: str, custom_llm_provider: str | None = None) -> bool:
    """Tell whether a model takes `tool_choice`; see `supports_function_calling`."""
    return _takes("supports_tool_choice", "tool_choice", model, custom_llm_provider)


def supports_response_schema(model: str, custom_llm_provider: str | None = None) -> bool:
    """Tell whether a model takes `response_format`; see `supports_function_calling`."""
    return _takes("supports_response_schema", "response_format", model, custom_llm_provider)


def supports_web_search(model: str, custom_llm_provider: str | None = None) -> bool:
    """Tell whether a model takes `web_search_options`; see `supports_function_calling`."""
    return _takes("supports_web_search", "web_search_options", model, custom_llm_provider)


def _takes(what: str, param: str, model: str, custom_llm_provider: str | None) -> bool:
    _, _, facts = find_facts(model, custom_llm_provider)
    told: object = (facts or {}).get(what)
    if told is not None:
        return bool(told)
    return param in get_supported_openai_params(model, custom_llm_provider)
