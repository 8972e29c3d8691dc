"""Batches of numbered questions, in sync, asyncio and trio."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import repeat
from threading import Lock
from typing import Any

from tests.support.worlds import World
from trunkline import APIError, Client, Handler, ModelResponse, Reply, Request, default_middlewares
from trunkline.pipeline.port import Signal
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
ENOUGH = 60


def ask(number: int) -> list[dict[str, Any]]:
    return [{"role": "user", "content": str(number)}]


def questions(count: int) -> list[list[dict[str, Any]]]:
    return [ask(number) for number in range(count)]


def echo(request: Request) -> str:
    """Return a response that contains the number of the question."""
    return f"answer {number_of(request)}"


def number_of(request: Request) -> int:
    return int(str(request.messages[0].get("content")))


def text(answer: ModelResponse | APIError) -> str | None:
    assert isinstance(answer, ModelResponse), answer
    return answer.choices[0].message.content


def texts(answers: Sequence[ModelResponse | APIError]) -> list[str | None]:
    return [text(answer) for answer in answers]


def run(world: World, client: Client, /, *args: Any, **kwargs: Any) -> list[Any]:
    """Run a batch in the given world."""
    if world.blocking:
        return client.batch_completion(*args, **kwargs)
    return world.run(partial(client.abatch_completion, *args, **kwargs))


def echoing(*middlewares: Any) -> tuple[Client, FakeProvider]:
    fake = FakeProvider(repeat(echo))
    return fake.client([*middlewares, *default_middlewares()]), fake


class Gate:
    """Block calls until `count` of them are running, and record the maximum concurrency."""

    def __init__(self, count: int) -> None:
        self.most = self.left = 0
        self._count = count
        self._lock = Lock()
        self._waiting: list[Signal] = []
        self._here = 0

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        with self._lock:
            self._here += 1
            self.most = max(self.most, self._here)
            event = request.io.event()
            self._waiting.append(event)
            full = len(self._waiting) >= self._count
            opened = [self._waiting.pop() for _ in range(len(self._waiting))] if full else []
        for waiting in opened:
            waiting.set()
        try:
            assert await event.wait(ENOUGH)
            return await call_next(request)
        finally:
            with self._lock:
                self._here -= 1
                self.left += 1
