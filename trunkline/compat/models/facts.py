"""Facts about models as litellm gives them: for unknown models False, None or an empty result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...adapters.supported_params import get_supported_openai_params as own_params
from ...adapters.table.model_facts import find_facts
from ...models import capabilities, environment, facts
from ...pipeline.errors import BadRequestError
from ..errors import LitellmErrors
from ..handlers.custom_llm import NOWHERE
from ..providers import spell

__all__ = [
    "get_llm_provider",
    "get_supported_openai_params",
    "supports_audio_input",
    "supports_audio_output",
    "supports_computer_use",
    "supports_function_calling",
    "supports_parallel_function_calling",
    "supports_pdf_input",
    "supports_prompt_caching",
    "supports_reasoning",
    "supports_response_schema",
    "supports_system_messages",
    "supports_tool_choice",
    "supports_vision",
    "supports_web_search",
    "validate_environment",
]

_GATEWAY = "litellm_proxy/"


def supports_system_messages(model: str, custom_llm_provider: str | None = None) -> bool:  # noqa: ARG001  # callers of litellm pass it
    """Return True: messages are converted to the format that each model takes."""
    return True


def supports_computer_use(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model can use a computer; False if that is not known."""
    try:
        return bool(
            facts.get_model_info(_named(model), custom_llm_provider)["supports_computer_use"]
        )
    except BadRequestError:
        return False


def validate_environment(
    model: str | None = None,
    api_key: str | None = None,
    api_base: str | None = None,
    api_version: str | None = None,  # noqa: ARG001  # callers of litellm pass it
) -> dict[str, Any]:
    """Return which variables a call lacks; for an unknown provider that none is known."""
    try:
        found = environment.validate_environment(_named(model or ""), api_key, api_base)
    except BadRequestError:
        return {"keys_in_environment": False, "missing_keys": []}
    return dict(found)


def get_supported_openai_params(
    model: str, custom_llm_provider: str | None = None, **_others: Any
) -> list[str] | None:
    """Return the OpenAI parameters that a model takes, None for an unknown provider."""
    try:
        name = _named(model, custom_llm_provider)
        known = _is_known(name, custom_llm_provider)
        return own_params(name, custom_llm_provider) if known else None
    except BadRequestError:
        return None


def get_llm_provider(
    model: str,
    custom_llm_provider: str | None = None,
    api_base: str | None = None,
    api_key: str | None = None,
    **_others: Any,
) -> tuple[str, str, str | None, str | None]:
    """Return the destination of a call; see `trunkline.get_llm_provider`.

    Raises:
        litellm's BadRequestError: the provider is unknown, or a name without a prefix is not that
            of a known model. A call would send that name to OpenAI.
    """
    given = (custom_llm_provider, api_base, api_key)
    with LitellmErrors():
        name = model if custom_llm_provider or api_base else spell(model)
        if not any((custom_llm_provider, api_base)) and not _is_known(name, None):
            raise BadRequestError(
                f"LLM Provider NOT provided: {model!r} has no prefix and is not a known model; "
                f"write PROVIDER/{model}",
                param="model",
            )
        bare, provider, key, address = environment.get_llm_provider(name, *given)
        return bare, provider, key, None if address == NOWHERE else address


def _named(model: str, provider: str | None = None) -> str:
    """Return a model with its provider's prefix; a model of litellm's proxy by its own name."""
    if provider is not None:
        return model
    return spell(model.removeprefix(_GATEWAY) if isinstance(model, str) else model)  # pyright: ignore[reportUnnecessaryIsInstance]  # spell() refuses others


def _is_known(model: str, provider: str | None) -> bool:
    """Return whether a model is known: without a prefix or provider, only if there are facts."""
    return provider is not None or "/" in model or find_facts(model, None)[2] is not None


def _lenient(function: Callable[[str, str | None], bool]) -> Callable[..., bool]:
    def supports(model: str, custom_llm_provider: str | None = None) -> bool:
        try:
            name = _named(model, custom_llm_provider)
            known = _is_known(name, custom_llm_provider)
            return known and function(name, custom_llm_provider)
        except BadRequestError:
            return False

    supports.__name__ = supports.__qualname__ = function.__name__
    supports.__doc__ = f"{function.__name__} of trunkline, but False for an unknown provider."
    return supports


supports_audio_input = _lenient(facts.supports_audio_input)
supports_audio_output = _lenient(facts.supports_audio_output)
supports_function_calling = _lenient(capabilities.supports_function_calling)
supports_parallel_function_calling = _lenient(capabilities.supports_parallel_function_calling)
supports_pdf_input = _lenient(facts.supports_pdf_input)
supports_prompt_caching = _lenient(facts.supports_prompt_caching)
supports_reasoning = _lenient(facts.supports_reasoning)
supports_response_schema = _lenient(capabilities.supports_response_schema)
supports_tool_choice = _lenient(capabilities.supports_tool_choice)
supports_vision = _lenient(facts.supports_vision)
supports_web_search = _lenient(capabilities.supports_web_search)
