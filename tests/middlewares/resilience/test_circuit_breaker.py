"""CircuitBreaker: a deployment that fails is not called, and is tried again later."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.clocks import Clock
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    AuthenticationError,
    CircuitBreaker,
    CircuitOpenError,
    Client,
    Fallback,
    Handler,
    InternalServerError,
    RateLimitError,
    RedisState,
    Reply,
    Request,
    Retry,
    Route,
    ServiceUnavailableError,
    Timeout,
    default_middlewares,
)
from trunkline.testing import Cut, FakeProvider, Item, Pause

MODEL = "openai/gpt-4o"
OTHER = "openai/gpt-4o-mini"


def breaker(clock: Clock, shared: RedisState | None, **given: Any) -> CircuitBreaker:
    limits: dict[str, Any] = {"min_calls": 2, "window": 4, "open_for": 30, **given}
    return CircuitBreaker(clock=clock, state=shared, **limits)


def fails(world: World, client: Client, mode: str, model: str = MODEL, **given: Any) -> APIError:
    with pytest.raises(APIError) as raised:
        world.answer(client, mode, model, MESSAGES, **given)
    return raised.value


def script(*items: Item) -> Iterator[Item]:
    return chain(items, repeat("Hello"))


class TestDefaults:
    def test_it_opens_after_at_most_20_failures(self, world: World, mode: str) -> None:
        fake = FakeProvider(repeat(503))
        client = fake.client([CircuitBreaker()])
        errors = [fails(world, client, mode) for _ in range(25)]
        assert len(fake.requests) == 10
        assert all(type(error) is ServiceUnavailableError for error in errors[:10])
        last = errors[-1]
        assert isinstance(last, ServiceUnavailableError)
        assert (type(last), last.attempts, last.status_code) == (CircuitOpenError, 0, 503)
        assert last.retry_after is not None
        assert 0 < last.retry_after <= 30

    def test_after_many_successes_too(self) -> None:
        fake = FakeProvider(chain(repeat("Hello", 200), repeat(500)))
        client = fake.client([CircuitBreaker()])
        for _ in range(200):
            client.completion(MODEL, MESSAGES)
        for _ in range(30):
            with pytest.raises(InternalServerError):
                client.completion(MODEL, MESSAGES)
        assert len(fake.requests) <= 200 + 20

    @pytest.mark.parametrize("place", ["outermost", "inside Retry"])
    def test_in_the_default_chain(self, place: str) -> None:
        fake = FakeProvider(repeat(503))
        breaker = CircuitBreaker()
        layers: list[Any] = default_middlewares(retry=Retry(2, wait=_no_wait))
        at = (
            0
            if place == "outermost"
            else 1 + [type(each).__name__ for each in layers].index("Retry")
        )
        layers.insert(at, breaker)
        client = fake.client(layers)
        for _ in range(20):
            with pytest.raises(ServiceUnavailableError):
                client.completion(MODEL, MESSAGES)
        assert len(fake.requests) == (20 if place == "outermost" else 10)
        assert "CircuitBreaker(failure_rate=0.5, open_for=30)" in client.describe()


def _no_wait(_state: object) -> float:
    return 0.0


class TestCircuit:
    def test_a_probe_closes_it(
        self, world: World, mode: str, clock: Clock, shared: RedisState | None
    ) -> None:
        fake = FakeProvider(script(500, 500))
        client = fake.client([breaker(clock, shared)])
        for _ in range(2):
            fails(world, client, mode)
        clock.advance(29)
        assert fails(world, client, mode).retry_after == pytest.approx(1)
        clock.advance(2)
        for _ in range(3):
            assert world.answer(client, mode, MODEL, MESSAGES).attempts == 1
        assert len(fake.requests) == 5

    def test_a_probe_that_fails_opens_it_again(
        self, world: World, mode: str, clock: Clock, shared: RedisState | None
    ) -> None:
        fake = FakeProvider(script(500, 500, 500))
        client = fake.client([breaker(clock, shared)])
        for _ in range(2):
            fails(world, client, mode)
        clock.advance(31)
        assert type(fails(world, client, mode)) is InternalServerError
        assert fails(world, client, mode).retry_after == pytest.approx(30)
        assert len(fake.requests) == 3

    def test_the_rate_of_the_latest_calls_counts(
        self, clock: Clock, shared: RedisState | None
    ) -> None:
        fake = FakeProvider(script(500, "a", "b", 500, "c", "d", 500))
        client = fake.client([breaker(clock, shared, min_calls=3, window=4, failure_rate=0.6)])
        for _ in range(12):
            try:
                client.completion(MODEL, MESSAGES)
            except InternalServerError as error:
                assert error.attempts == 1  # noqa: PT017  # never refused
        assert len(fake.requests) == 12

    def test_deployments_have_circuits_of_their_own(
        self, world: World, clock: Clock, shared: RedisState | None
    ) -> None:
        fake = FakeProvider(script(500, 500))
        client = fake.client([breaker(clock, shared)])
        for _ in range(2):
            fails(world, client, "plain")
        assert fails(world, client, "plain").attempts == 0
        for other in (
            {"model": OTHER},
            {"base_url": "https://other.example.com"},
            {"api_key": "sk-other"},
        ):
            model = other.pop("model", MODEL)
            assert world.complete(client, model, MESSAGES, **other).attempts == 1

    @pytest.mark.parametrize("error", [RateLimitError("slow"), AuthenticationError("no"), 400])
    def test_other_errors_do_not_open_it(
        self, clock: Clock, shared: RedisState | None, error: Item
    ) -> None:
        fake = FakeProvider(repeat(error))
        client = fake.client([breaker(clock, shared)])
        for _ in range(5):
            with pytest.raises(APIError):
                client.completion(MODEL, MESSAGES)
        assert len(fake.requests) == 5

    def test_the_providers_retry_after_counts_if_it_is_longer(
        self, clock: Clock, shared: RedisState | None
    ) -> None:
        slow = ServiceUnavailableError("later", retry_after=90)
        fake = FakeProvider(repeat(slow))
        client = fake.client([breaker(clock, shared)])
        for _ in range(2):
            with pytest.raises(ServiceUnavailableError):
                client.completion(MODEL, MESSAGES)
        with pytest.raises(CircuitOpenError) as refused:
            client.completion(MODEL, MESSAGES)
        assert refused.value.retry_after == pytest.approx(90)

    @pytest.mark.parametrize(
        ("error", "opens"),
        [
            (ServiceUnavailableError("down"), True),
            (Timeout("no time is left"), False),
            (CircuitOpenError("another one"), False),
            (ValueError("a mistake"), False),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
    )
    def test_what_another_layer_raises(
        self, clock: Clock, shared: RedisState | None, error: Exception, opens: bool
    ) -> None:
        calls = 0

        async def fail(_request: Request, _call_next: Handler) -> Reply:
            nonlocal calls
            calls += 1
            raise error

        client = FakeProvider().client([breaker(clock, shared), fail])
        for _ in range(4):
            with pytest.raises(type(error) if not opens else ServiceUnavailableError):
                client.completion(MODEL, MESSAGES)
        assert calls == (2 if opens else 4)

    def test_a_stream_that_breaks_off_is_a_failure(
        self, world: World, clock: Clock, shared: RedisState | None
    ) -> None:
        fake = FakeProvider(script(["Half ", Cut()], ["Half ", Cut()]))
        client = fake.client([breaker(clock, shared)])
        for _ in range(2):
            fails(world, client, "stream")
        assert isinstance(fails(world, client, "stream"), CircuitOpenError)
        assert fake.open_streams == 0

    def test_a_probe_that_is_cancelled_does_not_block_the_circuit(
        self, clock: Clock, shared: RedisState | None
    ) -> None:
        fake = FakeProvider(script(500, 500, [Pause(60), "late"]))
        client = fake.client([breaker(clock, shared)])

        async def main() -> int:
            for _ in range(2):
                with pytest.raises(InternalServerError):
                    await client.acompletion(MODEL, MESSAGES)
            clock.advance(31)
            async with anyio.create_task_group() as group:
                group.start_soon(client.acompletion, MODEL, MESSAGES)
                while len(fake.requests) < 3:
                    await anyio.sleep(0)
                with pytest.raises(CircuitOpenError):
                    await client.acompletion(MODEL, MESSAGES)
                group.cancel_scope.cancel()
            return (await client.acompletion(MODEL, MESSAGES)).attempts

        assert anyio.run(main) == 1


class TestOtherLayers:
    def test_retry_does_not_wait_for_an_open_circuit(self, clock: Clock) -> None:
        fake = FakeProvider(repeat(500))
        layers: list[Any] = [clock.fast_forward, Retry(5), breaker(clock, None)]
        with pytest.raises(CircuitOpenError) as refused:
            fake.client(layers).completion(MODEL, MESSAGES)
        assert (len(fake.requests), refused.value.attempts) == (2, 2)

    def test_a_fallback_takes_over(self, world: World, mode: str, clock: Clock) -> None:
        fake = FakeProvider(repeat(lambda request: 500 if request.model == MODEL else "Hello"))
        client = fake.client([Fallback([OTHER], cooldown=0), breaker(clock, None)])
        for sent in (2, 2, 1):
            answer = world.answer(client, mode, MODEL, MESSAGES)
            assert (answer.call.fallback, answer.attempts) == (OTHER, sent)
        assert answer.call.tried[0].error.startswith("CircuitOpenError")

    def test_a_route_takes_another_deployment(self, world: World, clock: Clock) -> None:
        deployments = [
            {"model_name": "m", "litellm_params": {"model": f"openai/{name}", "order": order}}
            for order, name in enumerate(["one", "two"])
        ]
        fake = FakeProvider(script(500))
        client = fake.client(
            [Route(deployments, cooldown=0.001), breaker(clock, None, min_calls=1)]
        )
        world.complete(client, "m", MESSAGES)
        assert [request.model for request in fake.requests][:2] == ["openai/one", "openai/two"]


class TestRedis:
    def test_processes_share_circuits(self, clock: Clock, redis_url: str) -> None:
        from tests.support.servers.redis_server import connect  # noqa: PLC0415  # redis-py is an extra

        with connect(redis_url) as one, connect(redis_url) as two:
            one.flushall()
            fake = FakeProvider(repeat(500))
            clients = [
                fake.client([breaker(clock, RedisState(each, clock=clock))]) for each in (one, two)
            ]
            for client in clients:
                with pytest.raises(InternalServerError):
                    client.completion(MODEL, MESSAGES)
            for client in clients:
                with pytest.raises(CircuitOpenError):
                    client.completion(MODEL, MESSAGES, api_key="fake")
            keys = b" ".join(one.scan_iter())
            assert b"gpt-4o" in keys
            assert b"fake " not in keys
            assert all(one.ttl(key) > 0 for key in one.scan_iter())

    def test_without_redis_the_process_keeps_its_own(
        self, world: World, mode: str, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        state = RedisState.from_url("redis://127.0.0.1:1", clock=clock)
        fake = FakeProvider(script(500, 500))
        client = fake.client([breaker(clock, state)])
        with caplog.at_level(logging.WARNING, "trunkline"):
            for _ in range(2):
                assert type(fails(world, client, mode)) is InternalServerError
            assert isinstance(fails(world, client, mode), CircuitOpenError)
        assert sum("cannot reach Redis" in record.message for record in caplog.records) == 1


class TestMistakes:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"failure_rate": 0}, "failure_rate: expected more than 0"),
            ({"failure_rate": 1.5}, "failure_rate"),
            ({"min_calls": 0}, "min_calls: expected 1 to window=20"),
            ({"window": 5}, "min_calls: expected 1 to window=5, got 10"),
            ({"open_for": 0}, "open_for: expected a number above 0"),
        ],
    )
    def test_arguments_out_of_range(self, given: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            CircuitBreaker(**given)

    def test_another_state(self) -> None:
        with pytest.raises(TypeError, match="state: expected RedisState or None, got str"):
            CircuitBreaker(state="redis://localhost")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    def test_a_class_instead_of_an_instance(self) -> None:
        with pytest.raises(TypeError, match=r"use an instance: CircuitBreaker\(\)"):
            Client([CircuitBreaker])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.reply(answer_json(body, status=529))
    where = {"base_url": server.url, "api_key": "sk-ant-1"}
    with Client([CircuitBreaker(min_calls=2, window=2)]) as client:
        for _ in range(2):
            error = fails(world, client, mode, "anthropic/claude-sonnet-4-5", **where)
            assert (type(error), error.attempts) == (ServiceUnavailableError, 1)
        refused = fails(world, client, mode, "anthropic/claude-sonnet-4-5", **where)
    assert isinstance(refused, CircuitOpenError)
    assert len(server.seen) == 2
