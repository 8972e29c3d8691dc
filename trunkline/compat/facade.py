"""The type of the module `trunkline.compat`: it also has litellm's names and settings."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from ..clients.client import Client
from .modules import HIDDEN, MODULES, ROOT, CompatFinder, CompatModule, Surface


class CompatFacade(ModuleType):
    """A module with the names and settings of what is installed, else of the default client."""

    def __getattr__(self, name: str) -> Any:
        # The import system asks for modules before it imports them.
        if name.startswith("__") or name in _own_modules(tuple(self.__path__)):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)
        return getattr(find_module(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in HIDDEN and isinstance(value, ModuleType):
            return
        if name.startswith("__") or name in vars(self) or isinstance(value, ModuleType):
            super().__setattr__(name, value)
        else:
            setattr(find_module(), name, value)

    def __delattr__(self, name: str) -> None:
        if name in vars(self):
            super().__delattr__(name)
        else:
            delattr(find_module(), name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(find_module())})


def installed() -> CompatFinder | None:
    """Return the finder that replaces litellm, None if there is none."""
    found = [finder for finder in sys.meta_path if isinstance(finder, CompatFinder)]
    return found[0] if found else None


def make_surface(client: Client | None) -> Surface:
    """Return litellm's names for a client, None for the default client.

    Raises:
        ImportError: pydantic is not installed.
    """
    if find_spec("pydantic") is None:
        raise ImportError("trunkline.compat needs pydantic: pip install 'trunkline[compat]'")
    from .surface import CompatSurface  # noqa: PLC0415  # pydantic is an extra

    if client is None:
        from ..clients.default import client as default  # noqa: PLC0415  # created when first needed

        client = default
    return CompatSurface(client)


def find_module(name: str = ROOT) -> ModuleType:
    """Return a module of litellm's; without `install()`, one that nothing else imports."""
    return _default_modules()[name] if installed() is None else import_module(name)


@cache
def _default_modules() -> dict[str, CompatModule]:
    finder = CompatFinder(make_surface(None))
    made = {name: finder.create_module(ModuleSpec(name, finder)) for name in MODULES}
    for name, module in made.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(made[parent], child, module)
    return made


@cache
def _own_modules(path: tuple[str, ...]) -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(path))
