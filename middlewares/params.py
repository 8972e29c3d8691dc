"""Check that the provider and the model take the parameters of a call."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, cast

from ..pipeline.call.chat_params import CHAT_PARAMS
from ..pipeline.call.request import Endpoint, Handler, Reply, Request, replace
from ..pipeline.errors import APIError, BadRequestError, UnsupportedParamsError
from .param_paths import parse_path, without

_log = logging.getLogger("trunkline")

# What stream_options asks for, usage at the end, the library gives with every provider.
_OURS = frozenset({"stream_options"})
# OpenAI's two names of one limit: the provider's row says which of them it takes.
_SAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
# These values say what leaving the parameter out says, so that nothing is lost with them.
_DEFAULTS: Mapping[str, object] = {
    "frequency_penalty": 0,
    "logprobs": False,
    "n": 1,
    "parallel_tool_calls": True,
    "presence_penalty": 0,
    "store": False,
    "temperature": 1,
    "top_p": 1,
}
# They tell the provider who asks and which cache may help, and change nothing in the answer.
_HINTS = frozenset({"prompt_cache_key", "prompt_cache_retention", "safety_identifier", "user"})


class Params:
    """Refuses OpenAI's parameters that a provider or model does not take, or drops them.

    What was dropped is in `response.dropped_params` and in the debug log. Dropped without being
    asked are only: a value that is OpenAI's default anyway (`n=1`), what tells the provider who
    asks or which cache may help (`user`, `prompt_cache_key`), and stop sequences beyond the
    number that a provider takes. A provider's own parameters always pass.

    The call's arguments of the same names go before these.

    Args:
        drop_params: leave out what is not supported, instead of refusing the call.
        additional_drop_params: parameters to leave out whatever the provider says, also paths
            such as `tools[*].function.strict` and `a.b[0]`.
        allowed_openai_params: parameters to send though they are not known to be supported; they
            go into the body as they are.
        disable_stop_sequence_limit: send all stop sequences.

    Raises:
        UnsupportedParamsError: a parameter is not supported; it names the parameter, the model
            and what can be done.
        BadRequestError: one of the options is not what it should be.
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
            "additional_drop_params": list(additional_drop_params),
            "allowed_openai_params": list(allowed_openai_params),
            "disable_stop_sequence_limit": disable_stop_sequence_limit,
        }
        _check(self.settings)
        self._given = {name: value for name, value in self.settings.items() if value}

    def __repr__(self) -> str:
        return f"Params({', '.join(f'{name}={value!r}' for name, value in self._given.items())})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on with parameters that the model takes."""
        if not request.params:
            return call_next(request)
        settings = self.settings
        if not self.options.isdisjoint(request.options):
            own = {name: request.options[name] for name in self.options & request.options.keys()}
            _check(own)
            settings = {**settings, **own}
        try:
            endpoint = request.adapter.resolve(request)
        except APIError:
            # What is wrong with the model or the key, the adapter says when it is its turn.
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
    """Return the request as it can be sent, and what was dropped of it."""
    params, dropped = _drop_named(request.params, settings["additional_drop_params"])
    extra_body = request.extra_body
    unsupported = _unsupported(params, endpoint)
    if unsupported:
        # An allowed one goes into the body as it is: the provider's wire would not write it.
        allowed = [name for name in unsupported if name in settings["allowed_openai_params"]]
        extra_body = {**{name: params[name] for name in allowed}, **extra_body}
        others = [name for name in unsupported if name not in allowed]
        refused = [name for name in others if not _is_harmless(name, params[name])]
        if refused and not settings["drop_params"]:
            raise _refusal(refused, request, endpoint)
        params = {name: value for name, value in params.items() if name not in unsupported}
        dropped += others
    stop, limit = params.get("stop"), endpoint.max_stop_sequences
    if limit is not None and isinstance(stop, list | tuple):
        sequences = cast("list[str]", stop)
        if len(sequences) > limit and not settings["disable_stop_sequence_limit"]:
            params = {**params, "stop": sequences[:limit]}
            dropped += [f"stop[{number}]" for number in range(limit, len(sequences))]
    if params is request.params:
        return request, dropped
    return replace(request, params=params, extra_body=extra_body), dropped


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
    return [
        name
        for name in params
        if name in CHAT_PARAMS
        and name not in supported
        and name not in _OURS
        and _SAME.get(name) not in supported
    ]


def _is_harmless(name: str, value: object) -> bool:
    return name in _HINTS or (name in _DEFAULTS and value == _DEFAULTS[name])


def _refusal(names: list[str], request: Request, endpoint: Endpoint) -> UnsupportedParamsError:
    listed = ", ".join(names)
    return UnsupportedParamsError(
        f"{listed}: {endpoint.provider} does not take {'it' if len(names) == 1 else 'them'} with "
        f"{endpoint.model}; leave out {listed}, pass drop_params=True to have it done, or "
        f"allowed_openai_params={names!r} to send it all the same",
        endpoint.provider,
        request.model,
        param=names[0],
    )


def _check(settings: Mapping[str, Any]) -> None:
    """Raise BadRequestError where a setting is not of its type."""
    for name, value in settings.items():
        if name in ("drop_params", "disable_stop_sequence_limit"):
            if not isinstance(value, bool):
                raise _wrong(name, "True or False", value)
        elif not _are_names(value):
            raise _wrong(name, "a list of names", value)


def _are_names(value: object) -> bool:
    if not isinstance(value, list | tuple | set | frozenset):
        return False
    return all(isinstance(item, str) for item in cast("Iterable[object]", value))


def _wrong(name: str, wanted: str, value: object) -> BadRequestError:
    return BadRequestError(f"{name}: expected {wanted}, got {value!r}", param=name)
