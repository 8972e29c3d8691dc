"""Streams settle whatever their chunks contain."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.stream.streams import MODEL, arguments, kinds
from tests.support.answers import MESSAGES, chunk_bodies
from tests.support.server import Server, answer_events
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    Client,
    Handler,
    ModelResponseStream,
    Outcome,
    Reply,
    Request,
    Stream,
    StreamInterruptedError,
)

pytestmark = pytest.mark.usefixtures("engine")


def spoiling(word: str) -> Any:
    """Return a middleware that gives the chunk with `word` a content that cannot be added."""

    def spoil(chunk: ModelResponseStream) -> ModelResponseStream:
        if chunk.choices and chunk.choices[0].delta.content == word:
            wrong: Any = ["x"]
            chunk.choices[0].delta.content = wrong
        return chunk

    async def change(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        assert isinstance(reply, Stream)
        return reply.map(spoil)

    return change


def test_a_chunk_that_does_not_fit(
    world: World, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    server.reply(answer_events(chunk_bodies("one two three")))
    own = Client([*client.middlewares, spoiling("two ")])
    with pytest.raises(StreamInterruptedError, match="assemble") as caught:
        world.stream(own, MODEL, MESSAGES, **arguments(server))
    assert isinstance(caught.value.__cause__, APIResponseValidationError)
    assert kinds(outcomes) == ["failed"]
    assert outcomes[0].error is caught.value


def test_leaving_a_stream_whose_response_cannot_be_read(
    world: World, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    server.reply(answer_events(chunk_bodies("one two three")))
    own = Client([*client.middlewares, spoiling("one ")])
    if world.blocking:
        for _ in own.completion(MODEL, MESSAGES, stream=True, **arguments(server)):
            break
    else:

        async def leave() -> None:
            stream = await own.acompletion(MODEL, MESSAGES, stream=True, **arguments(server))
            await anext(stream)
            await stream.aclose()

        world.run(leave)
    assert kinds(outcomes) == ["abandoned"]
    assert outcomes[0].response is None
