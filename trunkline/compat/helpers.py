"""Small functions of litellm that frameworks use for chat completions."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel

from ..adapters.families.claude import claude_model
from ..adapters.supported_params import get_supported_openai_params
from ..pipeline.call.chat_params import CHAT_PARAMS, wrong_type
from ..pipeline.call.functions import function_tool
from ..pipeline.errors import BadRequestError
from ..pipeline.json_values import JSON, as_object
from .providers import is_known, spell

__all__ = [
    "OPENAI_CHAT_COMPLETION_PARAMS",
    "_disable_debugging",
    "_extract_response_obj_and_hidden_params",
    "_turn_on_debug",
    "function_to_dict",
    "get_optional_params",
    "get_secret",
    "get_secret_bool",
    "get_secret_str",
    "load_credentials_from_list",
    "validate_and_fix_thinking_param",
    "verbose_logger",
]

#: Arguments that choose neither provider nor deployment, as langchain-litellm reads them.
OPENAI_CHAT_COMPLETION_PARAMS = [
    *sorted(CHAT_PARAMS),
    "api_base",
    "api_key",
    "api_version",
    "base_url",
    "deployment_id",
    "extra_headers",
    "max_retries",
    "organization",
    "request_timeout",
    "stream",
    "thinking",
    "timeout",
]

_POINTS = "cache_control_injection_points"

#: What DSPy and others turn up and down: trunkline's logger.
verbose_logger = logging.getLogger("trunkline")


def _turn_on_debug() -> None:
    """Enable trunkline's debug log."""
    verbose_logger.setLevel(logging.DEBUG)


def _disable_debugging() -> None:
    """Make trunkline log only warnings and errors."""
    verbose_logger.setLevel(logging.WARNING)


def _extract_response_obj_and_hidden_params(
    init_response_obj: Any,
    original_exception: Exception | None = None,  # noqa: ARG001  # callers of litellm pass it
) -> tuple[Any, dict[str, Any] | None]:
    """Return a response as a dictionary, and its `_hidden_params`; any other object unchanged.

    The OpenAI Agents SDK replaces this function to silence warnings, which do not occur here.
    """
    if not isinstance(init_response_obj, BaseModel):
        return init_response_obj, None
    hidden: dict[str, Any] | None = getattr(init_response_obj, "_hidden_params", None)
    return init_response_obj.model_dump(), hidden


def function_to_dict(input_function: Callable[..., Any]) -> dict[str, Any]:
    """Return the definition of a Python function: name, description and schema of its parameters.

    `tools=` takes the function itself, too.

    Raises:
        BadRequestError: an argument has no type, or one without a schema.
    """
    definition = dict(function_tool(input_function).definition["function"])
    parameters = dict(definition["parameters"])
    # litellm's has no such key.
    parameters.pop("additionalProperties", None)
    return {**definition, "parameters": parameters}


def get_secret_bool(secret_name: str, default_value: bool | None = None) -> bool | None:
    """Return the boolean value of an environment variable."""
    text = os.environ.get(secret_name, "").strip().lower()
    return {"true": True, "false": False}.get(text, default_value)


def get_secret(secret_name: str, default_value: Any = None) -> Any:
    """Return the value of an environment variable."""
    return os.environ.get(secret_name, default_value)


get_secret_str = get_secret


def load_credentials_from_list(kwargs: dict[str, Any]) -> None:
    """Do nothing: there are no named credentials; keys are arguments or variables."""


def validate_and_fix_thinking_param(thinking: Any) -> Any:
    """Return a call's `thinking` unchanged."""
    return thinking


def get_optional_params(
    model: str,
    custom_llm_provider: str | None = None,  # noqa: ARG001  # callers of litellm pass it
    *,
    thinking: dict[str, Any] | None = None,
    reasoning_effort: str | None = None,
    drop_params: bool | None = None,  # noqa: ARG001  # callers of litellm pass it
    **params: Any,
) -> dict[str, Any]:
    """Return a call's parameters, with `thinking` set if Claude needs it for an effort.

    Everything else is turned into a provider's words when it is sent, and not here.
    """
    if thinking is None and reasoning_effort not in {None, "none"} and "claude" in model.lower():
        kinds = {"budget": {"type": "enabled"}, "adaptive": {"type": "adaptive"}}
        thinking = kinds.get(claude_model(model).thinking)
    given = {"thinking": thinking, "reasoning_effort": reasoning_effort, **params}
    return {name: value for name, value in given.items() if value is not None}


def prefer_thinking(arguments: dict[str, Any], models: Iterable[str]) -> None:
    """Remove the effort of a call whose `thinking` says the same as a number of tokens.

    litellm takes both, and OpenHands sends both, to older models of Claude. Their APIs have only
    the number, so trunkline refuses both together. Gateways are sent what was given.

    Args:
        arguments: those of a call.
        models: the models that may answer it.
    """
    both = arguments.get("thinking") and arguments.get("reasoning_effort")
    provider: str | None = arguments.get("custom_llm_provider")
    if both and all(_thinks_for_a_budget(model, provider) for model in models):
        del arguments["reasoning_effort"]


def _thinks_for_a_budget(model: str, provider: str | None) -> bool:
    if "claude" not in model.lower() or claude_model(model).thinking != "budget":
        return False
    try:
        supported = get_supported_openai_params(model if provider else spell(model), provider)
    except BadRequestError:
        return False
    return "thinking" in supported


def add_base_model(given: dict[str, Any], params: Mapping[str, Any], model: object) -> None:
    """Add the `model_info` to a call or deployment that names the model whose prices apply.

    litellm takes the listed prices of a model at every address; trunkline only at the provider's.
    `params` has the address. Without one, or for a model without facts, nothing is added.
    """
    info = as_object(given.get("model_info") or {})
    if info is None:
        # The call refuses it.
        return
    elsewhere = params.get("api_base") or params.get("base_url")
    if elsewhere and isinstance(model, str) and not info.get("base_model") and is_known(model):
        given["model_info"] = {**info, "base_model": spell(model)}


def mark_for_cache(messages: Any, points: Any) -> Any:
    """Return messages with `cache_control` at the places that `points` describe.

    A point has `location` "message", and `index`, or `role` for all messages of it; `control` is
    the mark. Providers that do not know marks are not sent any.

    Raises:
        BadRequestError: a point is another place than a message, or `points` has another shape.

    Source: https://docs.litellm.ai/docs/tutorials/prompt_caching
    """
    if not points:
        return messages
    if not isinstance(points, list) or not all(map(as_object, cast("list[object]", points))):
        raise wrong_type(_POINTS, "a list of dictionaries", cast("object", points))
    if not isinstance(messages, Sequence):
        # The call refuses them.
        return messages
    marked = list(cast("Sequence[Any]", messages))  # type: ignore[redundant-cast]  # pyright needs it
    for point in cast("list[JSON]", points):
        if point.get("location") != "message":
            raise BadRequestError(
                f"{_POINTS}: only messages are supported, not {point.get('location')!r}; set "
                "cache_control in the object itself",
                param=_POINTS,
            )
        mark = point.get("control") or {"type": "ephemeral"}
        for position in _places(marked, point):
            marked[position] = {**dict(marked[position]), "cache_control": mark}
    return marked


def _places(messages: Sequence[Any], point: JSON) -> list[int]:
    """Return the numbers of the messages of a point; the call refuses what is not a message."""
    index = point.get("index")
    if index is None:
        role = point.get("role")
        return [n for n, message in enumerate(messages) if role and _role(message) == role]
    try:
        position = int(index)
    except (TypeError, ValueError):
        raise wrong_type(f"{_POINTS}[].index", "int", index) from None
    inside = -len(messages) <= position < len(messages) and _role(messages[position])
    return [position] if inside else []


def _role(message: object) -> object:
    """Return the role of a message, None for what is not a message."""
    if isinstance(message, Mapping):
        return cast("JSON", message).get("role")
    return getattr(message, "role", None) if isinstance(message, BaseModel) else None
