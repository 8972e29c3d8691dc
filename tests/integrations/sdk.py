"""Calls of the OpenAI SDK through trunkline, the same in each world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

from tests.integrations.weather import UNUSED_KEY
from tests.support.worlds import World
from trunkline import Client
from trunkline.integrations.openai import async_http_client, http_client

MODEL = "anthropic/claude-sonnet-4-5"
MESSAGES: list[Any] = [{"role": "user", "content": "Say hello."}]

#: The SDK leaves its own generators, and those of its HTTP client, at the end marker of a stream.
DROPPED_GENERATORS = pytest.mark.filterwarnings(
    r"ignore:Async generator '(openai|httpx2?)\.:ResourceWarning"
)


def blocking(client: Client | None = None, **arguments: Any) -> OpenAI:
    """Return the SDK's blocking client over trunkline."""
    return OpenAI(http_client=http_client(client, **arguments), api_key=UNUSED_KEY)


def asynchronous(client: Client | None = None, **arguments: Any) -> AsyncOpenAI:
    """Return the SDK's asynchronous client over trunkline."""
    return AsyncOpenAI(http_client=async_http_client(client, **arguments), api_key=UNUSED_KEY)


def call(world: World, client: Client, function: Callable[[Any], Any], /, **own: Any) -> Any:
    """Run `function` of an SDK client in a world; what it returns is awaited where it must be."""
    if world.blocking:
        with blocking(client, **own) as sdk, client:
            return function(sdk)

    async def main() -> Any:
        async with asynchronous(client, **own) as sdk, client:
            return await function(sdk)

    return world.run(main)


def create(world: World, client: Client, /, **params: Any) -> ChatCompletion:
    """Make a plain call."""
    params = {"model": MODEL, "messages": MESSAGES, **params}

    def ask(sdk: Any) -> Any:
        return sdk.chat.completions.create(**params)

    answer: ChatCompletion = call(world, client, ask)
    return answer


def stream(world: World, client: Client, /, **params: Any) -> list[ChatCompletionChunk]:
    """Make a streaming call and read it to its end."""
    params = {"model": MODEL, "messages": MESSAGES, "stream": True, **params}

    def read(sdk: Any) -> Any:
        opened = sdk.chat.completions.create(**params)
        return list(opened) if world.blocking else _read(opened)

    chunks: list[ChatCompletionChunk] = call(world, client, read)
    return chunks


async def _read(opening: Any) -> list[Any]:
    return [chunk async for chunk in await opening]


def respond(world: World, client: Client, /, **params: Any) -> Response:
    """Make a plain call of the Responses API."""
    params = {"model": MODEL, "input": "Say hello.", **params}
    response: Response = call(world, client, lambda sdk: sdk.responses.create(**params))
    return response


def respond_events(world: World, client: Client, /, **params: Any) -> list[ResponseStreamEvent]:
    """Make a streaming call of the Responses API and read it to its end."""
    params = {"model": MODEL, "input": "Say hello.", "stream": True, **params}

    def read(sdk: Any) -> Any:
        opened = sdk.responses.create(**params)
        return list(opened) if world.blocking else _read(opened)

    events: list[ResponseStreamEvent] = call(world, client, read)
    return events
