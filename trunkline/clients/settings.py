"""Settings of a client: given as its arguments, or, for the default client, set on the module."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct, field

from ..middlewares.listening.listeners import Callback, check_callbacks
from ..middlewares.stores.store import Store


class Settings(Struct, kw_only=True):
    """What holds for all calls of a client; a call's own arguments go before it.

    Attributes:
        drop_params: leave out OpenAI parameters that a model does not take.
        disable_stop_sequence_limit: send all stop sequences.
        num_retries: further requests for a call that failed; None is the chain's own number.
        cache: where to keep answers; True keeps them in memory, None keeps none.
        callbacks, success_callback, failure_callback: who is told of calls.
        model_alias_map: names of one's own for models.
    """

    drop_params: bool = False
    disable_stop_sequence_limit: bool = False
    num_retries: int | None = None
    cache: Store | bool | None = None
    callbacks: Sequence[Callback] = field(default_factory=list[Callback])
    success_callback: Sequence[Callback] = field(default_factory=list[Callback])
    failure_callback: Sequence[Callback] = field(default_factory=list[Callback])
    model_alias_map: Mapping[str, str] = field(default_factory=dict[str, str])

    def change(self, name: str, value: Any) -> None:
        """Set one of them.

        Raises:
            TypeError, ValueError: the value cannot be right.
        """
        _CHECKS[name](name, value)
        setattr(self, name, value)

    def defaults(self) -> dict[str, Any]:
        """Return the arguments that a call has which gives none of its own."""
        given: dict[str, Any] = {}
        if self.drop_params:
            given["drop_params"] = True
        if self.disable_stop_sequence_limit:
            given["disable_stop_sequence_limit"] = True
        if self.num_retries is not None:
            given["num_retries"] = self.num_retries
        return given

    def lists(self) -> tuple[Sequence[Callback], Sequence[Callback], Sequence[Callback]]:
        """Return who is told of every call, of those that completed, and of the others."""
        return self.callbacks, self.success_callback, self.failure_callback


def read_settings(owner: str, given: Mapping[str, Any]) -> Settings:
    """Return settings that were given by name; `owner` says in errors to whom.

    Raises:
        TypeError, ValueError: there is no such setting, or a value cannot be right.
    """
    settings = Settings()
    for name, value in given.items():
        if name not in SETTING_NAMES:
            known = ", ".join(sorted(SETTING_NAMES))
            raise TypeError(f"{owner} has no setting {name!r}; there are {known}")
        settings.change(name, value)
    return settings


def _check_bool(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {value!r}")


def _check_count(name: str, value: object) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and (not whole or cast("int", value) < 0):
        raise TypeError(f"{name}: expected 0 or more, got {value!r}")


def _check_store(name: str, value: object) -> None:
    if not (value is None or isinstance(value, bool) or hasattr(value, "get")):
        raise TypeError(f"{name}: expected a store, True, or None, got {type(value).__name__}")


def _check_aliases(name: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a dictionary of names, got {type(value).__name__}")


def _check_callbacks(name: str, value: object) -> None:
    check_callbacks(name, value)


_CHECKS: dict[str, Callable[[str, object], None]] = {
    "drop_params": _check_bool,
    "disable_stop_sequence_limit": _check_bool,
    "num_retries": _check_count,
    "cache": _check_store,
    "callbacks": _check_callbacks,
    "success_callback": _check_callbacks,
    "failure_callback": _check_callbacks,
    "model_alias_map": _check_aliases,
}

SETTING_NAMES = frozenset(_CHECKS)
