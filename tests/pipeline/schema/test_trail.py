"""What layers note of a call, and that those which did nothing note nothing."""

from __future__ import annotations

import asyncio
import pickle
from time import perf_counter
from typing import Any

import pytest
from tenacity import wait_none

from tests.support.answers import MESSAGES
from tests.support.clocks import Clock
from tests.support.worlds import World
from trunkline import (
    APIError,
    Cache,
    CallRecord,
    Client,
    Fallback,
    Handler,
    Limit,
    MemoryStore,
    Middleware,
    RateLimitError,
    Reply,
    Request,
    Retry,
    Route,
    Router,
    ServiceUnavailableError,
    before,
    default_middlewares,
)
from trunkline.pipeline.schema.trail import Note, Trail
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
OTHER = "groq/llama-3.3-70b-versatile"
LIMITED = RateLimitError("slow down", retry_after=0)


def said(notes: list[Note]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(note.layer, note.event, dict(note.attributes)) for note in notes]


def attempt(model: str = MODEL, **failure: Any) -> tuple[str, str, dict[str, Any]]:
    return "FakeProvider", "attempt", {"model": model, **failure}


def trail_of(world: World, mode: str, client: Client, **arguments: Any) -> Trail:
    return world.answer(client, mode, MODEL, MESSAGES, **arguments).call.trail


def test_a_call_that_nothing_happens_to(world: World, mode: str) -> None:
    trail = trail_of(world, mode, FakeProvider(["Hello"]).client())
    assert said(trail.notes) == [attempt()]
    assert trail.layers[0] == "Metadata"
    assert trail.layers[-1] == "FakeProvider"
    assert "Retry" in trail.layers


def test_notes_lie_within_the_call(world: World, mode: str) -> None:
    before_it = perf_counter()
    trail = trail_of(world, mode, FakeProvider([LIMITED, "Hello"]).client(), num_retries=1)
    moments = [before_it, trail.began]
    for note in trail.notes:
        moments += [note.start, note.end]
        assert note.seconds == note.end - note.start
    assert moments == sorted(moments)
    assert trail.notes[-1].end <= perf_counter()


def test_a_stream_says_when_it_began_and_ended(world: World) -> None:
    _, stream = world.stream(FakeProvider(["Hello there"]).client(), MODEL, MESSAGES)
    [note] = stream.call.trail.notes
    first, ended = stream.call.first_content_at, stream.call.ended_at
    assert first is not None
    assert ended is not None
    assert note.start <= first <= note.end <= ended


def test_an_answers_time_is_that_of_the_call(world: World) -> None:
    client = FakeProvider([LIMITED, "Hello", LIMITED, "Hello"]).client()
    call = world.complete(client, MODEL, MESSAGES, num_retries=1).call
    assert call.response_ms is not None
    last = call.trail.notes[-1]
    assert last.start < call.trail.began + call.response_ms / 1000 < last.end
    _, stream = world.stream(client, MODEL, MESSAGES, num_retries=1)
    assert stream.call.response_ms is not None
    ended = stream.call.trail.began + stream.call.response_ms / 1000
    assert ended == pytest.approx(stream.call.ended_at, abs=1e-6)


def test_the_time_of_a_kept_answer_is_that_of_its_own_call(world: World) -> None:
    client = FakeProvider(["Hello"]).client([Cache(MemoryStore())])
    world.complete(client, MODEL, MESSAGES)
    call = world.complete(client, MODEL, MESSAGES).call
    assert call.response_ms is not None
    [hit] = call.trail.notes
    assert hit.end < call.trail.began + call.response_ms / 1000 < perf_counter()


def test_retries_and_their_waits(world: World, mode: str) -> None:
    fake = FakeProvider([LIMITED, 503, "Hello"])
    client = fake.client([Retry(attempts=3, wait=wait_none())])
    assert said(trail_of(world, mode, client).notes) == [
        attempt(error_type="RateLimitError", status_code=429),
        ("Retry", "waited", {"after": "RateLimitError"}),
        attempt(error_type="ServiceUnavailableError", status_code=503),
        ("Retry", "waited", {"after": "ServiceUnavailableError"}),
        attempt(),
    ]


def test_fallbacks(world: World, mode: str) -> None:
    client = FakeProvider([503, "Hello", "Hello again"]).client([Fallback([OTHER])])
    assert said(trail_of(world, mode, client).notes) == [
        attempt(error_type="ServiceUnavailableError", status_code=503),
        ("Fallback", "fell back", {"to": OTHER, "after": "ServiceUnavailableError"}),
        attempt(OTHER),
    ]
    assert said(trail_of(world, mode, client).notes) == [
        ("Fallback", "fell back", {"to": OTHER, "after": "cooldown"}),
        attempt(OTHER),
    ]


def test_the_cache(world: World, mode: str) -> None:
    client = FakeProvider(["Hello"]).client([Cache(MemoryStore())])
    assert said(trail_of(world, mode, client).notes) == [
        ("Cache", "miss", {}),
        attempt(),
        ("Cache", "stored", {}),
    ]
    assert said(trail_of(world, mode, client).notes) == [("Cache", "hit", {})]


def test_the_deployment_that_a_route_chose(world: World, mode: str) -> None:
    deployment = {
        "model_name": MODEL,
        "litellm_params": {"model": OTHER, "api_key": "sk-0123456789"},
        "model_info": {"id": "west"},
    }
    client = FakeProvider(["Hello"]).client([Route([deployment])])
    assert said(trail_of(world, mode, client).notes) == [
        ("Route", "chose", {"deployment": "west"}),
        attempt(OTHER),
    ]


def test_no_credential_of_an_address_is_noted() -> None:
    params = {
        "model": MODEL,
        "api_key": "sk-0123456789",
        "api_base": "https://me:hunter2@example.com/v1?key=hunter3",
    }
    fake = FakeProvider(["Hello"])
    router = Router([{"model_name": "chat", "litellm_params": params}]).with_adapter(fake)
    text = repr(router.completion("chat", MESSAGES).call.trail)
    assert "example.com" in text
    for secret in ("hunter", "0123456789"):
        assert secret not in text


def test_dropped_parameters(world: World, mode: str) -> None:
    client = FakeProvider(["Hello"]).client()
    notes = world.answer(
        client, mode, "anthropic/claude-sonnet-4-5", MESSAGES, seed=1, drop_params=True
    ).call.trail.notes
    assert said(notes)[0] == ("Params", "dropped", {"params": "seed"})


def test_limits_of_a_call(world: World, mode: str) -> None:
    client = FakeProvider(["Hello"]).client()
    timeout = {"answer": 30, "total": 90.5}
    notes = trail_of(world, mode, client, timeout=timeout).notes
    assert said(notes)[0] == ("Deadline", "set", {"answer": "30 s", "total": "90.5 s"})


def test_a_limit_notes_only_waiting(world: World, mode: str) -> None:
    clock = Clock()
    layers: list[Middleware] = [clock.fast_forward, Limit(rpm=1, clock=clock)]
    client = FakeProvider(["Hello", "Hello"]).client(layers)
    assert said(trail_of(world, mode, client).notes) == [attempt()]
    assert said(trail_of(world, mode, client).notes) == [
        ("Limit", "waited", {"limit": "rpm"}),
        attempt(),
    ]


def test_a_call_that_failed(world: World, mode: str) -> None:
    records: list[CallRecord] = []
    client = FakeProvider([401]).client()
    with pytest.raises(APIError):
        world.answer(client, mode, MODEL, MESSAGES, callbacks=[records.append])
    [record] = records
    refused = attempt(error_type="AuthenticationError", status_code=401)
    assert said(record.trail.notes) == [refused]


def test_an_error_that_is_none_of_ours() -> None:
    records: list[CallRecord] = []
    client = FakeProvider([ZeroDivisionError("sk-0123456789")]).client()
    with pytest.raises(ZeroDivisionError):
        client.completion(MODEL, MESSAGES, callbacks=[records.append])
    assert said(records[0].trail.notes) == [attempt(error_type="ZeroDivisionError")]


def test_users_layers(world: World, mode: str) -> None:
    async def guardrail(request: Request, call_next: Handler) -> Reply:
        began = perf_counter()
        request.trail.add("guardrail", "checked", since=began, rules=12, strict=True)
        return await call_next(request)

    @before
    def shout(request: Request) -> Request:
        return request

    client = Client([guardrail, *default_middlewares()], adapter=FakeProvider(["Hello"]))
    trail = trail_of(world, mode, client, middlewares=[shout])
    assert trail.layers[:3] == ("shout", "guardrail", "Metadata")
    assert said(trail.notes)[0] == ("guardrail", "checked", {"rules": 12, "strict": True})


def test_each_call_has_its_own() -> None:
    client = FakeProvider(["Hello", "Hello"]).client()
    one, other = (client.completion(MODEL, MESSAGES).call.trail for _ in range(2))
    assert one is not other
    assert (len(one.notes), len(other.notes)) == (1, 1)


def test_it_travels_with_a_response() -> None:
    response = (
        FakeProvider([ServiceUnavailableError("no"), "Hello"])
        .client([Retry(wait=wait_none())])
        .completion(MODEL, MESSAGES)
    )
    copied = pickle.loads(pickle.dumps(response))
    assert copied.call.trail == response.call.trail


def test_waiting_for_a_place() -> None:
    client = FakeProvider(["Hello", "Hello"]).client([Limit(max_parallel_requests=1)])

    async def both() -> Trail:
        first = await client.acompletion(MODEL, MESSAGES, stream=True)
        waiting = asyncio.ensure_future(client.acompletion(MODEL, MESSAGES))
        await _settle()
        assert not waiting.done()
        await first.aclose()
        return (await waiting).call.trail

    notes = asyncio.run(both()).notes
    assert said(notes) == [("Limit", "waited", {"limit": "max_parallel_requests"}), attempt()]


def test_equal_calls_at_the_same_time() -> None:
    async def both() -> list[Trail]:
        gate = asyncio.Event()

        async def hold(request: Request, call_next: Handler) -> Reply:
            await gate.wait()
            return await call_next(request)

        client = FakeProvider(["Hello"]).client([Cache(MemoryStore()), hold])
        calls = [asyncio.ensure_future(client.acompletion(MODEL, MESSAGES)) for _ in range(2)]
        await _settle()
        gate.set()
        return [(await call).call.trail for call in calls]

    first, second = asyncio.run(both())
    assert said(first.notes) == [("Cache", "miss", {}), attempt(), ("Cache", "stored", {})]
    assert said(second.notes) == [("Cache", "joined", {})]


async def _settle() -> None:
    """Let all tasks go on until they wait for something."""
    for _ in range(50):
        await asyncio.sleep(0)
