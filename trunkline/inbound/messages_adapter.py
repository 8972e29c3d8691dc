"""Requests of the Messages API at the end of the chain, where their provider is known.

Claude gets all parameters as they came. For the models of other vendors, those that have an
equivalent are translated, hints are left out, and the others are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..adapters.table.routes import find_route
from ..adapters.wire import KEEP_EVENTS, load_wire
from ..pipeline.call.messages import MessageParam
from ..pipeline.call.request import Adapter, Endpoint, Reply, Request, replace
from ..pipeline.errors import APIError, UnsupportedParamsError
from ..pipeline.json_values import JSON, as_array, as_object

# They save money or time, and do not change what is asked.
_HINTS = frozenset({"betas", "cache_control", "context_management", "diagnostics", "thread"})
_REFUSED = frozenset(
    {"billing_policy", "compaction", "container", "inference_geo", "mcp_servers", "speed"}
)
_NO_EFFECT: Mapping[str, object] = {"inference_geo": "global", "speed": "standard"}
# Fields of tools, and of messages, that other vendors do not have.
_OF_TOOLS = frozenset({"function", "type"})
_OF_MESSAGES = frozenset({"clear_at", "is_error", "output_config", "toolset_name"})
_TIERS = {"standard_only": "default"}
#: The largest budget of each effort below "high".
_BUDGETS = ((2048, "low"), (8192, "medium"))


class MessagesAdapter:
    """Fits requests of the Messages API to their provider, and hands them to another adapter."""

    def __init__(self, inner: Adapter) -> None:
        self._inner = inner

    def __repr__(self) -> str:
        return repr(self._inner)

    def resolve(self, request: Request) -> Endpoint:
        """Return where the request would go; see `Adapter.resolve`."""
        return self._inner.resolve(request)

    async def __call__(self, request: Request) -> Reply:
        """Send the request and return the reply; see `Adapter`."""
        try:
            wire = find_route(request).wire
            endpoint = self._inner.resolve(request)
        except APIError:
            # The adapter raises it again.
            return await self._inner(request)
        if hasattr(load_wire(wire), "EventDecoder"):
            # A wire of the Messages API, which takes all that clients of it send.
            return await self._inner(
                replace(request, options={**request.options, KEEP_EVENTS: True})
            )
        fitted = Fitting(request, endpoint, wire)
        reply = await self._inner(fitted.request())
        if fitted.dropped:
            request.trail.add("MessagesAdapter", "dropped", params=", ".join(fitted.dropped))
            reply.call.dropped_params = [*fitted.dropped, *reply.call.dropped_params]
        return reply


class Fitting:
    """One request, made to fit a provider that does not have the Messages API.

    Attributes:
        dropped: what was left out.
    """

    def __init__(self, request: Request, endpoint: Endpoint, wire: str) -> None:
        self._request = request
        self._endpoint = endpoint
        # Claude takes its own parameters in other clouds too.
        self._is_claude = "claude" in endpoint.model and "thinking" in endpoint.supported
        marks_errors = getattr(load_wire(wire), "ERROR_RESULTS", False)
        self._unwanted = _OF_MESSAGES - {"is_error"} if marks_errors else _OF_MESSAGES
        self._params: JSON = dict(request.params)
        self.dropped: list[str] = []

    def request(self) -> Request:
        """Return the request that fits.

        Raises:
            UnsupportedParamsError: it has a parameter or a tool that only Claude has.
        """
        if not self._is_claude:
            self._fit_thinking()
            self._fit_format()
            self._fit_tools()
            self._fit_others()
        return replace(
            self._request,
            params=self._params,
            messages=tuple(map(self._fit_message, self._request.messages)),
        )

    def _fit_thinking(self) -> None:
        """Say how much to think in the provider's terms; where it has none, say nothing."""
        thinking = as_object(self._params.get("thinking"))
        config = as_object(self._params.get("output_config")) or {}
        if thinking is None and "effort" not in config:
            return
        supported = self._endpoint.supported
        kind = (thinking or {}).get("type")
        budget = (thinking or {}).get("budget_tokens")
        if kind == "enabled" and "thinking" in supported:
            return
        self._params.pop("thinking", None)
        effort = config.get("effort")
        if effort is None and kind == "enabled" and isinstance(budget, int):
            effort = _nearest_effort(budget)
        if effort is not None and kind != "disabled" and "reasoning_effort" in supported:
            self._params["reasoning_effort"] = effort
        else:
            self.dropped.append("thinking" if thinking is not None else "output_config.effort")

    def _fit_format(self) -> None:
        config = as_object(self._params.pop("output_config", None)) or {}
        form = as_object(config.get("format")) or as_object(self._params.pop("output_format", None))
        if form is not None:
            schema = {"name": "response", "schema": form.get("schema"), "strict": True}
            self._params["response_format"] = {"type": "json_schema", "json_schema": schema}
        self.dropped += [
            f"output_config.{name}" for name in config if name not in ("effort", "format")
        ]

    def _fit_tools(self) -> None:
        tools: list[JSON] = []
        for number, tool in enumerate(as_array(self._params.get("tools")) or ()):
            kind = str(tool.get("type"))
            if kind == "function":
                tools.append({name: tool[name] for name in _OF_TOOLS if name in tool})
            elif kind.startswith("web_search_") and self._can_search(tool):
                self._params["web_search_options"] = _search_options(tool)
            else:
                self._refuse(f"tools[{number}] ({kind})", "tools")
        if tools:
            self._params["tools"] = tools
        elif "tools" in self._params:
            for name in ("tools", "tool_choice", "parallel_tool_calls"):
                self._params.pop(name, None)

    def _can_search(self, tool: JSON) -> bool:
        limits = any(tool.get(name) for name in ("allowed_domains", "blocked_domains"))
        return "web_search_options" in self._endpoint.supported and not limits

    def _fit_others(self) -> None:
        tier = self._params.get("service_tier")
        if tier == "auto":
            del self._params["service_tier"]
        elif tier in _TIERS:
            self._params["service_tier"] = _TIERS[tier]
        for name in sorted(_HINTS & self._params.keys()):
            del self._params[name]
            self.dropped.append(name)
        for name in sorted(_REFUSED & self._params.keys()):
            if self._params[name] != _NO_EFFECT.get(name):
                self._refuse(name, name)
            del self._params[name]

    def _fit_message(self, message: MessageParam) -> MessageParam:
        fields = as_object(message) or {}
        if self._is_claude or self._unwanted.isdisjoint(fields):
            return message
        kept = {name: item for name, item in fields.items() if name not in self._unwanted}
        return cast("MessageParam", kept)

    def _refuse(self, what: str, name: str) -> None:
        """Refuse what only Claude has, or leave it out if the call asks for that."""
        if self._request.options.get("drop_params"):
            self.dropped.append(what)
            return
        raise UnsupportedParamsError(
            f"{what}: only Claude has it, and {self._request.model} is not Claude; leave it out",
            self._endpoint.provider,
            self._request.model,
            param=name,
        )


def _nearest_effort(budget: int) -> str:
    """Return the effort for a number of tokens to think for."""
    return next((effort for most, effort in _BUDGETS if budget <= most), "high")


def _search_options(tool: Mapping[str, Any]) -> JSON:
    place = as_object(tool.get("user_location"))
    if place is None:
        return {}
    inner = {name: value for name, value in place.items() if name != "type"}
    return {"user_location": {"type": "approximate", "approximate": inner}}
