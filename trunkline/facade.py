"""The type of the module `trunkline`: it imports public names on demand and takes settings."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

# The modules that hold the public names. The second is loaded only for names not in the first.
_MODULES = (".names", ".more_names")
# litellm's lists of callbacks, which would be lost.
_LISTS = frozenset({"_async_failure_callback", "_async_success_callback"})


class Facade(ModuleType):
    """A module that imports its public names on first use.

    The settings of the default client can be read and set as attributes. Setting any other name
    that is not public raises AttributeError.
    """

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            modules = [import_module(module, self.__name__) for module in _MODULES]
            return sorted(public for module in modules for public in public_names(module))
        if not name.startswith("_"):
            from .clients.default import client  # noqa: PLC0415
            from .clients.settings import SETTING_NAMES  # noqa: PLC0415

            if name in SETTING_NAMES:
                return getattr(client.settings, name)
            for module in _MODULES:
                names = vars(import_module(module, self.__name__))
                if name in names:
                    vars(self)[name] = names[name]
                    return names[name]
            from .litellm_names.neutral_settings import NEUTRAL  # noqa: PLC0415  # rarely needed

            if name in NEUTRAL:
                return NEUTRAL[name]
        if not name.startswith("__"):
            from .litellm_names.submodules import import_submodule  # noqa: PLC0415  # rarely needed

            found = import_submodule(name)
            if found is not None:
                return found
            raise AttributeError(_explain(name), name=name, obj=self)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        private = name.startswith("_") and name not in _LISTS
        if private or isinstance(value, ModuleType):
            super().__setattr__(name, value)
            return
        from .clients.default import client  # noqa: PLC0415
        from .clients.settings import SETTING_NAMES, unknown_setting  # noqa: PLC0415

        if name in SETTING_NAMES:
            client.settings.change(name, value)
        elif name in self.__all__ or _asks_for_nothing(name, value):
            super().__setattr__(name, value)
        else:
            from .clients.client import CALL_ARGUMENTS  # noqa: PLC0415  # only for this error

            raise AttributeError(unknown_setting("trunkline", name, of_calls=CALL_ARGUMENTS))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.__all__]


def public_names(module: ModuleType) -> list[str]:
    """Return the names that a module re-exports."""
    return [name for name in vars(module) if not name.startswith("_")]


def _explain(name: str) -> str:
    """Return the message for a name that trunkline lacks."""
    from .litellm_names.table import missing_name  # noqa: PLC0415  # only for this error

    remedy = missing_name(name)
    if remedy is None:
        return f"module {__package__!r} has no attribute {name!r}"
    return f"{__package__} has no {name}: {remedy}"


def _asks_for_nothing(name: str, value: object) -> bool:
    from .litellm_names.neutral_settings import asks_for_nothing  # noqa: PLC0415  # rarely needed

    return asks_for_nothing(name, value)


class LazyFinder:
    """Finds modules that litellm has, and trunkline has no files for; see submodules.py."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> Any:  # noqa: ARG004  # the import system passes them
        """Return the spec of such a module, None for other names."""
        if not fullname.startswith(f"{__package__}."):
            return None
        from .litellm_names.submodules import SubmoduleFinder  # noqa: PLC0415  # rarely needed

        return SubmoduleFinder().find_spec(fullname)
