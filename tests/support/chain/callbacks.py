"""Callbacks that record their arguments, and calls that trigger them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from tests.support.answers import MESSAGES
from tests.support.server import Server
from tests.support.worlds import WORLDS, World
from trunkline import Client, Stream
from trunkline.middlewares.callbacks import Callbacks
from trunkline.middlewares.listening.record import CallRecord

KEY = "sk-very-secret-0123456789"
MODEL = "openai/test-model"


class Recorder:
    """The records that sync and async callbacks received, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, CallRecord]] = []

    def plain(self, record: CallRecord) -> None:
        self.events.append(("plain", record))

    async def awaited(self, record: CallRecord) -> None:
        if not record.request.io.blocking:
            await anyio.lowlevel.checkpoint()
        self.events.append(("async", record))

    async def until_both(self) -> None:
        await turn_until(lambda: len(self.events) >= 2)

    def both(self) -> Callbacks:
        return Callbacks([self.plain, self.awaited])

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(name, record.outcome) for name, record in self.events]

    @property
    def record(self) -> CallRecord:
        """The record that all callbacks received; it must be the same for all."""
        records = [record for _, record in self.events]
        assert records
        assert all(record is records[0] for record in records)
        return records[0]


ASYNCHRONOUS = [world for world in WORLDS if not world.blocking]


async def turn_until(done: Callable[[], bool]) -> None:
    """Run the event loop until `done()` is true; background tasks need only a few iterations."""
    for _ in range(1000):
        if done():
            return
        await anyio.lowlevel.checkpoint()
    raise AssertionError("the background task has not run")


def twice(outcome: str) -> list[tuple[str, str]]:
    return [("plain", outcome), ("async", outcome)]


def ask(world: World, client: Client, mode: str, server: Server, **arguments: Any) -> Any:
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, **arguments}
    return world.answer(client, mode, MODEL, MESSAGES, **given)


async def open_stream(client: Client, server: Server) -> Stream:
    return await client.acompletion(MODEL, MESSAGES, stream=True, base_url=server.url, api_key=KEY)


def open_blocking(client: Client, server: Server) -> Stream:
    return client.completion(MODEL, MESSAGES, stream=True, base_url=server.url, api_key=KEY)
