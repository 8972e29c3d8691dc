"""The three ways to run a call, called worlds here: blocking, asyncio, trio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio

from trunkline import Client, ModelResponse, ModelResponseStream, Stream

T = TypeVar("T")


class World:
    """One of the worlds; the same test runs in each."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    @property
    def blocking(self) -> bool:
        return self.name == "sync"

    def run(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run an async function in this asynchronous world, and close its event loop."""

        async def main() -> T:
            return await function()

        if self.name == "trio":
            result: T = trio.run(main)
            return result
        return asyncio.run(main())

    def complete(
        self, client: Client, model: str, messages: Any, /, **arguments: Any
    ) -> ModelResponse:
        """Make a non-streaming call."""
        if self.blocking:
            reply: ModelResponse = client.completion(model, messages, stream=False, **arguments)
            return reply

        async def call() -> ModelResponse:
            reply: ModelResponse = await client.acompletion(
                model, messages, stream=False, **arguments
            )
            return reply

        return self.run(call)

    def stream(
        self, client: Client, model: str, messages: Any, /, **arguments: Any
    ) -> tuple[list[ModelResponseStream], Stream]:
        """Make a streaming call; return its chunks and the stream."""
        if self.blocking:
            stream = client.completion(model, messages, stream=True, **arguments)
            return list(stream), stream

        async def read() -> tuple[list[ModelResponseStream], Stream]:
            stream = await client.acompletion(model, messages, stream=True, **arguments)
            return [chunk async for chunk in stream], stream

        return self.run(read)

    def answer(
        self, client: Client, mode: str, model: str, messages: Any, /, **arguments: Any
    ) -> ModelResponse:
        """Make a call in the mode "plain" or "stream", and return the whole response."""
        if mode == "plain":
            return self.complete(client, model, messages, **arguments)
        return self.stream(client, model, messages, **arguments)[1].response


WORLDS = [World("sync"), World("asyncio"), World("trio")]
