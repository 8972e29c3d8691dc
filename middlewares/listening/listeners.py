"""What may be handed in as a callback, and what becomes of it: a `Listener`."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from cachetools import LRUCache
from msgspec import Struct

from ...pipeline.call.request import Request
from ...pipeline.schema.model_response import ModelResponseStream
from .record import CallRecord

ENTRY_POINTS = "trunkline.callbacks"

#: For checkers, the native form comes first; what else there is they cannot tell apart.
Callback = Callable[[CallRecord], object] | object

_Key = tuple[int, int]

_FORMS = (
    "a callback is a function of one argument (a CallRecord) or of litellm's four "
    "(kwargs, completion_response, start_time, end_time), an object with litellm's "
    "log_success_event and log_failure_event, or the name of an installed one"
)


class Listener(Struct, frozen=True, eq=False, kw_only=True):
    """A callback, and what to call for which event; each may return something to await.

    Attributes:
        name: what logs and counts call it.
        callback: what was handed in.
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
    """Who hears of a call's completion, and who of any other end."""

    completed: tuple[Listener, ...] = ()
    otherwise: tuple[Listener, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.completed or self.otherwise)

    def __add__(self, other: Audience) -> Audience:
        return Audience(
            _once((*self.completed, *other.completed)), _once((*self.otherwise, *other.otherwise))
        )

    def everyone(self) -> tuple[Listener, ...]:
        """Return all of them, each once."""
        return _once((*self.completed, *self.otherwise))


def gather(
    both: Sequence[Callback], success: Sequence[Callback] = (), failure: Sequence[Callback] = ()
) -> Audience:
    """Return the audience that lists of callbacks make, in their order.

    Raises:
        TypeError: one of them is no callback.
        ValueError: a name is not known.
    """
    for_both = check_callbacks("callbacks", both)
    return Audience(
        _once((*for_both, *check_callbacks("success_callback", success))),
        _once((*for_both, *check_callbacks("failure_callback", failure))),
    )


def check_callbacks(setting: str, callbacks: object) -> tuple[Listener, ...]:
    """Return what a setting's callbacks become; call it when the setting is set.

    Raises:
        TypeError: it is no list, or one in it is no callback.
        ValueError: a name is not known; the text lists those that are.
    """
    if not isinstance(callbacks, list | tuple):
        kind = type(callbacks).__name__
        raise TypeError(f"{setting}: expected a list of callbacks, got {kind}")
    listeners: list[Listener] = []
    for position, callback in enumerate(cast("list[object]", callbacks)):
        try:
            listeners.append(recognise(callback))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{setting}[{position}]: {error}") from error
    return tuple(listeners)


# By identity: callbacks need not be hashable. The listener keeps its callback alive, so that an
# id in here is not given to another object.
_recognised: LRUCache[_Key, Listener] = LRUCache(maxsize=512)
_lock = threading.Lock()


def recognise(callback: object) -> Listener:
    """Return the listener of a callback; worked out once for each.

    Raises:
        TypeError: it is no callback.
        ValueError: it is a name that no installed package brings.
    """
    if isinstance(callback, str):
        callback = load_named(callback)
    with _lock:
        known = _recognised.get(_key(callback))
    if known is not None:
        return known
    listener = _recognise(callback)
    with _lock:
        _recognised[_key(callback)] = listener
    return listener


def _recognise(callback: object) -> Listener:
    from .litellm_loggers import (  # noqa: PLC0415  # few programs have callbacks
        LoggerCalls,
        is_logger,
        to_litellm,
    )

    if inspect.isclass(callback):
        raise TypeError(f"{callback.__name__} is a class: write {callback.__name__}()")
    name = _name(callback)
    if is_logger(callback):
        calls = LoggerCalls(callback, name)
        return Listener(
            name=name,
            callback=callback,
            ended=calls.ended,
            started=calls.started if calls.hears_starts else None,
            chunk=calls.chunk if calls.hears_chunks else None,
        )
    if not callable(callback):
        raise TypeError(f"{callback!r} is none: {_FORMS}")
    if _takes(callback, 4) and not _takes_any_number(callback):
        return Listener(name=name, callback=callback, ended=to_litellm(callback))
    if not _takes(callback, 1):
        raise TypeError(f"{name}{inspect.signature(callback)} cannot be called: {_FORMS}")
    return Listener(name=name, callback=callback, ended=callback)


@lru_cache(maxsize=128)
def load_named(name: str) -> object:
    """Return the callback that a package brings under a name (entry points, trunkline.callbacks).

    Such an entry point is a callback, or a class that is made without arguments.

    Raises:
        ValueError: no package brings it, or it cannot be imported.
    """
    # Loaded here: it takes longer than all the rest of this file, and few give names.
    from importlib.metadata import entry_points  # noqa: PLC0415

    found = entry_points(group=ENTRY_POINTS)
    for point in found.select(name=name):
        try:
            loaded: object = point.load()
            return loaded() if inspect.isclass(loaded) else loaded
        except Exception as error:
            raise ValueError(f"the callback {name!r} ({point.value}) fails to load") from error
    known = ", ".join(sorted({point.name for point in found})) or "none is installed"
    raise ValueError(f"no callback is named {name!r}; known: {known}")


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:
        # Some builtins do not tell their signature: they are taken for native ones.
        return count == 1
    return True


def _takes_any_number(function: Callable[..., Any]) -> bool:
    """Tell whether the fourth argument would land in a `*args`."""
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


def _once(listeners: tuple[Listener, ...]) -> tuple[Listener, ...]:
    """Return them without those whose callback came before."""
    seen: dict[_Key, Listener] = {}
    for listener in listeners:
        seen.setdefault(_key(listener.callback), listener)
    return tuple(seen.values())


def _key(callback: object) -> _Key:
    """Return a callback's identity; that of a method, which is a new object whenever it is read."""
    function = getattr(callback, "__func__", None)
    if function is None:
        return id(callback), 0
    return id(getattr(callback, "__self__", None)), id(function)
