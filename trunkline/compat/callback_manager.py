"""litellm.logging_callback_manager, which adds and removes callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ..clients.settings import Settings
from ..litellm_names.table import missing_name
from ..middlewares.listening.litellm_loggers import CustomLogger
from .absent import refuse

_LISTS = ("callbacks", "success_callback", "failure_callback")


class LoggingCallbackManager:
    """Adds callbacks to the settings' lists, each once, and removes them.

    Two `CustomLogger` are the same if they have the same class and the same public attributes of
    text, numbers and booleans.

    Args:
        settings: returns the current settings.
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings

    def add_litellm_callback(self, callback: Any) -> None:
        """Add to `litellm.callbacks`, which are called after every call."""
        self._add("callbacks", callback)

    def add_litellm_success_callback(self, callback: Any) -> None:
        """Add to `litellm.success_callback`, asynchronous ones too."""
        self._add("success_callback", callback)

    def add_litellm_failure_callback(self, callback: Any) -> None:
        """Add to `litellm.failure_callback`, asynchronous ones too."""
        self._add("failure_callback", callback)

    add_litellm_async_success_callback = add_litellm_success_callback
    add_litellm_async_failure_callback = add_litellm_failure_callback

    def add_litellm_input_callback(self, callback: Any) -> NoReturn:  # noqa: ARG002  # callers of litellm pass it
        """Raise NotImplementedError."""
        refuse("litellm.input_callback", missing_name("input_callback"))

    def add_litellm_service_callback(self, callback: Any) -> NoReturn:  # noqa: ARG002  # the same
        """Raise NotImplementedError."""
        refuse("litellm.service_callback", missing_name("service_callback"))

    def remove_callback_from_list_by_object(
        self,
        callback_list: list[Any],
        obj: object,
        require_self: bool = True,  # callers of litellm pass it so
    ) -> None:
        """Remove the methods of an object from a list, or with `require_self=False` itself."""
        for each in list(callback_list):
            if getattr(each, "__self__", None) is obj if require_self else each == obj:
                callback_list.remove(each)

    def remove_callbacks_by_type(self, callback_list: list[Any], callback_type: type) -> None:
        """Remove the callbacks of a class from a list."""
        callback_list[:] = [each for each in callback_list if not isinstance(each, callback_type)]

    def remove_callback_from_all_lists(
        self,
        obj: object,
        require_self: bool = False,  # callers of litellm pass it so
    ) -> None:
        """Remove an object, or its methods, from all lists."""
        for name in _LISTS:
            self.remove_callback_from_list_by_object(
                getattr(self._settings(), name), obj, require_self
            )

    def get_all_callbacks(self) -> list[Any]:
        """Return the callbacks of all lists."""
        return [each for name in _LISTS for each in getattr(self._settings(), name)]

    def get_custom_loggers_for_type(self, callback_type: type) -> list[Any]:
        """Return the callbacks of a class, each once."""
        found: list[Any] = []
        for each in self.get_all_callbacks():
            if isinstance(each, callback_type) and each not in found:
                found.append(each)
        return found

    def callback_is_active(self, callback_type: type) -> bool:
        """Return whether a callback of a class is in any list."""
        return bool(self.get_custom_loggers_for_type(callback_type))

    def get_callbacks_by_type(self) -> dict[str, list[str]]:
        """Return the names of callbacks after successes, after failures, and after both."""
        both, success, failure = ([*getattr(self._settings(), name)] for name in _LISTS)
        both += [each for each in success if each in failure]
        return {
            "success": _names_of(each for each in success if each not in both),
            "failure": _names_of(each for each in failure if each not in both),
            "success_and_failure": _names_of(both),
        }

    def _reset_all_callbacks(self) -> None:
        for name in _LISTS:
            self._settings().change(name, [])

    _get_all_callbacks = get_all_callbacks

    def _add(self, name: str, callback: Any) -> None:
        held = list(getattr(self._settings(), name))
        if callback not in held and _key(callback) not in map(_key, held):
            # Checked as if it were set.
            self._settings().change(name, [*held, callback])


def _key(callback: Any) -> object:
    """Return what is the same for two loggers of which only one is called."""
    if not isinstance(callback, CustomLogger):
        return object()
    fields = sorted(vars(callback).items())
    plain = (each for each in fields if each[0][0] != "_" and isinstance(each[1], str | int))
    return (type(callback).__name__, *plain)


def _names_of(callbacks: Any) -> list[str]:
    return list(dict.fromkeys(map(_name_of, callbacks)))


def _name_of(callback: Any) -> str:
    if isinstance(callback, str):
        return callback
    return str(getattr(callback, "__name__", type(callback).__name__))
