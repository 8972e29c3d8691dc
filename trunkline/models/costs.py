"""What calls cost, worked out for those who ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..adapters.table.table import find_model
from ..middlewares.cost import response_price
from ..middlewares.prices.own import (
    Price,
    UnknownPriceError,
    own_price,
    read_prices,
    registered_prices,
)
from ..pipeline.call.messages import Messages
from ..pipeline.errors import BadRequestError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.schema.parts import PromptTokensDetails, Usage
from .tokens import token_counter


def cost_per_token(
    model: str,
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
    custom_llm_provider: str | None = None,
    *,
    cache_creation_input_tokens: int = 0,
    cache_read_input_tokens: int = 0,
    usage_object: Usage | None = None,
    custom_cost_per_token: Mapping[str, float] | None = None,
    service_tier: str | None = None,
) -> tuple[float, float]:
    """Return what so many tokens cost in US dollars, those of a prompt and those of an answer.

    Args:
        model: "provider/model"; a bare name is OpenAI's.
        prompt_tokens: with those that a cache gave or took.
        completion_tokens: with reasoning.
        custom_llm_provider: the provider, where the model does not name it.
        cache_creation_input_tokens: those of `prompt_tokens` that a cache took.
        cache_read_input_tokens: those that a cache gave.
        usage_object: an answer's own counts, instead of all these.
        custom_cost_per_token: prices of one's own, see `Cost`.
        service_tier: as answers name it, "priority" or "flex".

    Raises:
        BadRequestError: the price is not known; the text says why.
        ImportError: genai-prices is not installed, and there is no price of one's own.
    """
    usage = usage_object or Usage(
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        total_tokens=prompt_tokens + completion_tokens,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=cache_read_input_tokens,
            cache_creation_tokens=cache_creation_input_tokens,
        ),
    )
    price = _price(model, custom_llm_provider, usage, custom_cost_per_token, service_tier)
    return price.prompt, price.completion


def completion_cost(
    completion_response: ModelResponse | Mapping[str, Any] | None = None,
    model: str | None = None,
    prompt: str = "",
    messages: Messages | None = None,
    completion: str = "",
    custom_llm_provider: str | None = None,
    *,
    custom_cost_per_token: Mapping[str, float] | None = None,
    service_tier: str | None = None,
    **arguments: Any,
) -> float:
    """Return what an answer cost in US dollars, or what a prompt and an answer's text would.

    Args:
        completion_response: an answer, or a dictionary of one. One that somebody has priced
            already, its provider, a cache, or `Cost`, has that price; `model` is not looked at.
        model: "provider/model", where there is no answer, or it is not known who gave it.
        prompt: what was asked; its tokens are counted.
        messages: the same, as a conversation.
        completion: what was answered.
        custom_llm_provider: the provider, where the model does not name it.
        custom_cost_per_token: prices of one's own, see `Cost`.
        service_tier: as answers name it, where there is no answer.
        arguments: as of `token_counter`, where tokens have to be counted.

    Raises:
        BadRequestError: the price is not known, or there is nothing to price, or an argument has
            no part in what an answer cost.
        ImportError: an extra that it needs is not installed.
        APIError: as `token_counter`.
    """
    if completion_response is not None:
        _refuse([*arguments, *(["service_tier"] if service_tier else [])])
        response = ModelResponse.model_validate(completion_response)
        return _cost_of(response, model, custom_llm_provider, custom_cost_per_token)
    if model is None:
        raise BadRequestError("completion_cost: give an answer or a model", param="model")
    counting: dict[str, Any] = {**arguments, "custom_llm_provider": custom_llm_provider}
    asked = 0
    if messages is not None:
        asked = token_counter(model, messages=messages, **counting)
    elif prompt:
        asked = token_counter(model, text=prompt, **counting)
    answered = token_counter(model, text=completion, **counting) if completion else 0
    return sum(
        cost_per_token(
            model,
            asked,
            answered,
            custom_llm_provider,
            custom_cost_per_token=custom_cost_per_token,
            service_tier=service_tier,
        )
    )


def _refuse(names: Sequence[str]) -> None:
    for name in names:
        raise BadRequestError(
            f"completion_cost: {name}: an answer is priced by what it tells, and by model, "
            "custom_llm_provider and custom_cost_per_token",
            param=name,
        )


def _cost_of(
    response: ModelResponse,
    model: str | None,
    provider: str | None,
    prices: Mapping[str, float] | None,
) -> float:
    usage = response.usage
    if prices is None:
        known = response.cost
        if known is not None:
            return known
    if usage is None:
        raise BadRequestError(
            "completion_cost: the answer does not tell its tokens", param="completion_response"
        )
    if model is not None:
        return _price(model, provider, usage, prices, response.service_tier).total
    try:
        own = None if prices is None else read_prices(prices)
        return response_price(response, usage, own).total
    except (UnknownPriceError, ValueError) as error:
        raise _unknown(error) from None


def _price(
    model: str,
    provider: str | None,
    usage: Usage,
    prices: Mapping[str, float] | None,
    service_tier: str | None,
) -> Price:
    from ..middlewares.prices.listed import Called, list_price  # noqa: PLC0415  # few ask

    row, name = find_model(model, provider)
    called = Called(provider=row.name, names=(name,), service_tier=service_tier)
    try:
        own = registered_prices(f"{row.name}/{name}") if prices is None else read_prices(prices)
        return list_price(called, usage) if own is None else own_price(own, usage)
    except (UnknownPriceError, ValueError) as error:
        raise _unknown(error) from None


def _unknown(error: Exception) -> BadRequestError:
    return BadRequestError(
        f"{error}; give custom_cost_per_token, or tell register_model() what it costs",
        param="model",
    )
