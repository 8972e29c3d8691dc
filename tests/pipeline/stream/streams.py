"""What the tests of streams share."""

from __future__ import annotations

from typing import Any

import anyio.to_thread

from tests.support.answers import MESSAGES, chunk_body
from tests.support.server import Answer, Server, answer_events
from trunkline import Client, Outcome, Stream

MODEL = "openai/gpt-4o"


def endless() -> Answer:
    answer = answer_events([chunk_body({"content": "word "})], done=False)
    answer.ending = "endless"
    return answer


def arguments(server: Server) -> dict[str, Any]:
    return {"base_url": server.url, "api_key": "sk-0123456789"}


async def opened(client: Client, server: Server) -> Stream:
    reply: Stream = await client.acompletion(MODEL, MESSAGES, stream=True, **arguments(server))
    return reply


async def seen_gone(server: Server) -> None:
    """Wait, with the loop still running, until the server sees that the client has gone."""
    await anyio.to_thread.run_sync(server.wait_until_gone)


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [outcome.kind for outcome in outcomes]
