"""litellm's modules as modules of trunkline, such as `trunkline.types.utils`.

They have no files: a finder makes them when they are imported, and each has all public names.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .table import missing_name

#: litellm's modules that programs import from, without "litellm." in front.
SUBMODULES = (
    "_logging",
    "_version",
    "caching",
    "caching.caching",
    "cost_calculator",
    "exceptions",
    "integrations",
    "integrations.custom_logger",
    "litellm_core_utils",
    "litellm_core_utils.get_llm_provider_logic",
    "litellm_core_utils.get_supported_openai_params",
    "litellm_core_utils.streaming_handler",
    "main",
    "responses",
    "responses.main",
    "responses.streaming_iterator",
    "router",
    "types",
    "types.completion",
    "types.llms",
    "types.llms.base",
    "types.llms.openai",
    "types.responses",
    "types.responses.main",
    "types.router",
    "types.utils",
    "utils",
)
_ROOT = __name__.partition(".")[0]
# With a module of this name, the function `trunkline.responses` would be lost.
_FUNCTIONS = ("responses",)


def import_submodule(name: str) -> ModuleType | None:
    """Return one of litellm's modules that is an attribute of its package, None for other names.

    Those below it are imported too, because litellm's users reach them without importing them.
    """
    if name not in SUBMODULES or name in _FUNCTIONS:
        return None
    below = [each for each in SUBMODULES if each.startswith(f"{name}.")]
    for each in below:
        import_module(f"{_ROOT}.{each}")
    return import_module(f"{_ROOT}.{name}")


class Submodule(ModuleType):
    """A module with all public names of trunkline."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return sys.modules[_ROOT].__all__
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)
        return getattr(sys.modules[_ROOT], name)


class SubmoduleFinder(MetaPathFinder, Loader):
    """Finds and makes the modules that trunkline has no files for."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  # the import system passes it
        target: ModuleType | None = None,  # noqa: ARG002  # the import system passes it
    ) -> ModuleSpec | None:
        """Return the spec of a module that litellm has, None for any other name.

        Raises:
            ImportError: litellm has the name and trunkline does not; it says what to use instead.
        """
        name = fullname.removeprefix(f"{_ROOT}.")
        if name in SUBMODULES and name not in _FUNCTIONS:
            return ModuleSpec(fullname, self, is_package=True)
        remedy = missing_name(name.partition(".")[0])
        if remedy is not None:
            # Not ModuleNotFoundError: for `from trunkline import NAME`, Python would replace that
            # with an error without the remedy.
            raise ImportError(f"trunkline has no {name}: {remedy}", name=fullname)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Create a module; its names are resolved on first use."""
        return Submodule(spec.name, f"The public names of trunkline, as in litellm's {spec.name}.")

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module has no code."""
