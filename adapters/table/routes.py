"""Which API of a provider a call uses: chat completions, or the Responses API.

Decided from the row, the model's name and the call, before anything is sent. docs/responses.md
explains the rules to users.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ...pipeline.call.chat_params import CHAT_PARAMS
from ...pipeline.call.request import Request, Wire
from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import as_array, as_object
from ..encode.url_parts import host_of
from ..provider.param_groups import BUILT_IN_TOOLS, CHAT_ONLY, RESPONSES_ONLY
from ..provider.row import Provider, ResponsesAPI
from ..provider.rules import effort_of, listed_apis, model_flags, supported_params, wire_of
from .endpoint import base_model, base_url_of
from .table import find_requested, list_providers, table_state

_ONLY_CHAT = frozenset[Wire]({"chat"})
_ONLY_RESPONSES = frozenset[Wire]({"responses"})
#: What a prefix of a model's name forces.
_PREFIXES: Mapping[str, Wire] = {"chat": "chat", "responses": "responses"}
#: The parameters that a route depends on.
_DECISIVE = RESPONSES_ONLY | {"base_model", "reasoning_effort", "tools"}
MAX_REMEMBERED = 1000


class Route(NamedTuple):
    """Where a call goes.

    Attributes:
        provider: the row.
        model: the model's name as it is sent.
        api: the API that is used.
        wire: the name of the wire that speaks it.
        reason: why it is that API, "" where it is the usual one.
    """

    provider: Provider
    model: str
    api: Wire
    wire: str
    reason: str


#: The routes of calls without decisive parameters, by what else they depend on.
REMEMBERED: dict[tuple[str, str | None, bool, Wire | None, object], Route] = {}


def find_route(request: Request) -> Route:
    """Return the route of a request.

    Raises:
        BadRequestError: the provider is unknown, or the model lacks the API that the call names.
    """
    if request.native is not None or not _DECISIVE.isdisjoint(request.params):
        return _decide(request)
    has_address = request.base_url is not None
    key = (request.model, request.provider, has_address, request.wire, table_state())
    route = REMEMBERED.get(key)
    if route is None:
        route = _decide(request)
        if len(REMEMBERED) >= MAX_REMEMBERED:
            REMEMBERED.clear()
        REMEMBERED[key] = route
    return route


def _decide(request: Request) -> Route:
    provider, model = find_requested(request)
    prefix, name = split_api(provider, model) if "/" in model else (None, model)
    responses = provider.responses
    native = request.native
    if native is not None and native.action != "create":
        if responses is None:
            raise _no_stored_responses(provider, native.action)
        return Route(provider, name, "responses", responses.wire, f"{native.action}_response()")
    if responses is None:
        if request.wire == "responses":
            raise _no_responses(provider, 'leave out wire="responses"')
        return Route(provider, name, "chat", wire_of(provider, name), "")
    known = base_model(request.params) if "base_model" in request.params else name
    api, reason = _choose(request, provider, known, responses, prefix)
    wire = responses.wire if api == "responses" else wire_of(provider, known)
    return Route(provider, name, api, wire, reason)


def split_api(provider: Provider, model: str) -> tuple[Wire | None, str]:
    """Return the API that a prefix of a model's name forces, if any, and the name without it.

    Raises:
        BadRequestError: it is the Responses API, and the provider does not have it; or no name
            follows the prefix.
    """
    prefix, slash, name = model.partition("/")
    forced = _PREFIXES.get(prefix)
    if forced is None or not slash:
        return None, model
    if not name.strip():
        named = f"{provider.name}/{prefix}/"
        raise BadRequestError(f"model: {named!r} names no model after {prefix!r}", param="model")
    if provider.responses is not None:
        return forced, name
    if forced == "responses":
        raise _no_responses(provider, f"write {provider.name}/{name}")
    # A model of this provider may be called that.
    return None, model


def api_hint(request: Request) -> str:
    """Return how a request that uses chat completions can use the Responses API, "" if it cannot.

    At an address of the caller's own nobody knows which APIs there are.
    """
    provider, model = find_requested(request)
    apis = listed_apis(provider, model)
    if provider.responses is None or (apis is not None and "responses" not in apis):
        return ""
    return 'pass wire="responses" if the server has that API, '


def describe_route(request: Request) -> str:
    """Return a line of text that says which API a request uses, and why.

    Raises:
        BadRequestError: as `find_route`.
    """
    route = find_route(request)
    name = "the Responses API" if route.api == "responses" else "chat completions"
    if route.provider.responses is None and route.wire != "openai":
        name = "the provider's own API"
    return f"{request.model} uses {name}" + (f": {route.reason}" if route.reason else "")


def _choose(
    request: Request,
    provider: Provider,
    model: str,
    responses: ResponsesAPI,
    prefix: Wire | None,
) -> tuple[Wire, str]:
    """Return the API of a call to a provider that has both, and why it is that one."""
    needs = _needs_responses(request, responses)
    if not needs and "reasoning_effort" in request.params:
        needs = _needs_for_effort(request, provider, model)
    forced = prefix or request.wire
    if forced:
        by = f"the prefix {prefix}/" if prefix else f'wire="{forced}"'
        check_api(provider, model, forced, by)
        if forced == "chat" and needs:
            raise _forbidden(request, provider, needs, by)
        return forced, by
    apis = _ONLY_CHAT if responses.used == "asked" else listed_apis(provider, model)
    if apis == _ONLY_RESPONSES:
        choice: tuple[Wire, str] = ("responses", f"{model} has only this API")
    elif apis == _ONLY_CHAT or not (needs or request.native or "tools" in request.params):
        choice = ("chat", "")
    elif request.native is not None and (responses.used == "always" or request.native.unsupported):
        choice = ("responses", "a call of responses()")
    elif needs:
        choice = ("responses", f"{needs}, which only the Responses API has")
    elif responses.for_tools and request.params.get("tools"):
        choice = _for_tools(request.params, provider, model)
    else:
        choice = ("chat", "")
    if choice[0] == "responses" and apis != _ONLY_RESPONSES:
        host = _custom_host(request, provider, responses)
        if host is not None:
            return "chat", f"{host} is a custom address"
    return choice


def check_api(provider: Provider, model: str, forced: Wire, by: str) -> None:
    """Raise an error if a model is known to lack the API that `by` forces.

    Raises:
        BadRequestError: the model lacks it.
    """
    apis = listed_apis(provider, model)
    if apis is None or forced in apis:
        return
    on_request = "" if provider.responses is None else provider.responses.on_request
    if on_request and re.search(on_request, model.lower()):
        return
    has = "the Responses API" if forced == "chat" else "chat completions"
    other: Wire = "responses" if forced == "chat" else "chat"
    raise BadRequestError(
        f"{provider.name} offers {model} with {has} only, and {by} forbids that; leave it out, or "
        f'write "{other}" instead of "{forced}"',
        provider.name,
        param="model",
    )


def _forbidden(request: Request, provider: Provider, needs: str, by: str) -> BadRequestError:
    return BadRequestError(
        f"{needs}: only the Responses API has this, and {by} forbids it; leave one of them out",
        provider.name,
        request.model,
        param=needs.partition(" ")[0],
    )


def _needs_responses(request: Request, responses: ResponsesAPI) -> str:
    """Return what in a call only the Responses API has, "" where there is nothing."""
    params = request.params
    if request.native is not None or not params:
        return ""
    names = (RESPONSES_ONLY - responses.chat_params) & params.keys()
    if names:
        return min(names)
    if "reasoning_effort" in params:
        reasoning = as_object(params["reasoning_effort"]) or {}
        if any(value is not None for name, value in reasoning.items() if name != "effort"):
            return "reasoning_effort with more than an effort"
    if "tools" not in params:
        return ""
    for tool in as_array(params["tools"]) or ():
        kind = (as_object(tool) or {}).get("type")
        if isinstance(kind, str) and kind in BUILT_IN_TOOLS:
            return f"tools of type {kind!r}"
    return ""


def _needs_for_effort(request: Request, provider: Provider, model: str) -> str:
    """Return the effort if it is one that chat completions of OpenAI's models lack."""
    if request.native is not None or effort_of(request.params) != "max":
        return ""
    flags = model_flags(provider, model)
    return "reasoning_effort 'max'" if "tools_need_responses" in flags else ""


def _for_tools(params: Mapping[str, Any], provider: Provider, model: str) -> tuple[Wire, str]:
    """Return the API for a call with function or custom tools."""
    flags = model_flags(provider, model)
    if "reasons" not in flags or effort_of(params) == "none":
        return "chat", ""
    # Older models take tools on chat completions too.
    chat_only = CHAT_ONLY & params.keys() & supported_params(provider, model, CHAT_PARAMS)
    if chat_only and "tools_need_responses" not in flags:
        return "chat", f"{min(chat_only)}, which only chat completions have"
    return "responses", "tools of a reasoning model"


def _custom_host(request: Request, provider: Provider, responses: ResponsesAPI) -> str | None:
    """Return the host of a call if it is neither the row's nor the provider's own."""
    address = request.base_url or _configured(provider, request)
    if address is None or _is_own(address, provider, responses):
        return None
    return host_of(address) or address


def _configured(provider: Provider, request: Request) -> str | None:
    try:
        return base_url_of(provider, request.params)
    except BadRequestError:
        # Reported by resolve_endpoint().
        return None


@lru_cache(maxsize=256)
def _is_own(address: str, provider: Provider, responses: ResponsesAPI) -> bool:
    host = host_of(address)
    root = host_of(provider.base_url or "")
    if host == root and "{" not in root:
        return True
    return any(host == suffix.lstrip(".") or host.endswith(suffix) for suffix in responses.hosts)


def _no_responses(provider: Provider, remedy: str) -> BadRequestError:
    return BadRequestError(
        f"{remedy}: {provider.name} does not have the Responses API; these providers have it: "
        f"{_rows()}",
        provider.name,
        param="model",
    )


def _no_stored_responses(provider: Provider, action: str) -> BadRequestError:
    return BadRequestError(
        f"{action}_response(): {provider.name} does not have the Responses API and stores no "
        "responses; stored_response() returns those of your own response_store; these providers "
        f"have it: {_rows()}",
        provider.name,
        param="model",
    )


def _rows() -> str:
    return ", ".join(row.name for row in list_providers() if row.responses is not None)
