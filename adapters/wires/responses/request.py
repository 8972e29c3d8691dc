"""A call as a request to the Responses API.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ....pipeline.call.native import NativeCall
from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...provider.param_groups import RESPONSES_ONLY
from ...provider.row import Provider
from ...provider.rules import model_flags
from .addresses import send_to_response
from .changed_input import change_input
from .changed_tools import change_tools
from .messages import Way, input_items
from .origin import called_home, check_stored, portable_items
from .reasoning_state import without_own_reasoning
from .tools import response_tool_choice, response_tools

#: OpenAI parameters that this wire has a place for.
PARAMS = RESPONSES_ONLY | {
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "moderation",
    "parallel_tool_calls",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
}
#: Parameters that ask for state at the provider, which needs responses that are stored.
_STATEFUL = frozenset({"background", "conversation", "previous_response_id"})
_ENCRYPTED = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")

_Writer = Callable[[JSON, Any], None]


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: the API has no place for something, or it cannot be written as JSON.
    """
    path = provider.responses.path if provider.responses is not None else "/responses"
    native = request.native
    if native is not None and native.action != "create":
        outgoing = http_request(request, provider, endpoint, b"", path=path)
        send_to_response(outgoing, native, stream=request.stream)
        return outgoing
    body = encode_json(response_body(request, provider, endpoint))
    return http_request(request, provider, endpoint, body, path=path)


def response_body(request: Request, provider: Provider, endpoint: Endpoint) -> JSON:
    """Return the body of a request."""
    if request.native is not None:
        return native_body(request, request.native, provider, endpoint)
    home = endpoint.home
    items = input_items(request.messages, provider.name, Way(called_home(request, home), home))
    body: JSON = {"model": endpoint.model, "input": items}
    for name, value in request.params.items():
        _write(body, name, value)
    _be_stateless(body, reasons="reasons" in model_flags(provider, endpoint.model))
    check_stored(body, request, endpoint)
    if request.stream:
        body["stream"] = True
    return overlay(body, request.extra_body) if request.extra_body else body


def _write(body: JSON, name: str, value: Any) -> None:
    write = _WRITERS.get(name)
    if write is None:
        body[name] = value
    else:
        write(body, value)


def _be_stateless(body: JSON, *, reasons: bool) -> None:
    """Store nothing unless the caller asks for it, and get reasoning back to send it again.

    Chat completions store nothing by default; the Responses API does, for 30 days. Models that do
    not reason refuse to include reasoning.
    """
    if _STATEFUL.isdisjoint(body):
        body.setdefault("store", False)
    if reasons and body.get("store") is False:
        _include(body, _ENCRYPTED)


def _include(body: JSON, name: str) -> None:
    known = as_array(body.get("include")) or []
    if name not in known:
        body["include"] = [*known, name]


def _write_limit(body: JSON, value: Any) -> None:
    if "max_output_tokens" in body:
        names = ", ".join(_LIMITS)
        raise BadRequestError(f"{names}: give one of them, not several", param="max_tokens")
    body["max_output_tokens"] = value


def _write_tools(body: JSON, value: Any) -> None:
    known = as_array(body.get("tools")) or []
    written = response_tools(value)
    several = as_array(written)
    body["tools"] = written if several is None else [*known, *several]


def _write_search(body: JSON, value: Any) -> None:
    options = as_object(value) or {}
    place = as_object(options.get("user_location"))
    if place is not None:
        # https://platform.openai.com/docs/guides/tools-web-search
        approximate = as_object(place.get("approximate")) or {}
        rest = {name: item for name, item in place.items() if name != "approximate"}
        options = {**options, "user_location": {**rest, **approximate}}
    body["tools"] = [*(as_array(body.get("tools")) or []), {"type": "web_search", **options}]


def _write_choice(body: JSON, value: Any) -> None:
    body["tool_choice"] = response_tool_choice(value)


def _write_format(body: JSON, value: Any) -> None:
    form = as_object(value) or {}
    schema = as_object(form.get("json_schema"))
    written = value if schema is None else {"type": form.get("type"), **schema}
    body["text"] = {**(as_object(body.get("text")) or {}), "format": written}


def _write_verbosity(body: JSON, value: Any) -> None:
    body["text"] = {**(as_object(body.get("text")) or {}), "verbosity": value}


def _write_text(body: JSON, value: Any) -> None:
    given = as_object(value)
    known = as_object(body.get("text")) or {}
    body["text"] = value if given is None else {**known, **given}


def _write_effort(body: JSON, value: Any) -> None:
    given = as_object(value)
    known = as_object(body.get("reasoning")) or {}
    body["reasoning"] = {**known, **({"effort": value} if given is None else given)}


def _write_reasoning(body: JSON, value: Any) -> None:
    given = as_object(value)
    known = as_object(body.get("reasoning")) or {}
    body["reasoning"] = value if given is None else {**known, **given}


def _write_include(body: JSON, value: Any) -> None:
    names = as_array(value)
    if names is None:
        body["include"] = value
        return
    for name in names:
        _include(body, name)


def _write_logprobs(body: JSON, value: Any) -> None:
    if value:
        _include(body, _LOGPROBS)


def _write_stream_options(body: JSON, value: Any) -> None:
    # Usage always comes; `include_usage` only decides whether the caller sees its chunk.
    given = dict(as_object(value) or {})
    given.pop("include_usage", None)
    if given:
        body["stream_options"] = given


#: How parameters of chat completions are written; all others go under their own names.
_WRITERS: Mapping[str, _Writer] = {
    **dict.fromkeys(_LIMITS, _write_limit),
    "include": _write_include,
    "logprobs": _write_logprobs,
    "reasoning": _write_reasoning,
    "reasoning_effort": _write_effort,
    "response_format": _write_format,
    "stream_options": _write_stream_options,
    "text": _write_text,
    "tool_choice": _write_choice,
    "tools": _write_tools,
    "verbosity": _write_verbosity,
    "web_search_options": _write_search,
}


def native_body(
    request: Request, native: NativeCall, provider: Provider, endpoint: Endpoint
) -> JSON:
    """Return the body that the caller gave, changed only where a middleware changed the call."""
    stores = "previous_response_id" in endpoint.supported
    home = endpoint.home if stores else ""
    body: JSON = {"model": endpoint.model, **native.body_for(home)}
    if request.messages is not native.messages:
        # They contain the earlier turns, if these are known.
        body = {"model": endpoint.model, **native.body_for("")}
        change_input(body, native, request.messages, provider.name)
    elif isinstance(body.get("input"), list):
        body["input"] = without_own_reasoning(body["input"])
    if isinstance(body.get("input"), list):
        body["input"] = portable_items(body["input"], request, endpoint)
    if request.params is not native.params:
        _rewrite(body, native.params, request.params)
    check_stored(body, request, endpoint)
    if request.stream:
        body["stream"] = True
    return overlay(body, request.extra_body) if request.extra_body else body


def _rewrite(body: JSON, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Write the parameters that differ, and leave out those that are gone."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if "tools" in names:
        names.remove("tools")
        tools = change_tools(body.pop("tools", None), before.get("tools"), after.get("tools"))
        if tools:
            body["tools"] = tools
    for name in names:
        _erase(body, name)
    for name in names:
        if name in after:
            _write(body, name, after[name])


def _erase(body: JSON, name: str) -> None:
    """Take from a body what a parameter has written, and nothing else."""
    if name in _LIMITS:
        body.pop("max_output_tokens", None)
    elif name == "logprobs":
        included = as_array(body.get("include")) or ()
        body["include"] = [each for each in included if each != _LOGPROBS]
    elif name in _INNER:
        outer, inner = _INNER[name]
        fields = as_object(body.get(outer)) or {}
        body[outer] = {key: value for key, value in fields.items() if key != inner}
    else:
        body.pop(name, None)
        return
    for outer in ("include", "reasoning", "text"):
        if body.get(outer) in ([], {}):
            del body[outer]


#: Fields that parameters are written into.
_INNER = {
    "reasoning_effort": ("reasoning", "effort"),
    "response_format": ("text", "format"),
    "verbosity": ("text", "verbosity"),
}
