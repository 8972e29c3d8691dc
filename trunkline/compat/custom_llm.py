"""litellm's handlers of a program's own: providers whose answers a class makes.

    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": MyLLM()}]
    litellm.completion("mine/model", messages)

Source: https://docs.litellm.ai/docs/providers/custom_llm_server
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from ..adapters.table.table import list_providers, register_provider

__all__ = ["CustomLLM", "CustomLLMError", "custom_provider_map"]

_log = logging.getLogger("trunkline")
#: The address of their rows; nothing is sent there.
NOWHERE = "http://custom-provider.invalid/v1"

#: The providers, each a dictionary with `provider` and `custom_handler`.
custom_provider_map: list[Mapping[str, Any]] = []
# The providers that have a row in the table because of it.
_registered: set[str] = set()


class CustomLLMError(Exception):
    """An error that a handler raises; calls raise the error of its status."""

    def __init__(self, status_code: int, message: str) -> None:
        self.status_code = status_code
        self.message = message
        super().__init__(message)


class CustomLLM:
    """The base of handlers; a method that a handler lacks raises a CustomLLMError."""

    def completion(self, *_values: Any, **_fields: Any) -> Any:
        """Return the response of a call."""
        _refuse("completion")

    def streaming(self, *_values: Any, **_fields: Any) -> Any:
        """Return an iterator over the chunks of a response."""
        _refuse("streaming")

    async def acompletion(self, *_values: Any, **_fields: Any) -> Any:
        """Return the response of an asynchronous call."""
        _refuse("acompletion")

    def astreaming(self, *_values: Any, **_fields: Any) -> Any:
        """Return an asynchronous iterator over the chunks of a response."""
        _refuse("astreaming")

    def embedding(self, *_values: Any, **_fields: Any) -> Any:
        """Return embeddings; trunkline never calls this."""
        _refuse("embedding")


def _refuse(method: str) -> NoReturn:
    raise CustomLLMError(501, f"{method}: not implemented by this handler")


def use_handlers(given: object) -> None:
    """Set the providers of `custom_provider_map`.

    Raises:
        TypeError: an entry is not a dictionary with `provider` and `custom_handler`.
    """
    entries = cast("list[object]", given) if isinstance(given, list) else []
    wrong = not isinstance(given, list | None) or not all(map(_is_entry, entries))
    if wrong:
        raise TypeError(
            'litellm.custom_provider_map: expected a list of {"provider": ..., '
            f'"custom_handler": ...}}, got {given!r}'
        )
    custom_provider_map[:] = cast("list[Mapping[str, Any]]", entries)
    register_handlers()


def _is_entry(entry: object) -> bool:
    return isinstance(entry, Mapping) and {"provider", "custom_handler"} <= entry.keys()


def register_handlers() -> None:
    """Add the providers of `custom_provider_map` to the table; programs append to that list."""
    for entry in custom_provider_map:
        name = str(entry["provider"])
        if name in _registered:
            continue
        if any(name in (row.name, *row.aliases) for row in list_providers()):
            _log.warning(
                "litellm.custom_provider_map: %r is a provider of trunkline's, which answers its "
                "calls; give the handler another name",
                name,
            )
            continue
        register_provider(name=name, base_url=NOWHERE, auth="none")
        _registered.add(name)


def find_handler(provider: str) -> Any:
    """Return the handler of a provider, None if it has none."""
    if provider not in _registered:
        return None
    for entry in custom_provider_map:
        if entry["provider"] == provider:
            return entry["custom_handler"]
    return None


for _name in ("CustomLLM", "CustomLLMError"):
    globals()[_name].__module__ = "litellm.llms.custom_llm"
