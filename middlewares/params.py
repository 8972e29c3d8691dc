"""Check that the provider and the model support the parameters of a call."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, cast

from ..pipeline.call.chat_params import CHAT_PARAMS, RESPONSES_STATE
from ..pipeline.call.native import NativeCall, type_of, with_tools
from ..pipeline.call.request import Endpoint, Handler, Reply, Request, replace
from ..pipeline.errors import (
    APIError,
    BadRequestError,
    InvalidArgumentError,
    UnsupportedParamsError,
)
from ..pipeline.json_values import as_array, as_object
from .checked_arguments import is_list
from .param_paths import parse_path, without

_log = logging.getLogger("trunkline")

# The library itself adds usage at the end of a stream, with every provider.
_HANDLED_HERE = frozenset({"stream_options"})
# OpenAI's two names for one limit: the provider's row says which one it supports.
_SYNONYMS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
# The type of tools whose input is free text.
_CUSTOM = "custom"
# OpenAI's defaults: dropping a parameter with this value changes nothing.
_DEFAULTS: Mapping[str, object] = {
    "background": False,
    "frequency_penalty": 0,
    "logprobs": False,
    "n": 1,
    "parallel_tool_calls": True,
    "presence_penalty": 0,
    "store": False,
    "temperature": 1,
    "top_p": 1,
    "verbosity": "medium",
}
# They identify the end user or a cache, and do not change the response.
_HINTS = frozenset(
    {
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "user",
    }
)


class Params:
    """Rejects or drops OpenAI parameters that the provider or the model does not support.

    `response.dropped_params` and the debug log list what was dropped. Only these are dropped
    without `drop_params`: a value that is OpenAI's default anyway (`n=1`), hints that do not
    change the response (`user`, `prompt_cache_key`), and stop sequences beyond the provider's
    maximum. Parameters that are not OpenAI's are passed on unless the model is known to refuse
    them.

    The options of a call with the same names take precedence over these arguments.

    Args:
        drop_params: drop unsupported parameters instead of rejecting the call.
        additional_drop_params: parameters to drop even if they are supported; paths such as
            `tools[*].function.strict` and `a.b[0]` work too.
        allowed_openai_params: parameters to send even if they are not known to be supported;
            they are added to the body unchanged.
        disable_stop_sequence_limit: send all stop sequences.

    Raises:
        UnsupportedParamsError: a parameter is not supported; the message names the parameter,
            the model and the remedies.
        BadRequestError: an option has a wrong type (InvalidArgumentError: an argument has).
    """

    options = frozenset(
        {
            "additional_drop_params",
            "allowed_openai_params",
            "disable_stop_sequence_limit",
            "drop_params",
        }
    )

    def __init__(
        self,
        *,
        drop_params: bool = False,
        additional_drop_params: Iterable[str] = (),
        allowed_openai_params: Iterable[str] = (),
        disable_stop_sequence_limit: bool = False,
    ) -> None:
        self.settings: Mapping[str, Any] = {
            "drop_params": drop_params,
            "additional_drop_params": _names(additional_drop_params),
            "allowed_openai_params": _names(allowed_openai_params),
            "disable_stop_sequence_limit": disable_stop_sequence_limit,
        }
        try:
            _check(self.settings)
        except BadRequestError as error:
            raise InvalidArgumentError(error.message, param=error.param) from None
        self._given = {name: value for name, value in self.settings.items() if value}

    def __repr__(self) -> str:
        return f"Params({', '.join(f'{name}={value!r}' for name, value in self._given.items())})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer with parameters that the model supports."""
        settings = self.settings
        if request.options and not self.options.isdisjoint(request.options):
            own = {name: request.options[name] for name in self.options & request.options.keys()}
            _check(own)
            settings = {**settings, **own}
        if not request.params and request.native is None:
            return call_next(request)
        if "tool_choice" in request.params:
            from ..pipeline.call.tool_params import check_chosen  # noqa: PLC0415  # few calls have one

            check_chosen(request)
        try:
            endpoint = request.adapter.resolve(request)
        except APIError:
            # The adapter raises this error again when it is called.
            return call_next(request)
        fitted, dropped = _fit(request, endpoint, settings)
        if fitted is request:
            return call_next(request)
        return _call(fitted, call_next, dropped)


async def _call(request: Request, call_next: Handler, dropped: list[str]) -> Reply:
    if dropped:
        names = ", ".join(dropped)
        _log.debug("%s: dropped %s", request.model, names)
        request.trail.add("Params", "dropped", params=names)
    reply = await call_next(request)
    if dropped:
        reply.call.dropped_params = [*dropped, *reply.call.dropped_params]
    return reply


def _fit(
    request: Request, endpoint: Endpoint, settings: Mapping[str, Any]
) -> tuple[Request, list[str]]:
    """Return the request with supported parameters only, and the names of those dropped."""
    params, dropped = _drop_named(request.params, settings["additional_drop_params"])
    native, lacking = _fit_native(request, endpoint, settings)
    dropped += lacking
    extra_body = request.extra_body
    unsupported = _unsupported(params, endpoint)
    if unsupported:
        # Allowed ones go into the body unchanged: the provider's wire would not write them.
        allowed = [name for name in unsupported if name in settings["allowed_openai_params"]]
        extra_body = {**{name: params[name] for name in allowed}, **extra_body}
        others = [name for name in unsupported if name not in allowed]
        refused = [name for name in others if not _is_harmless(name, params[name])]
        if refused and not settings["drop_params"]:
            if request.native is not None and endpoint.wire == "responses":
                # The provider gets such a request as it was given, and checks it itself.
                return replace(request, params=params, native=native), dropped
            raise _refusal(refused, request, endpoint)
        params = {name: value for name, value in params.items() if name not in unsupported}
        dropped += others
    if "tools" in params and endpoint.lacking_tools:
        params, lacking = _without_tools(params, endpoint.lacking_tools)
        if lacking and not settings["drop_params"]:
            if native is not None and native.wrong:
                # The adapter says what is malformed; these tools may be that.
                return request, dropped
            raise _tool_refusal(lacking, request, endpoint)
        dropped += lacking
    stop, limit = params.get("stop"), endpoint.max_stop_sequences
    if limit is not None and isinstance(stop, list | tuple):
        sequences = cast("list[str]", stop)
        if len(sequences) > limit and not settings["disable_stop_sequence_limit"]:
            params = {**params, "stop": sequences[:limit]}
            dropped += [f"stop[{number}]" for number in range(limit, len(sequences))]
    if native is not None and endpoint.wire == "chat" and settings["drop_params"]:
        dropped += native.unsupported
        native = native.without_unsupported() if native.unsupported else native
    if params is request.params and native is request.native:
        return request, dropped
    return replace(request, params=params, extra_body=extra_body, native=native), dropped


def _fit_native(
    request: Request, endpoint: Endpoint, settings: Mapping[str, Any]
) -> tuple[NativeCall | None, list[str]]:
    """Return the form in the Responses API without what its provider lacks, and what was dropped.

    A provider that has the API checks everything else itself.
    """
    native = request.native
    if native is None:
        return None, []
    named: Iterable[str] = settings["additional_drop_params"]
    gone = [name for name in named if name in native.body and name not in native.params]
    if gone:
        native = native.without(gone, ())
    if endpoint.wire != "responses":
        return native, gone
    found = native.lacking(RESPONSES_STATE - endpoint.supported, endpoint.lacking_tools)
    lacking = [name for name in found if name not in settings["allowed_openai_params"]]
    if not lacking:
        return native, gone
    if not settings["drop_params"]:
        raise native.refusal(lacking, endpoint.provider, request.model)
    return native.without(lacking, endpoint.lacking_tools), [*gone, *lacking]


def _without_tools(
    params: Mapping[str, Any], lacking: frozenset[str]
) -> tuple[Mapping[str, Any], list[str]]:
    """Return the parameters without tools of these types, and the names of those left out."""
    tools = as_array(params["tools"]) or []
    kinds = [_type_of(tool) for tool in tools]
    found = list(dict.fromkeys(f"tools ({kind})" for kind in kinds if kind in lacking))
    if not found:
        return params, found
    kept = [tool for tool, kind in zip(tools, kinds, strict=True) if kind not in lacking]
    return with_tools(params, kept, lacking), found


def _type_of(tool: object) -> str | None:
    """Return the type of an OpenAI tool, None for a function or a tool that the provider defines.

    Functions, and tools of some providers, have their settings in an object.
    """
    fields = as_object(tool) or {}
    kind = type_of(tool)
    if kind == _CUSTOM:
        # With a schema, it is a function in Anthropic's format.
        return None if "input_schema" in fields else _CUSTOM
    return None if {kind, "function"} & fields.keys() else kind


def _drop_named(
    params: Mapping[str, Any], paths: Iterable[str]
) -> tuple[Mapping[str, Any], list[str]]:
    dropped: list[str] = []
    for text in paths:
        fewer = without(params, parse_path(text))
        if fewer is not params:
            params = fewer
            dropped.append(text)
    return params, dropped


def _unsupported(params: Mapping[str, Any], endpoint: Endpoint) -> list[str]:
    supported = endpoint.supported
    found = [
        name
        for name in params
        if (
            (name in CHAT_PARAMS or name in RESPONSES_STATE)
            and name not in supported
            and name not in _HANDLED_HERE
            and _SYNONYMS.get(name) not in supported
        )
        or name in endpoint.refused
    ]
    for pair in endpoint.exclusive:
        if all(name in params and name not in found for name in pair):
            kept, other = pair
            found.append(kept if _is_harmless(kept, params[kept]) else other)
    return found


def _is_harmless(name: str, value: object) -> bool:
    return name in _HINTS or (name in _DEFAULTS and value == _DEFAULTS[name])


def _refusal(names: list[str], request: Request, endpoint: Endpoint) -> UnsupportedParamsError:
    native = request.native
    given = names if native is None else list(dict.fromkeys(map(native.name_of, names)))
    listed = ", ".join(given)
    together = [kept for kept, other in endpoint.exclusive if other in names]
    api = f" together with {', '.join(together)}" if together else ""
    remedy = f"remove {listed}"
    if endpoint.wire == "responses":
        api += f" in the Responses API, which is used here ({endpoint.reason})"
        if endpoint.in_chat.issuperset(names):
            it = "it" if len(names) == 1 else "them"
            remedy += f" or that reason, because chat completions support {it}"
    elif not RESPONSES_STATE.isdisjoint(names):
        api += ", where this call uses chat completions, not the Responses API"
    return UnsupportedParamsError(
        f"{listed}: not supported by {endpoint.provider} for {endpoint.model}{api}; "
        f"{remedy}, pass drop_params=True to drop unsupported parameters, or pass "
        f"allowed_openai_params={names!r} to send {'it' if len(names) == 1 else 'them'} anyway",
        endpoint.provider,
        request.model,
        param=given[0],
    )


def _tool_refusal(names: list[str], request: Request, endpoint: Endpoint) -> UnsupportedParamsError:
    listed = ", ".join(names)
    return UnsupportedParamsError(
        f"{listed}: not supported by {endpoint.provider} for {endpoint.model}, which has no tools "
        f"of this type; remove {listed}, pass drop_params=True to drop unsupported parameters, "
        "or pass extra_body={'tools': [...]} to send them anyway",
        endpoint.provider,
        request.model,
        param="tools",
    )


def _check(settings: Mapping[str, Any]) -> None:
    """Raise BadRequestError if a setting has a wrong type."""
    for name, value in settings.items():
        if name in ("drop_params", "disable_stop_sequence_limit"):
            if not isinstance(value, bool):
                raise _wrong_type(name, "bool", value)
        elif not _are_names(value):
            raise _wrong_type(name, "a list of str", value)


def _names(given: object) -> object:
    """Return names as a list, and a value of a wrong type as it is."""
    return list(cast("Iterable[object]", given)) if is_list(given) else given


def _are_names(value: object) -> bool:
    if not isinstance(value, list | tuple | set | frozenset):
        return False
    return all(isinstance(item, str) for item in cast("Iterable[object]", value))


def _wrong_type(name: str, expected: str, value: object) -> BadRequestError:
    return BadRequestError(f"{name}: expected {expected}, got {value!r}", param=name)
