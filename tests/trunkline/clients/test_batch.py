"""Many calls: their order, their failures, how many at a time, and what a batch is resumed from."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial
from itertools import repeat
from pathlib import Path
from threading import Lock
from typing import Any

import anyio
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

import trunkline
from tests.support.chain.batches import (
    ENOUGH,
    MODEL,
    Gate,
    ask,
    echo,
    echoing,
    number_of,
    questions,
    run,
    text,
    texts,
)
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    Handler,
    ModelResponse,
    NotFoundError,
    Reply,
    Request,
    SQLiteStore,
    before,
    default_middlewares,
)
from trunkline.pipeline.port import Signal
from trunkline.testing import FakeProvider, Item


class LastFirst:
    """Lets calls end in the opposite order of their numbers."""

    def __init__(self, count: int) -> None:
        self.ended: list[int] = []
        self._count = count
        self._lock = Lock()
        self._turns: dict[int, Signal] = {}

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        number, turn = number_of(request), request.io.event()
        with self._lock:
            self._turns[number] = turn
            if len(self._turns) == self._count:
                self._turns[self._count - 1].set()
        assert await turn.wait(ENOUGH)
        reply = await call_next(request)
        self.ended.append(number)
        if number:
            self._turns[number - 1].set()
        return reply


class TestAnswers:
    def test_have_the_order_of_the_questions(self, world: World) -> None:
        order = LastFirst(5)
        client, _ = echoing(order)
        answers = run(world, client, MODEL, questions(5), max_workers=5)
        assert texts(answers) == [f"answer {number}" for number in range(5)]
        assert order.ended == [4, 3, 2, 1, 0]

    def test_a_failure_stands_in_its_place(self, world: World) -> None:
        def answer(request: Request) -> Any:
            return 404 if number_of(request) == 1 else echo(request)

        client = FakeProvider(repeat(answer)).client()
        answers = run(world, client, MODEL, questions(4))
        assert isinstance(answers[1], NotFoundError)
        assert texts([*answers[:1], *answers[2:]]) == ["answer 0", "answer 2", "answer 3"]

    def test_of_no_questions(self, world: World) -> None:
        client, _ = echoing()
        assert run(world, client, MODEL, []) == []
        assert run(world, client, requests=iter([])) == []

    def test_of_requests_have_their_own_arguments(self, world: World) -> None:
        client, fake = echoing()
        requests = [
            {"messages": ask(0)},
            {"model": "groq/llama-3.3-70b-versatile", "messages": ask(1), "temperature": 1},
        ]
        run(world, client, MODEL, requests=requests, max_workers=1, temperature=0, seed=7)
        seen = [(each.model, dict(each.params)) for each in fake.requests]
        assert seen == [
            (MODEL, {"temperature": 0, "seed": 7}),
            ("groq/llama-3.3-70b-versatile", {"temperature": 1, "seed": 7}),
        ]

    def test_of_requests_have_their_own_under_each_of_its_names(self, world: World) -> None:
        client = FakeProvider([500]).client()
        requests = [{"messages": ask(0), "max_retries": 0}]
        [answer] = run(world, client, MODEL, requests=requests, num_retries=2)
        assert isinstance(answer, APIError)
        assert answer.attempts == 1

    def test_go_through_the_default_client(self) -> None:
        [answer] = trunkline.batch_completion(MODEL, [ask(0)], mock_response="Hi")
        assert text(answer) == "Hi"
        [(number, other)] = trunkline.batch_as_completed(MODEL, [ask(0)], mock_response="Ho")
        assert (number, text(other)) == (0, "Ho")

    async def _both(self) -> list[ModelResponse | APIError]:
        return await trunkline.abatch_completion(MODEL, [ask(0)], mock_response="Hi")

    def test_go_through_the_default_client_asynchronously(self) -> None:
        assert texts(anyio.run(self._both)) == ["Hi"]


class TestChecks:
    @pytest.mark.parametrize(
        ("batch", "error", "what"),
        [
            ({}, TypeError, "messages"),
            ({"messages": questions(1), "requests": []}, TypeError, "pass either messages"),
            ({"messages": ask(0)}, BadRequestError, r"messages\[0\]: .* got dict"),
            ({"messages": [ask(0), [{"role": "user", "content": 4}]]}, BadRequestError,
             r"messages\[1\]: messages\[0\]\.content: expected str"),
            ({"messages": [ask(0), []]}, BadRequestError, r"messages\[1\]: .* at least one"),
            ({"messages": questions(2), "stream": True}, BadRequestError, "stream"),
            ({"requests": [{"messages": ask(0)}, ask(1)]}, TypeError,
             r"requests\[1\]: expected a dict .* got list"),
            ({"requests": [{"messages": ask(0)}, {"mesages": ask(1)}]}, TypeError,
             r"requests\[1\]: messages is missing"),
            ({"requests": [{"messages": ask(0)}, {"model": None, "messages": ask(1)}]},
             TypeError, r"requests\[1\]: model is missing"),
            ({"messages": questions(1), "max_workers": 0}, ValueError, "max_workers"),
        ],
    )  # fmt: skip
    def test_come_before_anything_is_sent(
        self, world: World, batch: dict[str, Any], error: type[Exception], what: str
    ) -> None:
        client, fake = echoing()
        with pytest.raises(error, match=what):
            run(world, client, MODEL, **batch)
        assert fake.requests == []

    def test_come_when_batch_as_completed_is_called(self) -> None:
        client, _ = echoing()
        with pytest.raises(TypeError):
            client.batch_as_completed(MODEL)

    def test_of_what_is_read_as_it_goes_stand_in_their_place(self, world: World) -> None:
        client, _ = echoing()
        wrong = [{"role": "user", "content": 4}]
        answers = run(world, client, MODEL, iter([ask(0), wrong, ask(2)]))
        assert isinstance(answers[1], BadRequestError)
        assert texts(answers[::2]) == ["answer 0", "answer 2"]

    def test_end_a_batch_that_comes_to_no_request(self, world: World) -> None:
        client, _ = echoing()
        with pytest.raises(TypeError, match=r"requests\[1\]: expected a dict"):
            run(world, client, MODEL, requests=iter([{"messages": ask(0)}, ask(1)]))

    def test_leave_the_callers_requests_alone(self, world: World) -> None:
        client, _ = echoing()
        requests = [{"messages": ask(0), "stream": False}]
        run(world, client, MODEL, requests=requests)
        assert requests == [{"messages": ask(0), "stream": False}]


class TestConcurrency:
    def test_is_bounded(self, world: World) -> None:
        gate = Gate(3)
        client, _ = echoing(gate)
        assert len(run(world, client, MODEL, questions(9), max_workers=3)) == 9
        assert gate.most == 3

    def test_no_more_is_read_than_is_under_way(self, world: World) -> None:
        read: list[int] = []
        ahead: list[int] = []

        def numbers() -> Iterator[list[dict[str, Any]]]:
            for number in range(50):
                read.append(number)
                yield ask(number)

        @before
        def look(request: Request) -> Request:
            ahead.append(len(read) - len(fake.requests))
            return request

        client, fake = echoing(look)
        assert len(run(world, client, MODEL, numbers(), max_workers=4)) == 50
        assert len(read) == 50
        assert max(ahead) <= 5

    def test_nothing_is_read_before_the_answers_are_taken(self) -> None:
        read: list[int] = []

        def endless() -> Iterator[list[dict[str, Any]]]:
            while True:
                read.append(len(read))
                yield ask(len(read))

        client, _ = echoing()
        answers = client.batch_as_completed(MODEL, endless(), max_workers=3)
        assert read == []
        for taken, _ in enumerate(answers, 1):
            assert len(read) <= taken + 2
            if taken == 10:
                break


class TestAsCompleted:
    def test_answers_come_as_they_end(self) -> None:
        client, _ = echoing(LastFirst(4))
        found = list(client.batch_as_completed(MODEL, questions(4), max_workers=4))
        assert sorted((number, text(answer)) for number, answer in found) == [
            (number, f"answer {number}") for number in range(4)
        ]

    def test_whoever_leaves_asks_no_more(self) -> None:
        client, fake = echoing()
        for _ in client.batch_as_completed(MODEL, questions(5), max_workers=1):
            break
        assert len(fake.requests) == 1


class TestDefects:
    """Exceptions that are no answers of providers."""

    def test_are_raised_as_they_are(self, world: World) -> None:
        def broken(request: Request, call_next: Handler) -> Any:
            raise KeyError("a defect")

        client, fake = echoing(broken)
        with pytest.raises(KeyError, match="a defect"):
            run(world, client, MODEL, questions(3))
        assert fake.requests == []

    def test_end_the_batch(self, world: World) -> None:
        @before
        def broken(request: Request) -> Request:
            if number_of(request) == 2:
                raise KeyError("a defect")
            return request

        client, fake = echoing(broken)
        with pytest.raises(KeyError):
            run(world, client, MODEL, questions(9), max_workers=1)
        assert len(fake.requests) == 2


class TestCancelling:
    @pytest.mark.parametrize("world", [World("asyncio"), World("trio")], ids=repr)
    def test_cancels_all_calls(self, world: World) -> None:
        gate = Gate(99)
        client, fake = echoing(gate)

        async def main() -> None:
            async with anyio.create_task_group() as group:
                batch = partial(client.abatch_completion, MODEL, questions(8), max_workers=4)
                group.start_soon(batch)
                while gate.most < 4:
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()

        world.run(main)
        assert (gate.most, gate.left) == (4, 4)
        assert fake.requests == []

    def test_control_c_ends_a_blocking_batch_at_once(self, server: Server) -> None:
        server.reply(Answer([], ending="silent"))
        program = f"""
import os
import trunkline
def tell(request, call_next):
    os.write(1, b"asked\\n")
    return call_next(request)
client = trunkline.Client([tell, *trunkline.default_middlewares()])
conversations = [[{{"role": "user", "content": str(number)}}] for number in range(20)]
client.batch_completion(
    "openai/m", conversations, max_workers=4, base_url={server.url!r}, api_key="sk-example"
)
"""
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            for _ in range(4):
                assert process.stdout.readline() == "asked\n"
            process.send_signal(signal.SIGINT)
            # The calls themselves may take ten minutes.
            out, err = process.communicate(timeout=ENOUGH)
        assert err.splitlines()[-1] == "KeyboardInterrupt"
        assert out == ""


ambient: ContextVar[str] = ContextVar("ambient", default="nothing")


class TestContext:
    def test_follows_into_the_calls(self, world: World) -> None:
        seen: list[object] = []

        @before
        def look(request: Request) -> Request:
            span = trace.get_current_span().get_span_context().span_id
            seen.append((ambient.get(), request.metadata, span))
            return request

        fake = FakeProvider(repeat("Hi"))
        client = fake.client([*default_middlewares()[:1], look])
        token = ambient.set("here")
        tracer = TracerProvider().get_tracer(__name__)
        with tracer.start_as_current_span("batch") as span, trunkline.metadata(job="nightly"):
            run(world, client, MODEL, questions(3))
        ambient.reset(token)
        assert seen == [("here", {"job": "nightly"}, span.get_span_context().span_id)] * 3

    def test_of_one_call_is_not_that_of_another(self) -> None:
        seen: list[str] = []

        @before
        def leave(request: Request) -> Request:
            seen.append(ambient.get())
            ambient.set("left behind")
            return request

        client, _ = echoing(leave)
        client.batch_completion(MODEL, questions(3), max_workers=1)
        assert seen == ["nothing"] * 3
        assert ambient.get() == "nothing"


class TestResuming:
    def test_asks_only_what_failed(self, world: World, tmp_path: Path) -> None:
        down = {1, 3}

        def answer(request: Request) -> Item:
            return 400 if number_of(request) in down else echo(request)

        fake = FakeProvider(repeat(answer))
        client = Client(adapter=fake, cache=SQLiteStore(tmp_path / "answers.db"))
        first = run(world, client, MODEL, questions(5))
        assert [isinstance(each, APIError) for each in first] == [False, True, False, True, False]
        down.clear()
        again = run(world, client, MODEL, questions(5))
        assert texts(again) == [f"answer {number}" for number in range(5)]
        assert [each.call.cache_hit for each in again] == [True, False, True, False, True]
        assert sorted(map(number_of, fake.requests[5:])) == [1, 3]

    def test_asks_only_what_a_batch_had_not_come_to(self, tmp_path: Path) -> None:
        fake = FakeProvider(repeat(echo))
        first = Client(adapter=fake, cache=SQLiteStore(tmp_path / "answers.db"))
        for taken, _ in enumerate(first.batch_as_completed(MODEL, questions(5), max_workers=1), 1):
            if taken == 2:
                break
        second = Client(adapter=fake, cache=SQLiteStore(tmp_path / "answers.db"))
        assert len(texts(second.batch_completion(MODEL, questions(5)))) == 5
        assert list(map(number_of, fake.requests[:2])) == [0, 1]
        assert sorted(map(number_of, fake.requests)) == [0, 1, 2, 3, 4]
