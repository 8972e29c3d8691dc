"""The modules of the `litellm` namespace, and the finder through which Python imports them.

All modules answer to all names that are covered, so that a name may move from one of litellm's
modules to another between its versions. A name is looked up when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from ..clients.client import Client
from ..litellm_names.submodules import SUBMODULES
from ..litellm_names.table import missing_name
from ..pipeline.near_names import find_near

ROOT = "litellm"
EXCEPTIONS = "litellm.exceptions"
#: The release of litellm whose names these are; what importlib.metadata says.
VERSION = "1.106.2"
#: Where people who read a traceback find what is covered.
ORIGIN = str(Path(__file__).with_name("__init__.py"))

#: Modules that only programs with litellm itself import.
_ONLY_HERE = (
    "litellm.anthropic",
    "litellm.anthropic.messages",
    "litellm.files",
    "litellm.files.main",
    "litellm.google_genai",
    "litellm.integrations.mlflow",
    "litellm.litellm_core_utils.litellm_logging",
    "litellm.litellm_core_utils.thread_pool_executor",
    "litellm.llms",
    "litellm.llms.anthropic",
    "litellm.llms.anthropic.common_utils",
    "litellm.llms.custom_llm",
    "litellm.llms.openai",
    "litellm.llms.openai.openai",
    "litellm.types.llms.anthropic",
)
MODULES = (ROOT, *(f"{ROOT}.{name}" for name in SUBMODULES), *_ONLY_HERE)
_LAST_PARTS = frozenset(name.rpartition(".")[2] for name in MODULES)
#: litellm's lists of callbacks for asynchronous calls, and the settings that hold them here.
ASYNC_LISTS = {
    "_async_failure_callback": "failure_callback",
    "_async_success_callback": "success_callback",
}
#: Modules that the import system would put in the place of the function of the same name.
HIDDEN = ("responses",)


def not_covered(name: str, covered: Iterable[str]) -> str:
    """Return the error message for a name that is not covered, with what to use instead.

    Args:
        name: with its module, such as "litellm.utils.token_countr".
        covered: the names that are covered, one of which may be meant.
    """
    own = name.rpartition(".")[2]
    remedy = missing_name(name.removeprefix(f"{ROOT}.").partition(".")[0])
    near = None if own.startswith("_") else find_near(own, {*covered, *_LAST_PARTS})
    if remedy is not None:
        instead = f"in trunkline: {remedy}"
    elif near is not None:
        instead = f"did you mean {near}?"
    else:
        instead = "help(trunkline.compat) lists what it covers"
    return (
        f"{name} is not available: trunkline replaces only litellm's chat completions and "
        f"Responses API; {instead}"
    )


class Surface(Protocol):
    """The source of the modules' names."""

    def find(self, name: str) -> Any:
        """Return the object of a name.

        Raises:
            KeyError: nothing does.
        """
        ...

    def use(self, client: Client) -> None:
        """Use another client."""
        ...

    def change(self, name: str, value: object) -> bool:
        """Set a setting; return whether it exists."""
        ...

    def undo(self, name: str) -> bool:
        """Undo the last change of a setting; return whether there was one."""
        ...

    def names(self) -> Iterable[str]:
        """Return the names for dir()."""
        ...

    def public(self, module: str) -> list[str]:
        """Return the names that `from module import *` imports."""
        ...


class CompatModule(ModuleType):
    """A module of the namespace; it gets names from the surface and passes settings to it."""

    _surface: Surface

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # nobody sets it
        """The names that the module has so far; the exceptions are looked up here by name."""
        names: dict[str, Any] = super().__dict__
        if self.__name__ == EXCEPTIONS:
            for name in self._surface.public(EXCEPTIONS):
                names.setdefault(name, self._surface.find(name))
        return names

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._surface.public(self.__name__)
        if not name.startswith("__"):
            try:
                return self._surface.find(name)
            except KeyError:
                pass
        # Without `obj`: Python would add the same hint to the traceback once more.
        problem = not_covered(f"{self.__name__}.{name}", self._surface.names())
        raise AttributeError(problem, name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        if self.__name__ == ROOT and name in HIDDEN and isinstance(value, ModuleType):
            return
        # The import system sets modules, and tests that patch functions set those.
        private = name.startswith("_") and name not in ASYNC_LISTS
        if (
            private
            or isinstance(value, ModuleType)
            or self.__name__ != ROOT
            or not self._surface.change(name, value)
        ):
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        # pytest's monkeypatch deletes what it has set, because the module's dictionary lacked it.
        if self.__name__ != ROOT or name in vars(self) or not self._surface.undo(name):
            super().__delattr__(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._surface.names()})


class CompatDistribution(Distribution):
    """The metadata of `litellm` for importlib.metadata."""

    def read_text(self, filename: str) -> str | None:
        """Return a metadata file; METADATA is the only one."""
        if filename != "METADATA":
            return None
        summary = "trunkline's stand-in for litellm's chat completions and Responses API"
        return f"Metadata-Version: 2.1\nName: {ROOT}\nVersion: {VERSION}\nSummary: {summary}\n"

    def locate_file(self, path: Any) -> Path:
        """Return the path of a file of the package."""
        return Path(ORIGIN).parent.joinpath(path)


class CompatFinder(DistributionFinder, Loader):
    """Finds and creates the modules, before Python looks for installed packages."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  # the import system passes it
        target: ModuleType | None = None,  # noqa: ARG002  # the import system passes it
    ) -> ModuleSpec | None:
        """Return the spec of one of the modules.

        Raises:
            ModuleNotFoundError: it is one of litellm's that is not covered.
        """
        if fullname.partition(".")[0] != ROOT:
            return None
        if fullname not in MODULES:
            # With this name the message is also shown for `from litellm import embedding`.
            raise ModuleNotFoundError(not_covered(fullname, self.surface.names()), name=ROOT)
        spec = ModuleSpec(fullname, self, origin=ORIGIN, is_package=True)
        spec.has_location = True
        return spec

    def create_module(self, spec: ModuleSpec) -> CompatModule:
        """Create a module; its names are resolved on first use."""
        module = CompatModule(spec.name, f"The names of {spec.name} that trunkline has.")
        module._surface = self.surface  # pyright: ignore[reportPrivateUsage]  # litellm has no such name
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module has no code."""

    def find_distributions(
        self,
        context: DistributionFinder.Context = DistributionFinder.Context(),  # noqa: B008  # the signature of the base class
    ) -> Iterable[Distribution]:
        """Return the distribution if it, or every distribution, is requested."""
        return [CompatDistribution()] if context.name in {None, ROOT} else []
