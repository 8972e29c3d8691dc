"""Facts about models: context sizes, capabilities and prices.

The facts come from adapters/table/model_facts.json, which names its source, date and license, and
the prices from genai-prices (the extra `costs`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..adapters.supported_params import get_supported_openai_params
from ..adapters.table.model_facts import find_facts, known_models, register_facts
from ..middlewares.prices.own import (
    PRICE_NAMES,
    UnknownPriceError,
    read_prices,
    register_prices,
    registered_prices,
)
from ..pipeline.call.chat_params import wrong_type
from ..pipeline.errors import BadRequestError
from .capabilities import (
    supports_function_calling,
    supports_parallel_function_calling,
    supports_response_schema,
    supports_tool_choice,
    supports_web_search,
)

# litellm's names of prices that depend on length or time.
_STEPS = re.compile(r"_above_\d+k_tokens|^(tiered|off_peak)_pricing$")
_FROM_PARAMETERS = {
    "supports_function_calling": supports_function_calling,
    "supports_parallel_function_calling": supports_parallel_function_calling,
    "supports_response_schema": supports_response_schema,
    "supports_tool_choice": supports_tool_choice,
    "supports_web_search": supports_web_search,
}


def get_model_info(model: str, custom_llm_provider: str | None = None) -> dict[str, Any]:
    """Return the known facts about a model under litellm's names.

    They are `max_input_tokens`, `max_output_tokens`, `max_tokens` (maximum output, else input),
    `mode`, `litellm_provider`, `key` ("provider/model"), `supports_...` (False if unknown),
    `supported_openai_params`, and known prices in dollars per token, such as
    `input_cost_per_token`.

    Raises:
        BadRequestError: the provider or the model is unknown; `register_model` adds a model.
    """
    provider, name, facts = find_facts(model, custom_llm_provider)
    if facts is None:
        elsewhere = [known for known in known_models() if known.partition("/")[2] == name]
        hint = f" (other providers have {', '.join(elsewhere[:3])})" if elsewhere else ""
        raise BadRequestError(
            f"unknown model {name!r} of {provider}{hint}; add it with register_model()",
            provider,
            param="model",
        )
    prices = _prices(provider, name)
    return {
        "key": f"{provider}/{name}",
        "litellm_provider": provider,
        "mode": "chat",
        "max_tokens": None,
        "max_input_tokens": None,
        "max_output_tokens": None,
        "input_cost_per_token": None,
        "output_cost_per_token": None,
        **prices,
        **{what: ask(name, provider) for what, ask in _FROM_PARAMETERS.items()},
        **facts,
        "supported_openai_params": get_supported_openai_params(name, provider),
    }


def get_max_tokens(model: str, custom_llm_provider: str | None = None) -> int | None:
    """Return the maximum number of output tokens of a model, None if unknown.

    Raises:
        BadRequestError: see `get_model_info`.
    """
    found: int | None = get_model_info(model, custom_llm_provider)["max_tokens"]
    return found


def supports_vision(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model is known to accept images; False for unknown models.

    Raises:
        BadRequestError: the provider is unknown.
    """
    return _can("supports_vision", model, custom_llm_provider)


def supports_reasoning(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model is known to reason before it responds; see `supports_vision`."""
    return _can("supports_reasoning", model, custom_llm_provider)


def supports_audio_input(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model is known to accept audio; see `supports_vision`."""
    return _can("supports_audio_input", model, custom_llm_provider)


def supports_audio_output(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model is known to return audio; see `supports_vision`."""
    return _can("supports_audio_output", model, custom_llm_provider)


def supports_pdf_input(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model is known to accept PDF files; see `supports_vision`."""
    return _can("supports_pdf_input", model, custom_llm_provider)


def supports_prompt_caching(model: str, custom_llm_provider: str | None = None) -> bool:
    """Return whether a model is known to support prompt caching; see `supports_vision`."""
    return _can("supports_prompt_caching", model, custom_llm_provider)


def register_model(model_cost: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Register facts and prices of models for all clients of this process, and return them.

    Args:
        model_cost: {"provider/model": {"max_input_tokens": 8192, "input_cost_per_token": 1e-6,
            "output_cost_per_token": 2e-6, "supports_vision": True}}, with litellm's names.
            Facts that were registered earlier and are not given again stay. A
            `litellm_provider` names the provider if the model name does not.

    Raises:
        BadRequestError: the provider is unknown, or a price is invalid or depends on length or
            time, which is not supported.
    """
    if not isinstance(model_cost, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        kind = type(model_cost).__name__
        raise BadRequestError(
            f"model_cost: expected dict, got {kind}; URLs and files are not read",
            param="model_cost",
        )
    registered: dict[str, dict[str, Any]] = {}
    for name, given in model_cost.items():
        if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise wrong_type(f"model_cost[{name!r}]", "dict", given)
        prices = {key: value for key, value in given.items() if _is_price(key, value)}
        try:
            checked = read_prices(prices) if prices else None
        except ValueError as error:
            raise BadRequestError(f"{name}: {error}", param="model_cost") from None
        own: str | None = given.get("litellm_provider")
        facts = {key: given[key] for key in given if key not in {*prices, "litellm_provider"}}
        provider, model = register_facts(name, own, facts)
        if checked is not None:
            register_prices(f"{provider}/{model}", checked)
        registered[name] = dict(given)
    return registered


class ModelCost(Mapping[str, dict[str, Any]]):
    """All known models, {"provider/model": get_model_info(...)}.

    A name without a slash is an OpenAI model. Facts are looked up on access.
    """

    def __getitem__(self, model: str) -> dict[str, Any]:
        try:
            return get_model_info(model)
        except BadRequestError as error:
            raise KeyError(model) from error

    def __iter__(self) -> Iterator[str]:
        return iter(known_models())

    def __len__(self) -> int:
        return len(known_models())

    def __repr__(self) -> str:
        return f"ModelCost({len(self)} models)"


model_cost = ModelCost()


def _is_price(name: str, value: object) -> bool:
    """Return whether a fact is a price, including the tiered prices that are rejected."""
    return name in PRICE_NAMES or (bool(value) and _STEPS.search(name) is not None)


def _can(what: str, model: str, provider: str | None) -> bool:
    _, _, facts = find_facts(model, provider)
    return bool((facts or {}).get(what))


def _prices(provider: str, model: str) -> dict[str, float]:
    own = registered_prices(f"{provider}/{model}")
    if own is not None:
        return {name: value for name in PRICE_NAMES if (value := getattr(own, name)) is not None}
    from ..middlewares.prices.listed import prices_for_a_token  # noqa: PLC0415  # loaded only for prices

    try:
        return prices_for_a_token(provider, model)
    except (ImportError, UnknownPriceError):
        return {}
