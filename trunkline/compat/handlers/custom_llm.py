"""litellm's handlers of a program's own: providers whose answers a class makes.

    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": MyLLM()}]
    litellm.completion("mine/model", messages)

Source: https://docs.litellm.ai/docs/providers/custom_llm_server
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, cast

from ...adapters.table.table import find_provider, list_providers, register_provider
from ...pipeline.errors import BadRequestError

__all__ = ["CustomLLM", "CustomLLMError", "custom_provider_map"]

_log = logging.getLogger("trunkline")
#: The address of their rows; nothing is sent there.
NOWHERE = "http://custom-provider.invalid/v1"

# The module of their wire.
_WIRE = f"{__package__}.wire"

_EXPECTED = (
    'litellm.custom_provider_map: expected a list of {"provider": NAME, "custom_handler": OBJECT}'
)

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
        self._lacks("completion")

    def streaming(self, *_values: Any, **_fields: Any) -> Any:
        """Return an iterator over the chunks of a response."""
        self._lacks("streaming")

    async def acompletion(self, *_values: Any, **_fields: Any) -> Any:
        """Return the response of an asynchronous call."""
        self._lacks("acompletion")

    def astreaming(self, *_values: Any, **_fields: Any) -> Any:
        """Return an asynchronous iterator over the chunks of a response."""
        self._lacks("astreaming")

    def embedding(self, *_values: Any, **_fields: Any) -> Any:
        """Return embeddings; trunkline never calls this."""
        self._lacks("embedding")

    def _lacks(self, method: str) -> NoReturn:
        name = f"{type(self).__name__}.{method}"
        raise CustomLLMError(501, f"{name}: not implemented; define this method in the handler")


def use_handlers(given: object) -> None:
    """Set the providers of `custom_provider_map`.

    Raises:
        TypeError: an entry is not a dictionary with `provider` and `custom_handler`, or the handler
            is a class.
    """
    if not isinstance(given, list | None):
        raise TypeError(f"{_EXPECTED}, got {type(given).__name__}")
    entries: list[Any] = given or []  # pyright: ignore[reportUnknownVariableType]  # checked below
    _check(entries)
    custom_provider_map[:] = entries
    register_handlers()


def register_handlers() -> None:
    """Add the providers of `custom_provider_map` to the table; programs append to that list.

    Raises:
        TypeError: an entry is wrong; see `use_handlers`.
    """
    _check(custom_provider_map)
    for entry in custom_provider_map:
        name: str = entry["provider"]
        if name in _registered:
            continue
        if any(name in (row.name, *row.aliases) for row in list_providers()):
            _log.warning(
                "litellm.custom_provider_map: %r is a provider of trunkline's, which answers its "
                "calls; give the handler another name",
                name,
            )
            continue
        register_provider(name=name, base_url=NOWHERE, auth="none", wire=_WIRE)
        _registered.add(name)


def _check(entries: Iterable[object]) -> None:
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise TypeError(f"{_EXPECTED}, got {type(entry).__name__} in it")
        fields = cast("Mapping[str, object]", entry)
        handler, provider = fields.get("custom_handler"), fields.get("provider")
        if handler is None or not isinstance(provider, str):
            raise TypeError(f"{_EXPECTED}, got an entry with {', '.join(fields) or 'nothing'}")
        if isinstance(handler, type):
            raise TypeError(
                f"litellm.custom_provider_map: custom_handler of {provider!r} is a class; "
                f"expected an object, such as {handler.__name__}()"
            )


def has_handlers() -> bool:
    """Return whether any provider is or was one of a handler."""
    return bool(custom_provider_map or _registered)


def find_handler(provider: str) -> Any:
    """Return the handler of a provider, None if it never had one.

    Raises:
        BadRequestError: its handler has been removed.
    """
    if provider not in _registered:
        return None
    for entry in custom_provider_map:
        if entry["provider"] == provider:
            return entry["custom_handler"]
    if find_provider(provider).base_url == NOWHERE:
        raise BadRequestError(
            f"{provider}: litellm.custom_provider_map has no handler for this provider any more",
            provider,
        )
    return None


for _name in ("CustomLLM", "CustomLLMError"):
    globals()[_name].__module__ = "litellm.llms.custom_llm"
