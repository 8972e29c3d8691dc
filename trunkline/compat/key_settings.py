"""litellm's settings for keys: `litellm.openai_key`, `litellm.anthropic_key` and so on."""

from __future__ import annotations

from collections import deque
from typing import Any

from ..adapters.table.table import find_model, find_provider
from ..pipeline.errors import BadRequestError
from ..pipeline.model_names import DEFAULT_PROVIDER
from ..pipeline.secret import Secret

#: How many changes of a setting can be undone.
UNDONE = 16
_ENDS = ("_api_key", "_key")


class KeySettings:
    """The keys of a namespace: each is sent to its own provider only.

    A setting has the name of a provider, or one of its other prefixes, in front of `_key` or
    `_api_key`. `api_key` is OpenAI's key: litellm sends it to every provider.
    """

    def __init__(self) -> None:
        self._keys: dict[str, Secret] = {}
        self._before: dict[str, deque[Secret | None]] = {}

    def __repr__(self) -> str:
        return f"KeySettings({', '.join(sorted(self._keys))})"

    def has(self, name: str) -> bool:
        """Return whether a name is that of a provider's setting."""
        return name.endswith("_key") and _provider_of(name) is not None

    def get(self, name: str) -> str | None:
        """Return the value of a setting, None if it is not set."""
        key = self._keys.get(name)
        return None if key is None else key.reveal()

    def change(self, name: str, value: str | None) -> bool:
        """Set or remove a key; return whether the setting belongs to a provider.

        Raises:
            TypeError: the key is not text.
        """
        kind = type(value).__name__
        hidden = None if value is None else Secret(value)
        is_text = isinstance(value, str | None)  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        # A traceback may show it.
        value = None
        if not self.has(name):
            return False
        if not is_text:
            raise TypeError(f"litellm.{name}: expected a str, got {kind}")
        self._before.setdefault(name, deque(maxlen=UNDONE)).append(self._keys.get(name))
        self._put(name, hidden)
        return True

    def undo(self, name: str) -> bool:
        """Undo the last change of a setting; return whether there was one."""
        before = self._before.get(name)
        if not before:
            return False
        self._put(name, before.pop())
        return True

    def _put(self, name: str, key: Secret | None) -> None:
        self._keys.pop(name, None)
        if key is not None:
            self._keys[name] = key

    def add(self, arguments: dict[str, Any], model: object) -> None:
        """Add its provider's key to a call or a deployment that has none."""
        if not self._keys or arguments.get("api_key") is not None:
            return
        try:
            provider = find_model(str(model), arguments.get("custom_llm_provider"))[0].name
        except BadRequestError:
            return
        # The provider's own setting takes precedence over `api_key`.
        for name in sorted(self._keys, reverse=True):
            if _provider_of(name) == provider:
                arguments["api_key"] = self._keys[name]
                return


def _provider_of(name: str) -> str | None:
    """Return the provider of a setting, None if there is none of that name."""
    if name == "api_key":
        return DEFAULT_PROVIDER
    for end in _ENDS:
        if name.endswith(end):
            try:
                return find_provider(name.removesuffix(end)).name
            except BadRequestError:
                continue
    return None
