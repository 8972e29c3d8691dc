"""The names and settings of the `litellm` namespace."""

from __future__ import annotations

import inspect
import logging
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .. import more_names, utils
from ..clients.client import Client
from ..clients.settings import SETTING_NAMES
from ..facade import public_names
from ..litellm_names.neutral_settings import NEUTRAL, asks_for_nothing
from ..litellm_names.table import find_entry, missing_name, read_names
from ..middlewares.listening.litellm_loggers import CustomLogger
from ..pipeline.frames import outer_level
from ..pipeline.model_names import DEFAULT_PROVIDER
from ..pipeline.near_names import find_near
from . import absent, helpers, litellm_cache
from .absent import absent_names, make_absent
from .answer_format import CHECK, FormatChecks
from .callback_manager import LoggingCallbackManager
from .calls import Calls, adapt
from .errors import ERROR_NAMES, NOT_LISTED, error_classes
from .handlers import custom_llm
from .key_settings import UNDONE, KeySettings
from .litellm_router import bind_router
from .litellm_types import (
    arguments,
    logged,
    objects,
    other,
    request,
    response,
    responses,
    router,
)
from .litellm_types.responses import OPENAI_NAMES, openai_type
from .models import costs, facts, provider_configs, tokenizers, trimming
from .models.table import get_model_info, model_cost
from .modules import ASYNC_LISTS, EXCEPTIONS, VERSION
from .providers import (
    model_list,
    models_by_provider,
    models_of,
    provider_list,
    provider_names,
)
from .streams import CustomStreamWrapper, ResponsesAPIStreamingIterator

_log = logging.getLogger("trunkline")

_TYPES = (objects, response, request, arguments, responses, router, other, logged)
# The modules whose `__all__` are names of the namespace.
_MODULES = (
    *_TYPES,
    *(absent, custom_llm, helpers, litellm_cache),
    *(costs, facts, provider_configs, tokenizers, trimming),
)

# Methods of `Calls`, which use the client.
_CALLS = (
    "acompletion",
    "acompletion_with_retries",
    "aresponses",
    "batch_completion",
    "completion",
    "completion_with_retries",
    "responses",
)

# Functions of trunkline with litellm's names and arguments: those of `utils` (its capitalized names
# are classes) and these.
_FUNCTIONS = frozenset(
    {
        *(name for name in public_names(utils) if name[0].islower()),
        "cost_per_token",
        "stream_chunk_builder",
    }
)

_PER_CALL = "pass it to the call, or in a Router's litellm_params"
#: Settings that would be lost, so that a call would cost more or go elsewhere.
_REFUSED: Mapping[str, str] = {
    "api_base": _PER_CALL,
    "api_version": _PER_CALL,
    "headers": f"{_PER_CALL}, as extra_headers",
    "max_budget": "use the middleware Budget in a client, and install(client)",
    "model_fallbacks": f"{_PER_CALL}, as fallbacks",
    **dict.fromkeys(
        (
            "content_policy_fallbacks",
            "context_window_fallbacks",
            "default_fallbacks",
            "fallbacks",
        ),
        "pass it to a Router, or fallbacks to the call",
    ),
    "post_call_rules": "write a middleware, and install(Client([...]))",
    "pre_call_rules": "write a middleware, and install(Client([...]))",
    "organization": f'{_PER_CALL}, as extra_headers={{"OpenAI-Organization": ...}}',
    "use_litellm_proxy": 'call the model "litellm_proxy/MODEL"',
}
# Settings that have no effect here, with what to do instead.
_UNUSED: Mapping[str, str] = {
    "credential_list": "pass the key and the address to the call, or in a Router's litellm_params",
    "route_all_chat_openai_to_responses": 'name the model "openai/responses/MODEL"',
}
# Settings without effect that frameworks set themselves. A call with tools for a model without them
# raises an error, so nothing is lost. Google's ADK sets this one.
_OF_FRAMEWORKS = frozenset({"add_function_to_prompt"})
# litellm's names of the httpx clients that send all requests.
_SESSIONS: tuple[str, ...] = ("client_session", "aclient_session")
# Values that litellm's own modules have.
_VALUES: Mapping[str, object] = {
    "REPEATED_STREAMING_CHUNK_LIMIT": 100,
    "_current_cost": 0.0,
    "credential_list": [],
    "max_budget": 0.0,
    "route_all_chat_openai_to_responses": False,
}
# Names whose values take time to make.
_LAZY: Mapping[str, Callable[[], Any]] = {
    "LITELLM_CHAT_PROVIDERS": provider_list,
    "LlmProviders": provider_names,
    "executor": lambda: ThreadPoolExecutor(thread_name_prefix="litellm"),
    "model_cost": model_cost,
    "model_list": model_list,
    "models_by_provider": models_by_provider,
    "open_ai_chat_completion_models": lambda: set(models_by_provider()[DEFAULT_PROVIDER]),
    "provider_list": provider_list,
}


class CompatSurface:
    """The names of the namespace, with the client that handles the calls.

    Args:
        client: handles the calls and has the settings.
    """

    def __init__(self, client: Client) -> None:
        self._calls = Calls(client)
        self._checks = self._calls.checks = FormatChecks()
        self._keys = self._calls.keys = KeySettings()
        self._given: set[str] = set()
        self._before: dict[str, deque[Any]] = {}
        self._sessions: dict[str, Any] = dict.fromkeys(_SESSIONS)
        self._names: dict[str, Any] = {
            **{name: thing for module in _MODULES for name, thing in _things_of(module).items()},
            **NEUTRAL,
            **dict.fromkeys(_REFUSED),
            **_VALUES,
            "CustomLogger": CustomLogger,
            "CustomStreamWrapper": CustomStreamWrapper,
            "ResponsesAPIStreamingIterator": ResponsesAPIStreamingIterator,
            "SyncResponsesAPIStreamingIterator": ResponsesAPIStreamingIterator,
            "Router": bind_router(lambda: self._client.settings, self._checks, self._keys),
            **{name: getattr(self._calls, name) for name in _CALLS},
            "get_model_info": adapt(get_model_info),
            "logging_callback_manager": LoggingCallbackManager(lambda: self._client.settings),
            "version": VERSION,
            "enable_cache": self._enable_cache,
            "update_cache": self._enable_cache,
            "disable_cache": self._disable_cache,
        }
        self.use(client)

    def use(self, client: Client) -> None:
        """Use another client."""
        self._client = client
        self._calls.use(client)

    def _enable_cache(self, *values: Any, **fields: Any) -> None:
        """Cache the responses of all calls; see `Cache`."""
        self.change("cache", litellm_cache.Cache(*values, **fields))

    def _disable_cache(self) -> None:
        """Stop caching."""
        self.change("cache", None)

    def find(self, name: str) -> Any:
        """See `Surface.find`."""
        name = ASYNC_LISTS.get(name, name)
        if name in _SESSIONS:
            return self._sessions[name]
        if name == CHECK:
            return self._checks.on
        if self._keys.has(name):
            return self._keys.get(name)
        if name in SETTING_NAMES:
            return getattr(self._client.settings, name)
        if name not in self._names:
            self._names[name] = self._make(name)
        return self._names[name]

    def _make(self, name: str) -> Any:
        if name in _FUNCTIONS:
            return adapt(getattr(more_names, name))
        if name in ERROR_NAMES:
            return error_classes()[name]
        if name in OPENAI_NAMES:
            return openai_type(name)
        if name in _LAZY:
            return _LAZY[name]()
        made = models_of(name) or make_absent(name)
        if made is not None:
            return made
        if find_entry(name, "settings") is not None:
            # One that only litellm has, and that nothing set.
            return None
        raise KeyError(name)

    def change(self, name: str, value: Any) -> bool:
        """See `Surface.change`.

        Callbacks for asynchronous calls are added to those for all calls.

        Raises:
            AttributeError: the setting would have no effect; the error says what to use instead.
            TypeError, ValueError: the value is invalid.
        """
        if name in ASYNC_LISTS:
            name = ASYNC_LISTS[name]
            kept = list(getattr(self._client.settings, name))
            value = [*kept, *(item for item in value if item not in kept)]
        if name in SETTING_NAMES:
            before = getattr(self._client.settings, name)
            # None resets what was set here, but not what the user of trunkline has set.
            if value is not None or name in self._given:
                self._given.add(name)
                self._client.settings.change(name, value)
            self._before.setdefault(name, deque(maxlen=UNDONE)).append(before)
            return True
        if name in _SESSIONS:
            self._use_session(name, value)
            return True
        if name == CHECK:
            self._checks.on = bool(value)
            return True
        if name == "custom_provider_map":
            custom_llm.use_handlers(value)
            return True
        if self._keys.change(name, value):
            return True
        if value and (name in _REFUSED or name.endswith("_key")):
            remedy = _REFUSED.get(name, _PER_CALL)
            raise AttributeError(f"litellm.{name} cannot be set here: {remedy}")
        if name in NEUTRAL:
            covered = asks_for_nothing(name, value)
        else:
            covered = name in self.names() or asks_for_nothing(name, value)
        if value and name in _UNUSED:
            covered = False
        if not covered and name not in _OF_FRAMEWORKS:
            _warn_of(name)
        return False

    def _use_session(self, name: str, session: object) -> None:
        """Send the blocking or the asynchronous calls through an httpx client of the program's."""
        self._sessions[name] = session
        given = tuple(each for each in self._sessions.values() if each is not None)
        self.change("http_client", given or None)

    def undo(self, name: str) -> bool:
        """See `Surface.undo`."""
        if name == CHECK:
            self._checks.on = False
            return True
        if self._keys.undo(name):
            return True
        before = self._before.get(name)
        if not before:
            return False
        self._client.settings.change(name, before.pop())
        return True

    def names(self) -> Iterable[str]:
        """See `Surface.names`."""
        known = {*self._names, *SETTING_NAMES, *ERROR_NAMES, *OPENAI_NAMES, *_FUNCTIONS, *_LAZY}
        return known.union(absent_names()) - NOT_LISTED

    def public(self, module: str) -> list[str]:
        """See `Surface.public`: types of a module of types, errors of litellm.exceptions."""
        if module == EXCEPTIONS:
            return sorted(ERROR_NAMES)
        if ".types" in module:
            return sorted({*(name for kind in _TYPES for name in kind.__all__), *OPENAI_NAMES})
        return sorted(name for name in self.names() if not name.startswith("_"))


def _warn_of(name: str) -> None:
    """Say that a setting has no effect: as a Python warning if its name is a slip, else in the log.

    A name that no setting has is at the level INFO: frameworks keep things of their own in litellm.
    """
    known = _setting_names()
    near = None if name in known else find_near(name, known)
    if near is not None:
        text = f"litellm.{name} has no effect; did you mean {near}?"
        warnings.warn(text, UserWarning, stacklevel=outer_level())
        return
    remedy = _UNUSED.get(name) or missing_name(name) or "trunkline has no setting of this name"
    level = logging.WARNING if name in known else logging.INFO
    _log.log(level, "litellm.%s has no effect: %s", name, remedy)


def _setting_names() -> set[str]:
    """Return the names of all settings, of trunkline and of litellm."""
    others = {CHECK, "custom_provider_map", *ASYNC_LISTS, *_SESSIONS, *_REFUSED, *_UNUSED, *NEUTRAL}
    return others.union(SETTING_NAMES, read_names()["settings"])


def _things_of(module: object) -> dict[str, Any]:
    """Return the public names of a module."""
    public = getattr(module, "__all__", ())
    return {name: inspect.getattr_static(module, name) for name in public}
