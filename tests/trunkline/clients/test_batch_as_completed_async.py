"""abatch_as_completed() yields results as they arrive, under asyncio and trio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from trunkline import BadRequestError, Client, ModelResponse, Request
from trunkline.clients.async_batch import AsyncBatch


class Gate:
    """A middleware that counts calls and holds each until its event is set."""

    def __init__(self, total: int) -> None:
        self.events = [anyio.Event() for _ in range(total)]
        self.started: list[int] = []
        self.cancelled: list[int] = []

    async def __call__(self, request: Request, call_next: Any) -> Any:
        number = int(str(request.messages[-1].get("content")))
        self.started.append(number)
        try:
            await self.events[number].wait()
        except BaseException:
            self.cancelled.append(number)
            raise
        return await call_next(request)


def conversations(total: int) -> list[list[dict[str, Any]]]:
    return [[{"role": "user", "content": str(number)}] for number in range(total)]


def start(gate: Gate, messages: Any, **arguments: Any) -> Any:
    client = Client([gate])
    return client.abatch_as_completed("openai/x", messages, mock_response="Hi", **arguments)


def run(main: Callable[[], Any], backend: str) -> None:
    anyio.run(main, backend=backend)


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_results_come_in_the_order_of_their_arrival(backend: str) -> None:
    async def main() -> None:
        gate = Gate(3)
        seen: list[int] = []
        gate.events[2].set()
        async for number, response in start(gate, conversations(3)):
            assert isinstance(response, ModelResponse)
            seen.append(number)
            gate.events[{2: 0, 0: 1, 1: 1}[number]].set()
        assert seen == [2, 0, 1]

    run(main, backend)


def test_only_as_many_are_read_ahead_as_may_run(backend: str) -> None:
    async def main() -> None:
        gate = Gate(5)
        for event in gate.events:
            event.set()
        read = 0

        def each() -> Any:
            nonlocal read
            for conversation in conversations(5):
                read += 1
                yield conversation

        yielded = 0
        async for _ in start(gate, each(), max_workers=2):
            yielded += 1
            assert read <= yielded + 2
        assert (read, yielded) == (5, 5)

    run(main, backend)


def test_leaving_the_loop_cancels_the_calls(backend: str) -> None:
    async def main() -> None:
        gate = Gate(3)
        gate.events[0].set()
        batch = start(gate, conversations(3))
        async for number, _ in batch:
            assert number == 0
            break
        await batch.aclose()
        await anyio.wait_all_tasks_blocked()
        assert sorted(gate.cancelled) == [1, 2]

    run(main, backend)


def test_a_failed_call_is_its_error_and_a_defect_is_raised(backend: str) -> None:
    async def fails(request: Request, call_next: Any) -> Any:
        if request.messages[-1].get("content") == "0":
            raise BadRequestError("no")
        if request.messages[-1].get("content") == "1":
            raise ZeroDivisionError
        return await call_next(request)

    async def main() -> None:
        client = Client([fails])
        results = client.abatch_as_completed(
            "openai/x", conversations(1), mock_response="Hi", api_key="k" * 9
        )
        assert [type(result) async for _, result in results] == [BadRequestError]
        batch = client.abatch_as_completed(
            "openai/x", conversations(2), mock_response="Hi", api_key="k" * 9
        )
        with pytest.raises(ZeroDivisionError):
            _ = [result async for _, result in batch]

    run(main, backend)


def test_entries_are_checked_at_once() -> None:
    with pytest.raises(BadRequestError, match=r"messages\[1\]"):
        Client().abatch_as_completed("openai/x", [MESSAGES, [{"role": "user"}]])


def test_nothing_to_do(backend: str) -> None:
    async def main() -> None:
        assert [each async for each in start(Gate(0), [])] == []

    run(main, backend)


def test_its_type() -> None:
    batch = Client().abatch_as_completed("openai/x", [MESSAGES])
    assert isinstance(batch, AsyncBatch)
