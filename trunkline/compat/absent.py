"""litellm's functions and classes that trunkline does not offer: they say what to use instead.

`__all__` has the class that programs patch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from ..litellm_names.table import missing_name, read_names

__all__ = ["OpenAIChatCompletion"]

# Names of classes, which programs inherit from or construct.
_CLASSES = frozenset({"BudgetManager", "MlflowLogger"})


def absent_names() -> Iterable[str]:
    """Return the names that `make_absent` knows."""
    names = read_names()["names"]
    return {*(name for name, entry in names.items() if entry.status == "not there"), *_CLASSES}


def make_absent(name: str) -> Callable[..., Any] | None:
    """Return the function or class of a name that is not offered, None for any other name.

    A call raises NotImplementedError, which names the alternative. Those that are asynchronous in
    litellm raise it when they are awaited.
    """
    remedy = missing_name(name)
    if remedy is None or name not in absent_names():
        return None
    if name in _CLASSES:
        return type(name, (_Absent,), {"__module__": "litellm", "remedy": remedy})
    return _asynchronous(name, remedy) if is_asynchronous(name) else _blocking(name, remedy)


def is_asynchronous(name: str) -> bool:
    """Return whether a name is that of an asynchronous function, which begins with an "a"."""
    return name.startswith("a_") or (name[0] == "a" and name[1:] in {*absent_names(), "create"})


class _Absent:
    remedy = ""

    def __init__(self, *_values: Any, **_fields: Any) -> None:
        refuse(f"litellm.{type(self).__name__}", self.remedy)


def refuse(name: str, remedy: str | None) -> NoReturn:
    """Raise NotImplementedError for something of litellm's; `remedy` says what to use instead."""
    raise NotImplementedError(f"{name} is not available in trunkline: {remedy}")


def _blocking(name: str, remedy: str) -> Callable[..., Any]:
    def absent(*_values: Any, **_fields: Any) -> NoReturn:
        refuse(f"litellm.{name}", remedy)

    return _named(absent, name, remedy)


def _asynchronous(name: str, remedy: str) -> Callable[..., Any]:
    async def absent(*_values: Any, **_fields: Any) -> NoReturn:  # like litellm's
        refuse(f"litellm.{name}", remedy)

    return _named(absent, name, remedy)


def _named(function: Callable[..., Any], name: str, remedy: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__module__ = "litellm.main"
    function.__doc__ = f"Not available in trunkline: {remedy}."
    return function


def _refuse_own(name: str) -> NoReturn:
    raise NotImplementedError(
        f"{name}: not implemented by this class; in trunkline, register_provider() adds a "
        "provider, and Client(adapter=...) answers calls itself"
    )


class OpenAIChatCompletion:
    """litellm's internal client of OpenAI, which tests patch; trunkline does not call it."""

    def completion(self, *_values: Any, **_fields: Any) -> Any:
        """Raise NotImplementedError."""
        _refuse_own("completion")

    async def acompletion(self, *_values: Any, **_fields: Any) -> Any:
        """Raise NotImplementedError."""
        _refuse_own("acompletion")


OpenAIChatCompletion.__module__ = "litellm.llms.openai.openai"
