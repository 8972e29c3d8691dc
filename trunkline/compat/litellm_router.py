"""litellm's Router."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cachetools import LRUCache

from ..clients.client import Client
from ..clients.router import Router as OwnRouter
from ..clients.router_arguments import ABSENT, check_forms
from ..clients.settings import SETTING_NAMES, Settings
from ..middlewares.checked_arguments import is_list
from ..middlewares.routing.candidates import read_candidates
from ..middlewares.routing.deployments import check_model_list
from ..pipeline.json_values import as_object
from .absent import make_absent
from .answer_format import FormatChecks
from .calls import Calls
from .handlers.custom_llm import register_handlers
from .helpers import add_base_model, prefer_thinking
from .key_settings import KeySettings
from .litellm_types.router import Deployment
from .openai_organization import name_organization

_log = logging.getLogger("trunkline")

# Arguments of litellm's Router for its own logging.
_LOGGING = frozenset({"debug_level", "set_verbose"})
# Those without which calls go to the same places; a warning says so.
_WITHOUT_EFFECT = frozenset(
    {
        "background_health_check_model_groups",
        "client_ttl",
        "enable_health_check_routing",
        "enable_pre_call_checks",
        "enable_weighted_failover",
        "health_check_ignore_transient_errors",
        "health_check_staleness_threshold",
        "polling_interval",
        "retry_after",
        "router_general_settings",
    }
)
_FALLBACKS = (
    "fallbacks",
    "default_fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
)
# How many models that match a pattern are remembered.
_MATCHED = 256


class Router(Calls):
    """litellm's Router: trunkline's, with litellm's types and exceptions.

    Args:
        model_list: the deployments; see `trunkline.Router`. A `model_name` with `*`, such as
            "openai/*", is the group of all models that match it; its deployment's model may have
            a `*` too.
        arguments: the other arguments of `trunkline.Router`. `set_verbose` and `debug_level` are
            accepted and ignored; so are some others, such as `retry_after` and
            `enable_pre_call_checks`, with a warning to the logger `trunkline`. Settings are those
            of the namespace, unless given.

    Raises:
        TypeError: trunkline's Router lacks an argument.
        ValueError: the list or an argument is invalid.
    """

    def __getattr__(self, name: str) -> Any:
        # embedding() and others, which are litellm's functions too.
        made = make_absent(name)
        if made is None:
            raise AttributeError(f"Router has no attribute {name!r}", name=name, obj=self)
        return made

    @property
    def model_names(self) -> list[str]:
        """The names of the groups."""
        return list(dict.fromkeys(str(entry.get("model_name")) for entry in self.model_list))

    def get_model_names(self, team_id: str | None = None) -> list[str]:  # noqa: ARG002  # callers of litellm pass it
        """Return the names of the groups and of the aliases that are not hidden."""
        aliases = [name for name, group in self.model_group_alias.items() if not _is_hidden(group)]
        return list(dict.fromkeys([*self.model_names, *aliases]))

    def get_model_list(
        self,
        model_name: str | None = None,
        team_id: str | None = None,  # noqa: ARG002  # callers of litellm pass it
    ) -> list[Mapping[str, Any]]:
        """Return the deployments as they were given: those of a group or alias, or all.

        All are also those of each alias that is not hidden, under its name.
        """
        if model_name is not None:
            name = self._group(model_name)
            return [entry for entry in self.model_list if entry.get("model_name") == name]
        named = [
            {**entry, "model_name": alias}
            for alias, group in self.model_group_alias.items()
            if isinstance(group, str)
            for entry in self.model_list
            if entry.get("model_name") == group
        ]
        return [*named, *self.model_list]

    @classmethod
    def _settings(cls) -> Settings:
        """Return the defaults of arguments; see `bind_router`."""
        return Settings()

    def _client_for(self, model: str) -> Client:
        """Return the router of a group; a name that matches a pattern gets one of its own."""
        if not _is_name(model) or model in self._names or not self._patterns:
            return self._client
        client = self._matched.get(model)
        if client is None:
            entries = self._matching(model)
            # Fallbacks name the other groups, too.
            groups = [*self._groups, *entries]
            client = OwnRouter(groups, **self._arguments) if entries else self._client
            self._matched[model] = client
        return client

    def _matching(self, model: str) -> list[dict[str, Any]]:
        """Return the deployments of a model that matches patterns."""
        found = [_matched(entry, model) for entry in self._patterns]
        return [_prepared(made, self.keys) for made in found if made is not None]

    def _matching_fallbacks(self, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the deployments of fallbacks that match patterns."""
        targets = [
            target.model
            for name in _FALLBACKS
            for target in read_candidates(given.get(name) or (), None, name)
        ]
        names = [name for name in dict.fromkeys(targets) if name not in self._names]
        return [entry for name in names for entry in self._matching(name)]

    def _spell(self, model: str, arguments: dict[str, Any]) -> str:
        """Return the model unchanged: it is a group."""
        prefer_thinking(arguments, self._models_of(model))
        return model

    def _meant(self, model: str) -> list[str]:  # noqa: ARG002  # a Router has groups
        """Return no models: each deployment, also of a fallback, uses the API of its own."""
        return []

    def _group(self, name: str) -> str:
        """Return the group that an alias names, any other name as it is."""
        alias = self.model_group_alias.get(name) if _is_name(name) else None
        return alias if isinstance(alias, str) else name

    def _models_of(self, group: str) -> list[str]:
        """Return the models of a group's deployments, or the name if it is not that of a group."""
        name = self._group(group)
        params = [each["litellm_params"] for each in self._groups if each["model_name"] == name]
        return [str(each["model"]) for each in params] or [name]

    def __init__(
        self, model_list: Sequence[Mapping[str, Any] | Deployment] | None = None, **arguments: Any
    ) -> None:
        register_handlers()
        settings = self._settings()
        given = {name: getattr(settings, name) for name in SETTING_NAMES}
        given.update(arguments)
        for name in [name for name, value in given.items() if _is_left_out(name, value)]:
            del given[name]
        self.model_list = _read_model_list(() if model_list is None else model_list)
        check_forms(model_group_alias=given.get("model_group_alias"))
        aliases: Mapping[str, object] = given.get("model_group_alias") or {}
        # An alias takes precedence over a group of the same name.
        groups = [
            _renamed(entry, given.get("model_alias_map") or {})
            for entry in self.model_list
            if entry.get("model_name") not in aliases
        ]
        self._patterns = [entry for entry in groups if "*" in str(entry.get("model_name"))]
        self._names = {str(entry.get("model_name")) for entry in groups} | aliases.keys()
        # langchain-litellm reads it, as it was given.
        self.default_litellm_params: Mapping[str, Any] = given.get("default_litellm_params", {})
        self._arguments = given
        self._matched: LRUCache[str, Client] = LRUCache(_MATCHED)
        self._groups = [
            _prepared(entry, self.keys) for entry in groups if entry not in self._patterns
        ]
        self._groups += self._matching_fallbacks(given)
        self._names |= {str(entry.get("model_name")) for entry in self._groups}
        super().__init__(OwnRouter(self._groups, **given))
        # langchain-litellm reads this list to find the possible models of a call.
        self.fallbacks = _with_defaults(given)
        self.context_window_fallbacks = given.get("context_window_fallbacks")
        self.content_policy_fallbacks = given.get("content_policy_fallbacks")
        self.model_group_alias: Mapping[str, Any] = given.get("model_group_alias", {})


def bind_router(
    settings: Callable[[], Settings], format_checks: FormatChecks, key_settings: KeySettings
) -> type[Router]:
    """Return the Router class of a namespace, whose current settings are the defaults."""

    class NamespaceRouter(Router):
        __doc__ = Router.__doc__
        checks = format_checks
        keys = key_settings

        @classmethod
        def _settings(cls) -> Settings:
            return settings()

    NamespaceRouter.__name__ = NamespaceRouter.__qualname__ = "Router"
    NamespaceRouter.__module__ = "litellm.router"
    return NamespaceRouter


def _with_defaults(given: Mapping[str, Any]) -> Any:
    """Return the fallbacks as litellm keeps them, with the default ones as those of "*"."""
    defaults = given.get("default_fallbacks")
    own = given.get("fallbacks")
    return [*(own or ()), {"*": defaults}] if defaults else own


def _is_left_out(name: str, value: object) -> bool:
    """Return whether trunkline's Router does not get an argument; warn if it has no effect."""
    if value is None or name in _LOGGING:
        return True
    if name not in _WITHOUT_EFFECT:
        return False
    if value:
        _log.warning("litellm.Router: %s has no effect: %s", name, ABSENT[name])
    return True


def _is_name(model: object) -> bool:
    """Return whether a model is a name at all; a call refuses all else."""
    return isinstance(model, str)


def _is_hidden(group: object) -> bool:
    return bool((as_object(group) or {}).get("hidden"))


def _read_model_list(entries: Sequence[Mapping[str, Any] | Deployment]) -> list[Mapping[str, Any]]:
    """Return the deployments as dictionaries.

    Raises:
        InvalidArgumentError: the list has another shape.
    """
    made: Any = entries
    if is_list(entries):
        made = [each.to_json() if isinstance(each, Deployment) else each for each in entries]
    check_model_list(made)
    return list(made)


def _renamed(entry: Mapping[str, Any], aliases: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a deployment with the model that an alias means, as litellm takes it."""
    params = as_object(entry.get("litellm_params")) or {}
    meant = aliases.get(str(params.get("model")))
    return entry if meant is None else {**entry, "litellm_params": {**params, "model": meant}}


def _prepared(entry: Mapping[str, Any], keys: KeySettings) -> dict[str, Any]:
    """Return a deployment as trunkline takes it.

    It has the prices of its model at any address, its organization as a header, and the key that
    is set for its provider.
    """
    params = as_object(entry.get("litellm_params"))
    if params is None:
        return dict(entry)
    params = dict(params)
    name_organization(params, params.get("model"))
    keys.add(params, params.get("model"))
    made = {**entry, "litellm_params": params}
    add_base_model(made, params, params.get("model"))
    return made


def _matched(entry: Mapping[str, Any], model: str) -> dict[str, Any] | None:
    """Return a pattern's deployment for a model, None if the model does not match."""
    pattern = "(.*)".join(map(re.escape, str(entry["model_name"]).split("*")))
    found = re.fullmatch(pattern, model)
    if found is None:
        return None
    params = dict(entry.get("litellm_params") or {})
    name = str(params.get("model", ""))
    for text in found.groups():
        name = name.replace("*", text, 1)
    return {**entry, "model_name": model, "litellm_params": {**params, "model": name}}
