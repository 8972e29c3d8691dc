"""The names and settings of the `litellm` namespace."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from .. import more_names, utils
from ..clients.client import Client
from ..clients.settings import SETTING_NAMES
from ..facade import public_names
from ..middlewares.listening.litellm_loggers import CustomLogger
from ..models.facts import model_cost
from . import helpers as compat_helpers
from . import response_types as compat_types
from . import responses_routes, responses_types
from .calls import Calls, adapt, bind_router
from .errors import ERROR_NAMES, NOT_BESIDE, error_classes
from .modules import VERSION
from .responses_types import OPENAI_NAMES, openai_type
from .streams import CustomStreamWrapper, ResponsesAPIStreamingIterator

_log = logging.getLogger("trunkline")

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
        "completion_cost",
        "cost_per_token",
        "stream_chunk_builder",
    }
)

# Settings that frameworks read and set, without any effect.
_IGNORED: Mapping[str, object] = {
    "add_function_to_prompt": False,
    "json_logs": False,
    "set_verbose": False,
    "suppress_debug_info": True,
    "telemetry": False,
}

_PER_CALL = "pass it to the call, or in a Router's litellm_params"
#: Settings that would have no effect, with what to use instead.
_REFUSED: Mapping[str, str] = {
    "api_base": _PER_CALL,
    "api_key": f"{_PER_CALL}; as a setting it would be sent to every provider",
    "api_version": _PER_CALL,
    "headers": f"{_PER_CALL}, as extra_headers",
    "model_fallbacks": f"{_PER_CALL}, as fallbacks",
    "modify_params": "write a middleware that changes the messages",
    "organization": f'{_PER_CALL}, as extra_headers={{"OpenAI-Organization": ...}}',
    "request_timeout": f"{_PER_CALL}, as timeout",
    "use_litellm_proxy": 'call the model "litellm_proxy/MODEL"',
}


class CompatSurface:
    """The names of the namespace, with the client that handles the calls.

    Args:
        client: handles the calls and has the settings.
    """

    def __init__(self, client: Client) -> None:
        self._calls = Calls(client)
        self._given: set[str] = set()
        self._names: dict[str, Any] = {
            **_things_of(compat_types),
            **_things_of(responses_types),
            **_things_of(compat_helpers),
            **_things_of(responses_routes),
            **_IGNORED,
            **dict.fromkeys(_REFUSED),
            "CustomLogger": CustomLogger,
            "CustomStreamWrapper": CustomStreamWrapper,
            "ResponsesAPIStreamingIterator": ResponsesAPIStreamingIterator,
            "SyncResponsesAPIStreamingIterator": ResponsesAPIStreamingIterator,
            "Router": bind_router(lambda: self._client.settings),
            **{name: getattr(self._calls, name) for name in _CALLS},
            "model_cost": model_cost,
            "version": VERSION,
            # Lists from which frameworks remove callbacks.
            "_async_failure_callback": [],
            "_async_success_callback": [],
        }
        self.use(client)

    def use(self, client: Client) -> None:
        """Use another client."""
        self._client = client
        self._calls.use(client)

    def find(self, name: str) -> Any:
        """See `Surface.find`."""
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
        raise KeyError(name)

    def change(self, name: str, value: object) -> bool:
        """See `Surface.change`.

        Raises:
            AttributeError: the setting would have no effect; the error says what to use instead.
            TypeError, ValueError: the value is invalid.
        """
        if name in SETTING_NAMES:
            # None resets what was set here, but not what the user of trunkline has set.
            if value is not None or name in self._given:
                self._given.add(name)
                self._client.settings.change(name, value)
            return True
        if value and (name in _REFUSED or name.endswith("_key")):
            remedy = _REFUSED.get(name, _REFUSED["api_key"])
            raise AttributeError(f"litellm.{name} cannot be set here: {remedy}")
        covered = name in self._names or name in _FUNCTIONS or name in ERROR_NAMES
        if not covered:
            _log.warning("litellm.%s has no effect: trunkline has no setting of this name", name)
        return False

    def names(self) -> Iterable[str]:
        """See `Surface.names`."""
        return {*self._names, *SETTING_NAMES, *ERROR_NAMES, *OPENAI_NAMES, *_FUNCTIONS} - NOT_BESIDE


def _things_of(module: object) -> dict[str, Any]:
    """Return the public names of a module."""
    public = getattr(module, "__all__", ())
    return {name: inspect.getattr_static(module, name) for name in public}
