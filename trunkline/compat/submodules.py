"""litellm's modules as modules of trunkline.compat, such as `trunkline.compat.types.utils`.

They need no `install()`. Each has the names and settings of litellm's module of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .modules import MODULES, ROOT, not_covered

_PACKAGE = __name__.rpartition(".")[0]
#: Returns litellm's module of a name, such as "litellm.utils".
FindModule = Callable[[str], ModuleType]


class CompatSubmodule(ModuleType):
    """A module with the names of one of litellm's modules."""

    _find: FindModule

    def _same(self) -> ModuleType:
        return self._find(self.__name__.replace(_PACKAGE, ROOT, 1))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)
        return getattr(self._same(), name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._same())})


class CompatSubmoduleFinder(MetaPathFinder, Loader):
    """Finds and makes the modules that trunkline.compat has no files for.

    Args:
        find: returns litellm's module of a name.
    """

    def __init__(self, find: FindModule) -> None:
        self._find = find

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  # the import system passes it
        target: ModuleType | None = None,  # noqa: ARG002  # the import system passes it
    ) -> ModuleSpec | None:
        """Return the spec of a module that litellm has, None outside the package.

        Raises:
            ModuleNotFoundError: it is one of the package that does not exist.
        """
        if not fullname.startswith(f"{_PACKAGE}."):
            return None
        name = fullname.replace(_PACKAGE, ROOT, 1)
        if name in MODULES:
            return ModuleSpec(fullname, self, is_package=True)
        # With this name the message is also shown for `from trunkline.compat.utils import NAME`.
        raise ModuleNotFoundError(not_covered(name, dir(self._find(ROOT))), name=_PACKAGE)

    def create_module(self, spec: ModuleSpec) -> CompatSubmodule:
        """Create a module; its names are resolved when they are used."""
        module = CompatSubmodule(spec.name, f"The names of {spec.name.replace(_PACKAGE, ROOT, 1)}.")
        module._find = self._find  # pyright: ignore[reportPrivateUsage]  # litellm has no such name
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module has no code."""
