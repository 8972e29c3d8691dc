"""What a provider and a model support, computed from the provider's row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from ...pipeline.call.chat_params import CHAT_PARAMS
from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import as_object
from .param_groups import BUILT_IN_TOOLS, CUSTOM_TOOL, WEB_SEARCH
from .row import OWN_MESSAGE_FIELDS, Api, Flag, ModelRule, Provider


@lru_cache(maxsize=1024)
def matching_rules(provider: Provider, model: str) -> tuple[ModelRule, ...]:
    """Return the provider's rules that match a model."""
    name = model.lower()
    return tuple(rule for rule in provider.models if re.search(rule.pattern, name))


@lru_cache(maxsize=1024)
def wire_of(provider: Provider, model: str) -> str:
    """Return the name of the wire that a model uses."""
    wires = [rule.wire for rule in matching_rules(provider, model) if rule.wire is not None]
    return wires[0] if wires else provider.wire


@lru_cache(maxsize=1024)
def cache_mark(provider: Provider, model: str) -> str:
    """Return the field that marks what a model's prompt cache should hold; see `Provider`."""
    rules = matching_rules(provider, model)
    marks = [rule.cache_mark for rule in rules if rule.cache_mark is not None]
    return marks[0] if marks else provider.cache_mark


@lru_cache(maxsize=1024)
def prefill(provider: Provider, model: str) -> Literal["", "plain", "prefix"]:
    """Return how a model continues an assistant message; see `Endpoint.prefill`."""
    flags = model_flags(provider, model)
    if "prefill_prefix" in flags:
        return "prefix"
    return "plain" if "prefill" in flags else ""


@lru_cache(maxsize=1024)
def refused_fields(provider: Provider, model: str) -> frozenset[str]:
    """Return the fields to leave out of messages to a model."""
    refused = (OWN_MESSAGE_FIELDS - provider.keeps) | provider.strips
    return refused.difference(*(rule.keeps for rule in matching_rules(provider, model)))


@lru_cache(maxsize=1024)
def model_flags(provider: Provider, model: str) -> frozenset[Flag]:
    """Return the flags of the provider and of the rules that match a model."""
    rules = matching_rules(provider, model)
    return provider.flags.union(*(rule.flags for rule in rules))


@lru_cache(maxsize=1024)
def forces_tools(provider: Provider) -> bool:
    """Return whether any of the provider's models may get structured output through a tool."""
    flags = provider.flags.union(*(rule.flags for rule in provider.models))
    return not flags.isdisjoint({"forced_json", "forced_schema"})


@lru_cache(maxsize=1024)
def _renames(provider: Provider, model: str) -> Mapping[str, str]:
    renames = dict(provider.renames)
    for rule in matching_rules(provider, model):
        renames.update(rule.renames)
    return renames


@lru_cache(maxsize=1024)
def supported_params(
    provider: Provider, model: str, wire: frozenset[str], *, reasons: bool = True
) -> frozenset[str]:
    """Return the OpenAI parameters that a model takes, of those that its chat wire can carry.

    Some parameters are only taken while the model does not reason (`reasons=False`).
    """
    supported = _fitting(wire - provider.drops, provider, model, reasons)
    return supported if "functions" in wire else _with_old_forms(supported)


def _with_old_forms(supported: frozenset[str]) -> frozenset[str]:
    """Return the parameters with the old forms of those that have one; see legacy.py."""
    old = {"functions": "tools", "function_call": "tool_choice"}
    return supported | {name for name, new in old.items() if new in supported}


@lru_cache(maxsize=1024)
def refused_params(provider: Provider, model: str) -> frozenset[str]:
    """Return the parameters besides OpenAI's that a model does not support."""
    rules = matching_rules(provider, model)
    return frozenset[str]().union(*(rule.refuses for rule in rules))


@lru_cache(maxsize=1024)
def exclusive_params(provider: Provider, model: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of parameters of which a model supports only one at a time."""
    return tuple(pair for rule in matching_rules(provider, model) for pair in rule.exclusive)


@lru_cache(maxsize=1024)
def supported_in_responses(
    provider: Provider, model: str, wire: frozenset[str], *, reasons: bool = True
) -> frozenset[str]:
    """Return the parameters that a model takes in the Responses API; see `supported_params`."""
    drops = provider.responses.drops if provider.responses is not None else frozenset[str]()
    if lacking_in_responses(provider).issuperset(WEB_SEARCH):
        drops |= {"web_search_options"}
    return _with_old_forms(_fitting(wire - drops, provider, model, reasons))


@lru_cache(maxsize=1024)
def lacking_in_responses(provider: Provider) -> frozenset[str]:
    """Return the types of built-in tools that a provider's Responses API is known to lack."""
    known = None if provider.responses is None else provider.responses.built_in_tools
    return frozenset() if known is None else BUILT_IN_TOOLS - known


@lru_cache(maxsize=1024)
def listed_apis(provider: Provider, model: str) -> frozenset[Api] | None:
    """Return the APIs that the rules say a model has, None where they say nothing."""
    found = [rule.apis for rule in matching_rules(provider, model) if rule.apis is not None]
    return found[0] if found else None


def apis_of(provider: Provider, model: str) -> frozenset[Api]:
    """Return the APIs that a call of a model may use without a prefix or an argument."""
    if provider.responses is None or provider.responses.used == "asked":
        return frozenset({"chat"})
    return listed_apis(provider, model) or frozenset({"chat", "responses"})


@lru_cache(maxsize=1024)
def takes_custom_tools(provider: Provider, model: str) -> bool:
    """Return whether chat completions of a model may have custom tools.

    Nothing is known of a server that each user runs, or of the models behind a gateway.
    """
    return provider.parts is None or "custom_tools" in model_flags(provider, model)


@lru_cache(maxsize=1024)
def lacking_tools(provider: Provider, model: str) -> frozenset[str]:
    """Return the types of OpenAI's tools that chat completions of a model lack.

    They include the Responses API's built-in tools if the model does not have that API.
    Nothing is known of a server that each user runs, or of the models behind a gateway.
    """
    if provider.parts is None:
        return frozenset()
    lacking = BUILT_IN_TOOLS - provider.built_in_tools
    if "responses" in apis_of(provider, model):
        lacking = frozenset[str]()
    return lacking if takes_custom_tools(provider, model) else lacking | {CUSTOM_TOOL}


@lru_cache(maxsize=1024)
def supported_in_chat(provider: Provider, model: str) -> frozenset[str]:
    """Return the OpenAI parameters that chat completions of a model with both APIs take."""
    if "chat" not in apis_of(provider, model):
        return frozenset()
    return supported_params(provider, model, CHAT_PARAMS)


def _fitting(
    supported: frozenset[str], provider: Provider, model: str, reasons: bool
) -> frozenset[str]:
    for rule in provider.models:
        supported -= rule.adds
    for rule in matching_rules(provider, model):
        supported = (supported | rule.adds) - rule.drops
        if reasons:
            supported -= rule.reasoning_drops
    return supported


def effort_of(params: Mapping[str, Any]) -> object:
    """Return the value of `reasoning_effort`, which may be a dictionary with `effort`."""
    given: object = params.get("reasoning_effort")
    fields = as_object(given)
    return given if fields is None else fields.get("effort")


def with_plain_effort(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters with the effort as a string: only the Responses API has more."""
    if as_object(params.get("reasoning_effort")) is None:
        return params
    plain = {name: value for name, value in params.items() if name != "reasoning_effort"}
    effort = effort_of(params)
    return plain if effort is None else {**plain, "reasoning_effort": effort}


def renamed_params(params: Mapping[str, Any], provider: Provider, model: str) -> dict[str, Any]:
    """Return the parameters under the names that the model expects.

    Raises:
        BadRequestError: both names of a parameter are given.
    """
    renames = _renames(provider, model) if params else None
    if not renames:
        return dict(params)
    renamed: dict[str, Any] = {}
    for name, value in params.items():
        target = renames.get(name, name)
        if target in renamed or (target != name and target in params):
            raise BadRequestError(
                f"{name}: {provider.name} calls it {target}, which is also given; leave one out",
                param=name,
            )
        renamed[target] = value
    return renamed
