"""Check a chain when it is built: orders that cannot work, and layers that may occur only once.

A middleware says so itself, with attributes of its class or of the object:

- `belongs_inside`: names of classes that must be outside it, each with what goes wrong otherwise;
- `belongs_outside`: names of classes that must be inside it, in the same form;
- `single`: True if a chain may contain only one of its class.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence

from ..errors import InvalidArgumentError
from ..frames import outer_level
from .request import Middleware

#: How many orders a client remembers.
_MOST_ORDERS = 256


def check_order(middlewares: Sequence[Middleware]) -> None:
    """Warn about each pair of layers in an order that cannot work.

    Raises:
        InvalidArgumentError: a layer that may occur only once occurs twice, or one says in a wrong
            form where it belongs.
    """
    kinds = [_kinds(middleware) for middleware in middlewares]
    for position, middleware in enumerate(middlewares):
        name = type(middleware).__name__
        inner, outer = kinds[position + 1 :], kinds[:position]
        if getattr(middleware, "single", False) and any(name in others for others in inner):
            raise InvalidArgumentError(
                f"middlewares: two {name} layers; a chain may contain only one"
            )
        for other, problem in _pairs(middleware, "belongs_inside", inner):
            _warn(f"{name} is outside {other}: {problem}; put it after {other} in the list")
        for other, problem in _pairs(middleware, "belongs_outside", outer):
            _warn(f"{name} is inside {other}: {problem}; put it before {other} in the list")


class CheckedOrders:
    """The orders of layers that calls have added outside a client's own, each checked once."""

    def __init__(self, own: Sequence[Middleware]) -> None:
        self._own = own
        self._seen: set[tuple[object, ...]] = set()

    def check(self, extra: Sequence[Middleware]) -> None:
        """Check the layers of a call as `check_order` does, unless an earlier call had such layers.

        Raises:
            InvalidArgumentError: a layer that may occur only once occurs twice.
        """
        kinds = tuple(_signature(middleware) for middleware in extra)
        if kinds in self._seen:
            return
        check_order((*extra, *self._own))
        if len(self._seen) >= _MOST_ORDERS:
            self._seen.clear()
        self._seen.add(kinds)


def _signature(middleware: Middleware) -> tuple[object, ...]:
    """Return what decides where a middleware may be."""
    inside: Mapping[str, str] = getattr(middleware, "belongs_inside", {})
    outside: Mapping[str, str] = getattr(middleware, "belongs_outside", {})
    return (type(middleware), *inside, None, *outside)


def _kinds(middleware: Middleware) -> frozenset[str]:
    """Return the names of a middleware's class and of the classes that it derives from."""
    kind: type = type(middleware)
    return frozenset(cls.__name__ for cls in kind.__mro__)


def _pairs(
    middleware: Middleware, attribute: str, kinds: Sequence[frozenset[str]]
) -> Iterator[tuple[str, str]]:
    problems: Mapping[str, str] = getattr(middleware, attribute, {})
    if not isinstance(problems, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise InvalidArgumentError(
            f"{type(middleware).__name__}.{attribute}: expected a dict from the name of a class to "
            f"what goes wrong otherwise, got {type(problems).__name__}"
        )
    for other, problem in problems.items():
        if any(other in names for names in kinds):
            yield other, problem


def _warn(text: str) -> None:
    warnings.warn(f"middlewares: {text}", UserWarning, stacklevel=outer_level())
