"""Pickle objects of classes that have litellm's modules, in programs without a module litellm."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_PACKAGE = __name__.rpartition(".")[0]


def reduce_by_name(kind: type, arguments: tuple[object, ...], state: object) -> tuple[Any, ...]:
    """Return what `__reduce__` returns for an object whose class pickle cannot import.

    Args:
        kind: the class.
        arguments: those of its `__new__`.
        state: see `object.__reduce__`.
    """
    return make_empty, (kind.__module__, kind.__qualname__, *arguments), state


def make_empty(module: str, name: str, *arguments: object) -> object:
    """Return an object without its state, of a class that litellm has in a module."""
    names = import_module(module.replace("litellm", _PACKAGE, 1))
    kind: Any = getattr(names, name)
    return kind.__new__(kind, *arguments)


def is_importable(kind: type) -> bool:
    """Return whether pickle finds a class in its module: that of `install()`, or a program's own.

    Then a pickle names only litellm's module, so that litellm can load it, too.
    """
    return getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is kind
