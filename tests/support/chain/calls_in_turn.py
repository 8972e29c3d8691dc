"""Calls one after the other, with the trail of each."""

from __future__ import annotations

from typing import Any

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import Client, Handler, ModelResponse, Reply, Request, Stream

MODEL = "openai/gpt-4o"
Answered = ModelResponse | Stream


class Calls:
    """Makes calls one after the other, in one event loop, and keeps the trail of each."""

    def __init__(self, world: World, client: Client, mode: str) -> None:
        self.notes: list[list[str]] = []
        self.attempts: list[int | None] = []
        self._world = world
        self._client = client.with_middlewares(self._watch)
        self._mode = mode

    async def _watch(self, request: Request, call_next: Handler) -> Reply:
        try:
            return await call_next(request)
        finally:
            self.notes.append([note.event for note in request.trail.notes])

    def make(self, url: str, times: int, **arguments: Any) -> list[str | None]:
        """Make the calls; `last` has arguments for the last one only."""
        given: Any = {"base_url": url, "api_key": "sk-0123456789", **arguments}
        return self.ask(MODEL, times, **given)

    def ask(
        self, model: str, times: int, last: dict[str, Any] | None = None, **arguments: Any
    ) -> list[str | None]:
        given: dict[str, Any] = {**arguments, "stream": self._mode == "stream"}
        each = [given] * (times - 1) + [given | (last or {})]
        client: Any = self._client
        texts: list[str | None] = []

        def note(reply: Answered) -> None:
            whole = reply.response if isinstance(reply, Stream) else reply
            texts.append(whole.choices[0].message.content)
            self.attempts.append(reply.attempts)

        if self._world.blocking:
            for named in each:
                reply: Answered = client.completion(model, MESSAGES, **named)
                if isinstance(reply, Stream):
                    list(reply)
                note(reply)
            return texts

        async def calls() -> None:
            for named in each:
                reply: Answered = await client.acompletion(model, MESSAGES, **named)
                if isinstance(reply, Stream):
                    async for _chunk in reply:
                        pass
                note(reply)

        self._world.run(calls)
        return texts
