"""The middlewares that the library has, found and not listed."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import trunkline


def middleware_classes() -> list[type]:
    """Return every public class in middlewares/ that is called with a request and what is next."""
    folder = Path(trunkline.__file__).parent / "middlewares"
    found: list[type] = []
    for path in sorted([*folder.glob("[a-z]*.py"), *folder.glob("[a-z]*/[a-z]*.py")]):
        inside = ".".join(path.relative_to(folder).with_suffix("").parts)
        module = import_module(f"trunkline.middlewares.{inside}")
        found += [
            thing
            for name, thing in vars(module).items()
            if inspect.isclass(thing) and thing.__module__ == module.__name__
            if not name.startswith("_") and _is_middleware(thing)
        ]
    return found


def _is_middleware(cls: type) -> bool:
    call = vars(cls).get("__call__")
    return call is not None and list(inspect.signature(call).parameters)[1:] == [
        "request",
        "call_next",
    ]
