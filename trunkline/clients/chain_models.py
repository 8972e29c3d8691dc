"""Check the models that the layers of a chain name, when a client is built.

A mistake in a fallback or a deployment would otherwise show in an outage, when it is needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from ..adapters.provider.row import Provider
from ..adapters.supported_params import get_supported_openai_params
from ..adapters.table.endpoint import missing_variables
from ..adapters.table.table import find_model
from ..middlewares.prices.own import PRICE_NAMES, read_prices
from ..middlewares.routing.candidates import Candidate
from ..middlewares.routing.group_names import explain_name, groups_of
from ..pipeline.call.arguments import check_fields, refuse_whole_call, split_arguments
from ..pipeline.call.chat_params import CHAT_PARAMS
from ..pipeline.errors import (
    APIError,
    BadRequestError,
    InvalidArgumentError,
    UnsupportedParamsError,
)
from ..pipeline.frames import outer_level
from .settings import Settings

_DROPS = frozenset({"additional_drop_params", "allowed_openai_params", "drop_params"})


@runtime_checkable
class NamesModels(Protocol):
    """A middleware that calls other models than the one of the call."""

    def targets(self) -> Sequence[Candidate]:
        """Return the models with their arguments."""
        ...


@runtime_checkable
class ServesModels(Protocol):
    """A middleware that has something of its own for some models, such as their fallbacks."""

    def sources(self) -> Sequence[tuple[str, str]]:
        """Return the names of these models, each with its place."""
        ...


@runtime_checkable
class HasGroups(Protocol):
    """A middleware that has deployments for names of models."""

    groups: Mapping[str, Sequence[object]]
    #: Keys of a deployment that are not arguments of completion().
    deployment_keys: Collection[str]


def check_models(
    middlewares: Iterable[object], settings: Settings, claimed: frozenset[str]
) -> None:
    """Check the models that middlewares name, and warn about keys that are missing.

    Raises:
        InvalidArgumentError: a provider or group does not exist, or a model does not take an
            argument.
    """
    layers = list(middlewares)
    groups = groups_of(layers)
    for layer in layers:
        if isinstance(layer, NamesModels):
            keys = layer.deployment_keys if isinstance(layer, HasGroups) else ()
            for target in layer.targets():
                if target.model not in groups:
                    _refuse_alias(target.model, target.place, settings)
                    _check(target, groups, settings, claimed.union(keys))
        if isinstance(layer, ServesModels):
            for name, place in layer.sources():
                _check_source(name, place, groups, settings)


def _find(target: Candidate, groups: Collection[str]) -> Provider | None:
    """Return the provider of a model, None if only its address says what it is.

    Raises:
        BadRequestError: the provider does not exist, or a name without a prefix is not a group.
    """
    given = target.arguments
    provider = given.get("custom_llm_provider")
    bare = provider is None and "/" not in target.model
    if bare and not given.keys().isdisjoint(("base_url", "api_base")):
        return None
    row, _ = find_model(target.model, provider)
    problem = explain_name(target.model, groups) if bare and groups else None
    if problem is not None:
        raise BadRequestError(problem)
    return row


def _check(
    target: Candidate, groups: Collection[str], settings: Settings, claimed: frozenset[str]
) -> None:
    given = target.arguments
    try:
        refuse_whole_call(given)
        own, options, params = split_arguments(given, claimed, frozenset())
        check_fields(own)
        if not PRICE_NAMES.isdisjoint(options):
            read_prices({name: options[name] for name in PRICE_NAMES & options.keys()})
        row = _find(target, groups)
        if row is None:
            return
        if not settings.drop_params and _DROPS.isdisjoint(options):
            _check_params(target, params, own.get("custom_llm_provider"))
    except APIError as error:
        raise InvalidArgumentError(f"{target.place}: {error.message}") from None
    # A wire may find credentials that are in no variable.
    if "api_key" not in own and row.auth != "wire":
        _warn_of_key(target, row)


def _check_source(name: str, place: str, groups: Collection[str], settings: Settings) -> None:
    """Check that calls can have a model's name when they reach the middleware."""
    if name in groups:
        return
    _refuse_alias(name, place, settings)
    if "/" not in name:
        problem = explain_name(name, groups) if groups else None
        if problem is not None:
            raise InvalidArgumentError(f"{place}: {problem}")
        return
    try:
        find_model(name, None)
    except APIError as error:
        raise InvalidArgumentError(f"{place}: {error.message}") from None


def _refuse_alias(name: str, place: str, settings: Settings) -> None:
    """Refuse a name of `model_alias_map`, which is replaced before a call reaches the layers."""
    meant = settings.model_alias_map.get(name)
    if meant is not None:
        raise InvalidArgumentError(f"{place}: {name!r} is an alias of {meant!r}; write {meant!r}")


def _check_params(target: Candidate, params: Mapping[str, Any], provider: str | None) -> None:
    asked = CHAT_PARAMS & params.keys()
    if not asked:
        return
    refused = sorted(asked - set(get_supported_openai_params(target.model, provider)))
    if refused:
        raise UnsupportedParamsError(
            f"{target.model} does not support {', '.join(refused)}; remove it, or "
            "set drop_params=True"
        )


def _warn_of_key(target: Candidate, provider: Provider) -> None:
    missing = missing_variables(provider)[0]
    if missing and not provider.logins:
        text = f"{target.place}: no key for {target.model}: set {missing[0]} or pass api_key"
        warnings.warn(text, UserWarning, stacklevel=outer_level())
