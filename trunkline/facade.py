"""What `trunkline` is as a module: public names on demand, and settings that can be set on it."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

#: Where the public names are listed; the second is loaded for what the first has not.
_NAMES = (".names", ".more_names")


class Facade(ModuleType):
    """A module that imports its public names when the first of them is asked for.

    Settings of the default client can be read and set on it, and nothing that is none.
    """

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            modules = [import_module(module, self.__name__) for module in _NAMES]
            return sorted(each for module in modules for each in module.__all__)
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        from .clients.default import client  # noqa: PLC0415
        from .clients.settings import SETTING_NAMES  # noqa: PLC0415

        if name in SETTING_NAMES:
            return getattr(client.settings, name)
        for module in _NAMES:
            names = import_module(module, self.__name__)
            if name in names.__all__:
                vars(self)[name] = getattr(names, name)
                return vars(self)[name]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or isinstance(value, ModuleType):
            super().__setattr__(name, value)
            return
        from .clients.default import client  # noqa: PLC0415
        from .clients.settings import SETTING_NAMES  # noqa: PLC0415

        if name in SETTING_NAMES:
            client.settings.change(name, value)
        elif name in self.__all__:
            super().__setattr__(name, value)
        else:
            known = ", ".join(sorted(SETTING_NAMES))
            raise AttributeError(f"trunkline has no setting {name!r}; there are {known}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.__all__]
