"""Turn every accepted form of a callback into a `Listener`."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from cachetools import LRUCache
from msgspec import Struct

from ...pipeline.call.request import Request
from ...pipeline.errors import InvalidArgumentError
from ...pipeline.schema.model_response import ModelResponseStream
from .record import CallRecord

ENTRY_POINTS = "trunkline.callbacks"

#: The native form comes first, for type checkers; they cannot distinguish the other forms.
Callback = Callable[[CallRecord], object] | object

_Key = tuple[int, int]

_FORMS = (
    "a callback is a function that takes one argument (a CallRecord) or litellm's four "
    "(kwargs, completion_response, start_time, end_time), an object with litellm's "
    "log_success_event and log_failure_event, or the name of an installed callback"
)


class Listener(Struct, frozen=True, eq=False, kw_only=True):
    """A callback, and the functions to call for each event; each may return an awaitable.

    Attributes:
        name: its name in logs and counts.
        callback: the callback as the user passed it.
        ended: called once, with the record of the call.
        started: called before anything is sent.
        chunk: called for each chunk as it arrives.
    """

    name: str
    callback: object
    ended: Callable[[CallRecord], object]
    started: Callable[[Request], object] | None = None
    chunk: Callable[[Request, ModelResponseStream], object] | None = None


class Audience(Struct, frozen=True, eq=False):
    """The listeners for calls that complete, and those for calls that end in any other way."""

    completed: tuple[Listener, ...] = ()
    not_completed: tuple[Listener, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.completed or self.not_completed)

    def __add__(self, other: Audience) -> Audience:
        return Audience(
            _deduplicate((*self.completed, *other.completed)),
            _deduplicate((*self.not_completed, *other.not_completed)),
        )

    def all_listeners(self) -> tuple[Listener, ...]:
        """Return all listeners, each once."""
        return _deduplicate((*self.completed, *self.not_completed))


#: Most calls have no listeners.
NOBODY = Audience()


def make_audience(
    both: Sequence[Callback],
    success: Sequence[Callback] = (),
    failure: Sequence[Callback] = (),
    *,
    name: str = "callbacks",
) -> Audience:
    """Return the audience of lists of callbacks, in their order; `name` is that of the first list.

    Raises:
        InvalidArgumentError: a value is not a callback, or a name is unknown.
    """
    for_both = check_callbacks(name, both)
    completed = _deduplicate((*for_both, *check_callbacks("success_callback", success)))
    not_completed = _deduplicate((*for_both, *check_callbacks("failure_callback", failure)))
    return Audience(completed, not_completed) if completed or not_completed else NOBODY


def check_callbacks(setting: str, callbacks: object) -> tuple[Listener, ...]:
    """Return the listeners of a setting's callbacks; call this when the setting is set.

    Raises:
        InvalidArgumentError: it is not a list, a value in it is not a callback, or a name is
            unknown; the message lists the known ones.
    """
    if not isinstance(callbacks, list | tuple):
        kind = type(callbacks).__name__
        raise InvalidArgumentError(f"{setting}: expected a list of callbacks, got {kind}")
    listeners: list[Listener] = []
    for position, callback in enumerate(cast("list[object]", callbacks)):
        try:
            listeners.append(find_listener(callback))
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(f"{setting}[{position}]: {error}") from error
    return tuple(listeners)


# By identity, because callbacks need not be hashable. A listener keeps its callback alive, so
# that its id is not reused for another object.
_listeners: LRUCache[_Key, Listener] = LRUCache(maxsize=512)
_lock = threading.Lock()


def find_listener(callback: object) -> Listener:
    """Return the listener of a callback; it is created once.

    Raises:
        InvalidArgumentError: it is not a callback, or a name that no installed package provides.
    """
    if isinstance(callback, str):
        callback = load_named(callback)
    with _lock:
        known = _listeners.get(_key(callback))
    if known is not None:
        return known
    listener = _make_listener(callback)
    with _lock:
        _listeners[_key(callback)] = listener
    return listener


def _make_listener(callback: object) -> Listener:
    from .litellm_loggers import (  # noqa: PLC0415  # most programs have no callbacks
        LoggerCalls,
        adapt_function,
        is_logger,
    )

    if inspect.isclass(callback):
        raise InvalidArgumentError(
            f"{callback.__name__} is a class; pass an instance, {callback.__name__}()"
        )
    name = _name(callback)
    if is_logger(callback):
        calls = LoggerCalls(callback, name)
        return Listener(
            name=name,
            callback=callback,
            ended=calls.ended,
            started=calls.started if calls.handles_start else None,
            chunk=calls.chunk if calls.handles_chunks else None,
        )
    if not callable(callback):
        raise InvalidArgumentError(f"{callback!r} is not a callback; {_FORMS}")
    if _accepts(callback, 4) and not _accepts_any_number(callback):
        return Listener(name=name, callback=callback, ended=adapt_function(callback))
    if not _accepts(callback, 1):
        raise InvalidArgumentError(
            f"{name}{inspect.signature(callback)} takes the wrong number of arguments; {_FORMS}"
        )
    return Listener(name=name, callback=callback, ended=callback)


@lru_cache(maxsize=128)
def load_named(name: str) -> object:
    """Return the callback that an installed package provides under a name.

    It is found by the entry point group trunkline.callbacks. The entry point is a callback, or a
    class that is created without arguments.

    Raises:
        InvalidArgumentError: no package provides it, or it cannot be imported.
    """
    # Imported here because it is slow, and few programs use names.
    from importlib.metadata import entry_points  # noqa: PLC0415

    found = entry_points(group=ENTRY_POINTS)
    for point in found.select(name=name):
        try:
            loaded: object = point.load()
            return loaded() if inspect.isclass(loaded) else loaded
        except Exception as error:
            raise InvalidArgumentError(
                f"cannot load the callback {name!r} ({point.value})"
            ) from error
    known = ", ".join(sorted({point.name for point in found})) or "none"
    raise InvalidArgumentError(f"unknown callback {name!r}; installed callbacks: {known}")


def _accepts(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:
        # Some built-in functions have no signature: they count as the native form.
        return count == 1
    return True


def _accepts_any_number(function: Callable[..., Any]) -> bool:
    """Return whether a fourth argument would be part of `*args`."""
    named = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return len(named) < 4


def _name(callback: object) -> str:
    for attribute in ("__qualname__", "__name__"):
        name: object = getattr(callback, attribute, None)
        if isinstance(name, str):
            return name
    return type(callback).__qualname__


def _deduplicate(listeners: tuple[Listener, ...]) -> tuple[Listener, ...]:
    """Return the listeners without those whose callback appears earlier."""
    seen: dict[_Key, Listener] = {}
    for listener in listeners:
        seen.setdefault(_key(listener.callback), listener)
    return tuple(seen.values())


def _key(callback: object) -> _Key:
    """Return a callback's identity; a bound method is a new object each time it is accessed."""
    function = getattr(callback, "__func__", None)
    if function is None:
        return id(callback), 0
    return id(getattr(callback, "__self__", None)), id(function)
