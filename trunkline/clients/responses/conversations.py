"""Conversations of `responses()`, stored so that `previous_response_id` works with all providers.

A provider with the Responses API stores its responses itself, but no other provider can read them,
and most providers store nothing. So the store of the setting `response_store` keeps all responses,
each with the conversation before it: a conversation can go on anywhere, even in a fallback.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ...middlewares.stores.store import Store
from ...pipeline.errors import APIConnectionError, NotFoundError, SuspendedError
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.responses import Response
from ...pipeline.sync import drive
from .makers import maker_of, typed_items

_log = logging.getLogger("trunkline")

T = TypeVar("T")

#: Seconds for which a response is stored: 30 days, as OpenAI does.
TTL = 30 * 24 * 3600.0
_PREFIX = "trunkline:response:"


class _Entry(Struct):
    """A response as it is stored, with all input items of its conversation; see StoredResponse."""

    response: JSON
    received: list[JSON]
    home: str = ""
    makers: dict[str, str] = msgspec.field(default_factory=dict[str, str])


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Entry).decode


class StoredResponse(Struct, frozen=True):
    """A response that `response_store` keeps.

    Attributes:
        response: the response.
        received: the items that the model received, as they were given, those of earlier turns
            first.
        home: the provider that stores it too, with its host; "" if none does.
        earlier_makers: by the ids of items of earlier turns, the homes of those who made them.
    """

    response: Response
    received: list[JSON]
    home: str = ""
    earlier_makers: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])

    @property
    def makers(self) -> Mapping[str, str]:
        """By the ids of all items that models made, the homes of those who made them."""
        own = {item.id: self.home for item in typed_items(self.response) if self.home and item.id}
        return {**self.earlier_makers, **own}

    @property
    def conversation(self) -> list[JSON]:
        """All items of the conversation, those of the response last."""
        return [*self.received, *(item.model_dump() for item in self.response.output)]

    @property
    def input_items(self) -> list[JSON]:
        """The items that the model received as the API lists them, with types and ids."""
        own = self.response.id.partition("_")[2]
        return [
            {"type": "message", "id": f"item_{own}_{number}", **item}
            for number, item in enumerate(self.received)
        ]


class Conversation(Struct, frozen=True):
    """The conversation of a call whose response is stored at its end.

    Attributes:
        store: where it is stored.
        received: the items that the model receives, those of earlier turns first.
        makers: by the ids of items of earlier turns, the homes of those who made them.
    """

    store: Store
    received: list[JSON]
    makers: Mapping[str, str]

    def keep(self, response: Response, *, native: bool) -> None:
        """Store the response of a blocking call; `native` is whether its provider stores it too."""
        drive(_save(self, _entry(self, response, native)))

    async def akeep(self, response: Response, *, native: bool) -> None:
        """Store the response of an asynchronous call; see `keep`."""
        entry = _entry(self, response, native)
        await _in_thread(self.store, lambda: _save(self, entry))


def _entry(conversation: Conversation, response: Response, native: bool) -> _Entry:
    home = maker_of(response) if native else ""
    return _Entry(
        response=response.model_dump(),
        received=conversation.received,
        home=home,
        makers=dict(conversation.makers),
    )


def _not_found(message: str) -> NotFoundError:
    return NotFoundError(message, code="response_not_found", param="response_id")


def _no_store(response_id: str) -> NotFoundError:
    return _not_found(
        f"no response {response_id!r}: responses are not stored; pass "
        "Client(response_store=MemoryStore())"
    )


def load(store: Store | None, response_id: str) -> StoredResponse:
    """Return a response from the store, blocking.

    Raises:
        NotFoundError: the store does not have it, or there is no store.
        APIConnectionError: the store cannot be read.
    """
    if store is None:
        raise _no_store(response_id)
    return drive(_load(store, response_id))


async def aload(store: Store | None, response_id: str) -> StoredResponse:
    """Return a response from the store under asyncio or trio; see `load`."""
    if store is None:
        raise _no_store(response_id)
    return await _in_thread(store, lambda: _load(store, response_id))


async def _load(store: Store, response_id: str) -> StoredResponse:
    try:
        data = await store.get(_PREFIX + response_id)
        entry = None if data is None else _decode(data)
    except SuspendedError:
        raise
    except Exception as error:
        # The message of a store's client may contain its password.
        why = type(error).__name__
        raise APIConnectionError(f"response_store: cannot read {response_id} ({why})") from error
    if entry is None:
        raise _not_found(
            f"Response with id {response_id!r} not found: response_store does not have it"
        )
    response = Response.of(entry.response)
    return StoredResponse(response, entry.received, entry.home, entry.makers)


async def _save(conversation: Conversation, entry: _Entry) -> None:
    """Store a response; a store that fails is logged, because the response has been paid for."""
    identity = entry.response.get("id")
    try:
        await conversation.store.set(f"{_PREFIX}{identity}", _encode(entry), TTL)
    except SuspendedError:
        raise
    except Exception as error:  # noqa: BLE001  # the caller gets the response all the same
        _log.warning("response_store: cannot store %s (%s)", identity, type(error).__name__)


async def _in_thread(store: Store, operation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await an operation of a store; under an event loop, one that blocks runs in a thread."""
    if not getattr(store, "blocking", False):
        return await operation()
    import anyio.to_thread  # noqa: PLC0415  # loading it takes a while

    return await anyio.to_thread.run_sync(lambda: drive(operation()))


def as_items(given: object) -> list[JSON]:
    """Return the input of a request as items; what is not an item is left out."""
    if isinstance(given, str):
        return [{"role": "user", "content": [{"type": "input_text", "text": given}]}]
    return [item for item in map(as_object, as_array(given) or ()) if item is not None]
