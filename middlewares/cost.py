"""Calculate what a call costs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BadRequestError, InvalidArgumentError
from ..pipeline.json_values import as_object
from ..pipeline.schema.call_info import Priced
from ..pipeline.schema.charges import is_unasked
from ..pipeline.schema.parts import Usage
from .checked_arguments import check_mapping
from .prices.own import (
    PRICE_NAMES,
    Price,
    TokenPrices,
    UnknownPriceError,
    UnlistedAddressError,
    own_price,
    read_prices,
    registered_prices,
)

_log = logging.getLogger("trunkline")


class Cost:
    """Sets `response.cost`: what a response cost in US dollars, or None if that is not known.

    The cost is calculated when it is read, by a callback's `record.cost`, a span, a budget
    or you. If nothing reads it, it takes no time.

    Sources, in order of precedence: the cost that the provider reports (OpenRouter, Perplexity,
    xAI, a LiteLLM proxy); the prices given with the call, by litellm's names
    (`input_cost_per_token`, `output_cost_per_token`, `cache_read_input_token_cost` and so on, see
    `TokenPrices`); `prices`; prices set with `register_model`; and the price list of genai-prices
    (the extra `costs`).

    A listed price applies only to the provider that was called, at its default address, and to
    the full name of the model that responded. If no price certainly applies, the cost is None. For
    a gateway, which no listed price applies to, a warning says so once for each model, if you read
    the cost (a cache, a log or a span that reads it says so only at the level DEBUG):
    `model_info={"base_model": "openai/gpt-4o"}`, an argument of a call or of a Router's
    deployment, names the listed model whose prices apply.
    Cached, cache-written, reasoning and audio tokens count once, at their own prices. A cached
    response costs 0. With retries and fallbacks, only the successful attempt is counted:
    providers do not report what failed attempts cost.

    It is the innermost layer, so all other layers can read the cost.

    Args:
        prices: your own prices, by the model name that calls use: {"provider/model":
            {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}}.

    Raises:
        InvalidArgumentError: an invalid price.
        BadRequestError: an invalid price given with a call.
    """

    options = PRICE_NAMES | {"model_info"}
    #: Several may be in one chain: own prices take precedence over those of another.
    shares_options = True

    def __init__(self, prices: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        if prices is not None:
            check_mapping("prices", prices)
        self._prices = {name: _read(name, given) for name, given in (prices or {}).items()}

    def __repr__(self) -> str:
        return f"Cost({', '.join(self._prices)})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer and give its reply the function that calculates its cost."""
        own, base_model = None, ""
        if self._prices or request.options:
            own = self._own(request)
            if "model_info" in request.options:
                base_model = _read_base_model(request.options["model_info"])
        reply = await call_next(request)
        call = reply.call
        if own is not None or base_model:
            call.price = partial(price_of, prices=own, base_model=base_model)
        elif call.price is None:
            call.price = price_of
        return reply

    def _own(self, request: Request) -> TokenPrices | None:
        given = {name: request.options[name] for name in PRICE_NAMES & request.options.keys()}
        if not given:
            return self._prices.get(request.model)
        try:
            return read_prices(given)
        except ValueError as error:
            raise BadRequestError(str(error)) from None


def _read(name: str, given: Mapping[str, Any]) -> TokenPrices:
    try:
        return read_prices(given)
    except ValueError as error:
        raise InvalidArgumentError(f"{name}: {error}") from None


def _read_base_model(given: object) -> str:
    fields = as_object(given)
    if fields is None:
        kind = type(given).__name__
        raise BadRequestError(f"model_info: expected a dictionary, got {kind}", param="model_info")
    from .prices.model_info import explain_slips  # noqa: PLC0415  # most calls have no model_info

    problem = explain_slips(fields)
    if problem is not None:
        raise BadRequestError(f"model_info.{problem}", param="model_info")
    name = fields.get("base_model") or ""
    if not isinstance(name, str):
        raise BadRequestError(
            f'model_info.base_model: expected "provider/model", got {name!r}', param="model_info"
        )
    return name


def price_of(
    response: Priced, prices: TokenPrices | None = None, base_model: str = ""
) -> float | None:
    """Return what a response's tokens cost in US dollars, or None if that is not known."""
    if response.usage is None:
        return None
    try:
        return response_price(response, response.usage, prices, base_model).total
    except UnlistedAddressError:
        _warn(_level(), f"{response.call.provider}/{response.call.model}")
        return None
    except ImportError as error:
        _warn_once(_level(), f"{error}")
        return None
    except UnknownPriceError:
        return None


def _level() -> int:
    """Return how important it is to the user that a cost is not known."""
    return logging.DEBUG if is_unasked() else logging.WARNING


@lru_cache(maxsize=2)
def _warn_once(level: int, remedy: str) -> None:
    """Log once that costs are not known without the list of prices."""
    _log.log(
        level, "costs are unknown (None), which does not mean 0: %s (logged only once)", remedy
    )


@lru_cache(maxsize=1000)
def _warn(level: int, model: str) -> None:
    """Log that a model's cost is not known, once for each model."""
    _log.log(
        level,
        "%s: the cost is unknown (None), which does not mean 0: the call went to another address "
        "than the provider's own, and its prices are not known; name the model that it has the "
        'prices of, model_info={"base_model": "provider/model"}, or pass input_cost_per_token and '
        "output_cost_per_token (logged only once for each model)",
        model,
    )


def response_price(
    response: Priced, usage: Usage, prices: TokenPrices | None = None, base_model: str = ""
) -> Price:
    """Return what a response's tokens cost; those of `base_model` if it is given.

    Raises:
        ImportError: genai-prices is needed and not installed.
        UnknownPriceError: the cost is not known; the message says why.
    """
    # Some providers report in each chunk of a stream the tokens so far.
    if any(choice.finish_reason is None for choice in response.choices):
        raise UnknownPriceError("the response is incomplete, so its usage may be too low")
    call = response.call
    names: Sequence[str] = (response.model, call.model)
    provider, base_url = call.provider, call.api_base or ""
    if base_model:
        prefix, slash, name = base_model.partition("/")
        provider = prefix if slash else provider
        names, base_url = (name or prefix,), ""
    own = prices or registered_prices(f"{provider}/{names[-1]}")
    if own is not None:
        return own_price(own, usage)
    from .prices.listed import Called, list_price  # noqa: PLC0415  # few read what a call cost

    called = Called(
        provider=provider,
        names=names,
        base_url=base_url,
        service_tier=response.service_tier,
        created=response.created or None,
    )
    return list_price(called, usage)
