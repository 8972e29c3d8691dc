"""Compute the cost of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, TypeVar

import msgspec

from ..adapters.table.model_facts import find_named
from ..middlewares.cost import response_price
from ..middlewares.prices.own import (
    Price,
    UnknownPriceError,
    own_price,
    read_prices,
    registered_prices,
)
from ..pipeline.call.chat_params import wrong_type
from ..pipeline.call.messages import Messages
from ..pipeline.errors import BadRequestError
from ..pipeline.schema.charges import unasked
from ..pipeline.schema.hybrid import Hybrid
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.schema.parts import PromptTokensDetails, Usage
from .tokens import token_counter

HybridT = TypeVar("HybridT", bound=Hybrid)


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
    """Return the cost of tokens in US dollars: (prompt, completion).

    Args:
        model: "provider/model"; without a slash it is an OpenAI model.
        prompt_tokens: including tokens read from and written to a cache.
        completion_tokens: including reasoning.
        custom_llm_provider: the provider, if the model does not name it.
        cache_creation_input_tokens: the part of `prompt_tokens` written to a cache.
        cache_read_input_tokens: the part of `prompt_tokens` read from a cache.
        usage_object: the usage of a response, instead of all these counts.
        custom_cost_per_token: your own prices, see `Cost`.
        service_tier: as in responses, "priority" or "flex".

    Raises:
        BadRequestError: the price is unknown; the error says why. Or an argument is invalid.
        ImportError: genai-prices is not installed, and no own price is given.
    """
    if usage_object is not None and not isinstance(usage_object, Usage):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        usage_object = _read(Usage, "usage_object", usage_object)
    for name, count in (
        ("prompt_tokens", prompt_tokens),
        ("completion_tokens", completion_tokens),
        ("cache_creation_input_tokens", cache_creation_input_tokens),
        ("cache_read_input_tokens", cache_read_input_tokens),
    ):
        # Of a data frame they are numbers of numpy.
        if not isinstance(count, Real):
            raise wrong_type(name, "int", count)
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


def _read(kind: type[HybridT], name: str, given: object) -> HybridT:
    try:
        return kind.model_validate(given)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"{name}: {error}", param=name) from None


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
    """Return the cost of a response in US dollars, or of given prompt and completion texts.

    Args:
        completion_response: a response, or a dictionary of one. If its cost is already known from
            the provider, a cache or `Cost`, that cost is returned and `model` is ignored.
        model: "provider/model", if there is no response or its provider is unknown.
        prompt: the text of the prompt; its tokens are counted.
        messages: the prompt as a conversation.
        completion: the text of the completion.
        custom_llm_provider: the provider, if the model does not name it.
        custom_cost_per_token: your own prices, see `Cost`.
        service_tier: as in responses; only without a response.
        arguments: as in `token_counter`, used to count tokens.

    Raises:
        BadRequestError: the price is unknown, there is nothing to price, or an argument does not
            apply to a response.
        ImportError: a required extra is not installed.
        APIError: see `token_counter`.
    """
    if completion_response is not None:
        _refuse([*arguments, *(["service_tier"] if service_tier else [])])
        response = _read(ModelResponse, "completion_response", completion_response)
        return _cost_of(response, model, custom_llm_provider, custom_cost_per_token)
    if model is None:
        raise BadRequestError("completion_cost: pass a response or a model", param="model")
    counting: dict[str, Any] = {**arguments, "custom_llm_provider": custom_llm_provider}
    prompt_tokens = 0
    if messages is not None:
        prompt_tokens = token_counter(model, messages=messages, **counting)
    elif prompt:
        prompt_tokens = token_counter(model, text=prompt, **counting)
    completion_tokens = token_counter(model, text=completion, **counting) if completion else 0
    return sum(
        cost_per_token(
            model,
            prompt_tokens,
            completion_tokens,
            custom_llm_provider,
            custom_cost_per_token=custom_cost_per_token,
            service_tier=service_tier,
        )
    )


def _refuse(names: Sequence[str]) -> None:
    for name in names:
        raise BadRequestError(
            f"completion_cost: {name}: does not apply to a response; only model, "
            "custom_llm_provider and custom_cost_per_token do",
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
        # An error says why it is unknown.
        known = unasked(lambda: response.cost)
        if known is not None:
            return known
    if usage is None:
        raise BadRequestError(
            "completion_cost: the response has no usage", param="completion_response"
        )
    if model is not None:
        return _price(model, provider, usage, prices, response.service_tier).total
    if prices is None and not response.call.provider:
        # Such as one that a program or stream_chunk_builder() made.
        raise BadRequestError(
            "completion_cost: the response does not say which provider it is from; pass "
            'model="PROVIDER/MODEL"',
            param="model",
        )
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
    from ..middlewares.prices.listed import Called, list_price  # noqa: PLC0415  # loaded only for prices

    row, name = find_named(model, provider)
    called = Called(provider=row.name, names=(name,), service_tier=service_tier)
    try:
        own = registered_prices(f"{row.name}/{name}") if prices is None else read_prices(prices)
        return list_price(called, usage) if own is None else own_price(own, usage)
    except (UnknownPriceError, ValueError) as error:
        raise _unknown(error) from None


def _unknown(error: Exception) -> BadRequestError:
    return BadRequestError(
        f"{error}; pass custom_cost_per_token, or add its prices with register_model()",
        param="model",
    )
