"""Which API of a provider a call uses: chat completions, or the Responses API.

Decided from the row, the model's name and the call, before anything is sent. docs/responses.md
explains the rules to users.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ...pipeline.call.chat_params import CHAT_PARAMS
from ...pipeline.call.request import Request, Wire
from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import as_array, as_object
from ..provider.param_groups import CHAT_ONLY, RESPONSES_ONLY
from ..provider.row import Provider, ResponsesAPI
from ..provider.rules import effort_of, matching_rules, model_flags, supported_params, wire_of
from .endpoint import base_url_of
from .table import find_requested, list_providers

#: Tools that the provider runs itself, by their types in the Responses API.
#: https://platform.openai.com/docs/guides/tools
BUILT_IN_TOOLS = frozenset(
    {
        "apply_patch",
        "code_interpreter",
        "computer",
        "computer_use",
        "computer_use_preview",
        "file_search",
        "image_generation",
        "local_shell",
        "mcp",
        "namespace",
        "shell",
        "tool_search",
        "web_search",
        "web_search_preview",
    }
)
_ONLY_CHAT = frozenset[Wire]({"chat"})
_ONLY_RESPONSES = frozenset[Wire]({"responses"})
#: What a prefix of a model's name forces.
_PREFIXES: Mapping[str, Wire] = {"chat": "chat", "responses": "responses"}


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


def find_route(request: Request) -> Route:
    """Return the route of a request.

    Raises:
        BadRequestError: there is no such provider, or the API that the call asks for is not there.
    """
    provider, model = find_requested(request)
    prefix, name = split_api(provider, model) if "/" in model else (None, model)
    responses = provider.responses
    if responses is None:
        if request.wire == "responses":
            raise _no_responses(provider, 'wire="responses"')
        return Route(provider, name, "chat", wire_of(provider, name), "")
    forced = prefix or request.wire
    known = _base_model(request.params) if "base_model" in request.params else name
    api, reason = _choose(request, provider, known, responses, forced)
    wire = responses.wire if api == "responses" else wire_of(provider, name)
    return Route(provider, name, api, wire, reason)


def split_api(provider: Provider, model: str) -> tuple[Wire | None, str]:
    """Return the API that a prefix of a model's name forces, if any, and the name without it.

    Raises:
        BadRequestError: it is the Responses API, and the provider does not have it.
    """
    prefix, _, name = model.partition("/")
    forced = _PREFIXES.get(prefix)
    if forced is None or not name:
        return None, model
    if provider.responses is not None:
        return forced, name
    if forced == "responses":
        raise _no_responses(provider, f"the prefix in {provider.name}/{model}")
    # A model of this provider may be called that.
    return None, model


def apis_of(provider: Provider, model: str) -> frozenset[Wire]:
    """Return the APIs that a model has."""
    if provider.responses is None:
        return frozenset({"chat"})
    return _apis(provider, model) or frozenset({"chat", "responses"})


def _base_model(params: Mapping[str, Any]) -> str:
    """Return the model behind a deployment, which a call may name; see wires/azure."""
    return str(params["base_model"]).rpartition("/")[2]


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
    request: Request, provider: Provider, model: str, responses: ResponsesAPI, forced: Wire | None
) -> tuple[Wire, str]:
    """Return the API of a call to a provider that has both, and why it is that one."""
    needs = _needs_responses(request, responses)
    if forced == "chat" and needs:
        raise BadRequestError(
            f'{needs} needs the Responses API, and wire="chat" (or the prefix chat/) forbids it: '
            "leave one of them out",
            provider.name,
            request.model,
            param=needs.partition(" ")[0],
        )
    apis = _apis(provider, model)
    if forced:
        choice: tuple[Wire, str] = (forced, "as requested")
    elif apis == _ONLY_RESPONSES:
        choice = ("responses", f"{model} has only this API")
    elif (
        apis == _ONLY_CHAT
        or not (needs or request.native or "tools" in request.params)
        or _is_elsewhere(request, provider, responses)
    ):
        choice = ("chat", "")
    elif request.native is not None:
        choice = ("responses", "a Responses request")
    elif needs:
        choice = ("responses", needs)
    elif responses.for_tools and request.params["tools"]:
        choice = _for_tools(request.params, provider, model)
    else:
        choice = ("chat", "")
    return choice


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


@lru_cache(maxsize=1024)
def _apis(provider: Provider, model: str) -> frozenset[Wire] | None:
    found = [rule.apis for rule in matching_rules(provider, model) if rule.apis is not None]
    return found[0] if found else None


def _is_elsewhere(request: Request, provider: Provider, responses: ResponsesAPI) -> bool:
    """Return whether a call goes to a host that is neither the row's nor the provider's own."""
    address = request.base_url or _configured(provider)
    return address is not None and not _is_own(address, provider, responses)


def _configured(provider: Provider) -> str | None:
    try:
        return base_url_of(provider)
    except BadRequestError:
        # Reported by resolve_endpoint().
        return None


@lru_cache(maxsize=256)
def _is_own(address: str, provider: Provider, responses: ResponsesAPI) -> bool:
    host = _host(address)
    root = provider.base_url or ""
    if host == _host(root) and "{" not in root:
        return True
    return any(host == suffix.lstrip(".") or host.endswith(suffix) for suffix in responses.hosts)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _no_responses(provider: Provider, asked: str) -> BadRequestError:
    rows = ", ".join(row.name for row in list_providers() if row.responses is not None)
    return BadRequestError(
        f"{provider.name} does not have the Responses API, which {asked} asks for; these have it: "
        f"{rows}",
        provider.name,
        param="model",
    )
