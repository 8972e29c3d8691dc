"""Cost: what an answer cost, wherever it is read."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    AttemptCallbacks,
    BadRequestError,
    Budget,
    BudgetExceededError,
    CallRecord,
    Client,
    Cost,
    Handler,
    MemoryStore,
    Middleware,
    ModelResponse,
    Reply,
    Request,
    ServiceUnavailableError,
    StreamInterruptedError,
    Tracing,
    Usage,
    default_middlewares,
    register_model,
)
from trunkline.testing import Cut, FakeProvider

pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")

MODEL = "openai/gpt-4o-2024-08-06"
USAGE = Usage(prompt_tokens=1000, completion_tokens=100, total_tokens=1100)
DOLLARS = (1000 * 2.5 + 100 * 10) * 1e-6
OWN: Mapping[str, Any] = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}
OWN_DOLLARS = 2.0


def fake(*script: Any) -> FakeProvider:
    return FakeProvider(script or ["Hello", "Hello again"], usage=USAGE)


def test_an_answer_tells_its_cost(world: World, mode: str) -> None:
    told: list[float | None] = []

    def note(record: CallRecord) -> None:
        told.append(record.cost)

    response = world.answer(fake().client(), mode, MODEL, MESSAGES, callbacks=[note])
    assert response.cost == pytest.approx(DOLLARS)
    assert told == [response.cost]
    # The name of the answer, not of the price: dictionaries hold what the provider sent.
    assert "cost" not in response.model_dump()


def test_prices_of_a_call(world: World, mode: str) -> None:
    response = world.answer(fake().client(), mode, MODEL, MESSAGES, **OWN)
    assert response.cost == pytest.approx(OWN_DOLLARS)


@pytest.mark.parametrize(
    ("prices", "wrong"),
    [
        ({"input_cost_per_token": 1e-6}, "output_cost_per_token: missing; expected US dollars"),
        ({**OWN, "input_cost_per_token": "free"}, "input_cost_per_token: .* token, got 'free'"),
        ({**OWN, "input_cost_per_token": None}, "input_cost_per_token: missing; expected US dol"),
        ({**OWN, "input_cost_per_audio_token": []}, r"audio_token: expected .* token, got \[\]"),
        ({**OWN, "output_cost_per_token": -1.0}, "output_cost_per_token: expected US dollars"),
        ({**OWN, "output_cost_per_token": 15.0}, "output_cost_per_token: expected US dollars"),
    ],
)
def test_prices_that_are_none(prices: dict[str, Any], wrong: str) -> None:
    provider = fake()
    with pytest.raises(BadRequestError, match=wrong):
        provider.client().completion(MODEL, MESSAGES, **prices)
    assert provider.requests == []
    with pytest.raises(ValueError, match=f"openai/a: prices: .*{wrong}"):
        Cost(prices={"openai/a": prices})


def test_prices_of_a_model() -> None:
    cost = Cost(prices={MODEL: OWN})
    client = fake().client(default_middlewares(cost=cost))
    assert client.completion(MODEL, MESSAGES, stream=False).cost == pytest.approx(OWN_DOLLARS)
    other = client.completion("openai/gpt-4o", MESSAGES, stream=False).cost
    assert other == pytest.approx(DOLLARS)
    assert repr(cost) == f"Cost({MODEL})"


def test_one_with_prices_goes_before_one_without() -> None:
    own = Cost(prices={MODEL: OWN})
    for chain in ([Cost(), own], [own, Cost()], default_middlewares(cost=own)):
        response = fake().client(chain).completion(MODEL, MESSAGES, stream=False)
        assert response.cost == pytest.approx(OWN_DOLLARS)


def test_a_price_that_fails_loses_no_response(
    world: World, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_price(_response: object) -> float:
        raise ZeroDivisionError("no tokens")

    async def priced(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        reply.call.price = broken_price
        return reply

    records: list[CallRecord] = []
    chains: list[list[Middleware]] = [
        [Budget(1), priced, *default_middlewares()],
        [Budget(1, cost=broken_price), *default_middlewares()],
    ]
    response = ModelResponse()
    for chain in chains:
        caplog.clear()
        client = fake().client(chain)
        response = world.answer(client, mode, MODEL, MESSAGES, callbacks=[records.append])
        assert response.choices[0].message.content == "Hello"
        assert "broken_price failed: ZeroDivisionError: no tokens" in caplog.text
    assert len(records) == 2
    assert response.cost is not None


def test_registered_prices() -> None:
    register_model({"groq/of-my-own": OWN})
    response = fake().client().completion("groq/of-my-own", MESSAGES, stream=False)
    assert response.cost == pytest.approx(OWN_DOLLARS)


def test_what_is_not_known_is_none() -> None:
    client = fake("Hello", {"choices": [{"message": {"content": "no usage"}}]}).client()
    assert client.completion("vllm/gpt-4o", MESSAGES, stream=False).cost is None
    assert client.completion(MODEL, MESSAGES, stream=False, **OWN).cost is None


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        ({"cost": 0.25}, 0.25),
        ({"cost": 0}, 0.0),
        ({"cost": {"total_cost": 0.5, "input_tokens_cost": 0.1}}, 0.5),
        ({"cost_in_usd_ticks": 37_756_000}, 0.0037756),
    ],
)
def test_what_the_provider_says_goes_first(
    usage: dict[str, Any], dollars: float, world: World, mode: str
) -> None:
    answer = {
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, **usage},
    }
    response = world.answer(fake(answer).client(), mode, MODEL, MESSAGES, **OWN)
    assert response.cost == pytest.approx(dollars)


def at_openai(body: Mapping[str, Any], **headers: str) -> httpx.Client:
    """Return a client for which one answer comes from wherever it asks."""
    content = msgspec.json.encode(body)
    return httpx.Client(
        transport=httpx.MockTransport(
            lambda _request: httpx.Response(200, content=content, headers=headers)
        )
    )


BODY: Mapping[str, Any] = {
    "model": "gpt-4o-2024-05-13",
    "created": 1_750_000_000,
    "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    },
}


def test_the_model_that_answered_is_priced_and_only_at_its_own_address() -> None:
    with Client() as client, at_openai(BODY) as http:
        given: dict[str, Any] = {"client": http, "api_key": "sk-0123456789"}
        priced = client.completion("openai/gpt-4o", MESSAGES, stream=False, **given)
        elsewhere = client.completion(
            "openai/gpt-4o", MESSAGES, stream=False, base_url="http://localhost:1234/v1", **given
        )
    assert priced.cost == pytest.approx((1000 * 5 + 100 * 15) * 1e-6)
    assert elsewhere.cost is None


def test_a_litellm_proxy_tells_in_a_header() -> None:
    headers = {"x-litellm-response-cost": "0.125"}
    with Client() as client, at_openai(BODY, **headers) as http:
        response = client.completion("litellm_proxy/a", MESSAGES, stream=False, client=http)
    assert response.cost == 0.125


def test_a_hit_costs_nothing(world: World, mode: str) -> None:
    told: list[float | None] = []

    def note(record: CallRecord) -> None:
        told.append(record.cost)

    client = Client(adapter=fake(), cache=MemoryStore(), callbacks=[note])
    costs = [world.answer(client, mode, MODEL, MESSAGES).cost for _ in range(2)]
    assert costs == told == [pytest.approx(DOLLARS), 0.0]


def test_a_fallback_costs_what_it_costs() -> None:
    client = fake(ServiceUnavailableError("down"), "Hello").client()
    response = client.completion(
        MODEL,
        MESSAGES,
        stream=False,
        num_retries=0,
        fallbacks=["gemini/gemini-2.5-pro"],
    )
    assert response.call.fallback == "gemini/gemini-2.5-pro"
    assert response.cost == pytest.approx((1000 * 1.25 + 100 * 10) * 1e-6)


def test_each_candidate_has_its_own_prices() -> None:
    client = fake(ServiceUnavailableError("down"), "Hello").client()
    response = client.completion(
        MODEL, MESSAGES, stream=False, num_retries=0, fallbacks=[{"model": "groq/mine", **OWN}]
    )
    assert response.cost == pytest.approx(OWN_DOLLARS)


def test_attempts_tell_it_too() -> None:
    told: list[float | None] = []

    def note(record: CallRecord) -> None:
        told.append(record.cost)

    client = fake(ServiceUnavailableError("down"), "Hello").client(
        [*default_middlewares()[:-4], AttemptCallbacks([note]), Cost()]
    )
    client.completion(MODEL, MESSAGES, num_retries=1)
    assert told == [None, pytest.approx(DOLLARS)]


def test_a_budget_in_dollars() -> None:
    budget = Budget(1.5 * DOLLARS)
    client = fake("a", "b", "c").client([budget, Cost()])
    for spent in (1, 2):
        client.completion(MODEL, MESSAGES)
        assert budget.spent() == pytest.approx(spent * DOLLARS)
    with pytest.raises(BudgetExceededError):
        client.completion(MODEL, MESSAGES)


def test_spans(mode: str) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    client = fake("a", "b").client([Tracing(tracer_provider=provider), Cost()])
    World("sync").answer(client, mode, MODEL, MESSAGES)
    World("sync").answer(client, mode, "vllm/unknown", MESSAGES)
    provider.shutdown()
    known, unknown = (dict(span.attributes or {}) for span in exporter.get_finished_spans())
    assert known["trunkline.cost"] == pytest.approx(DOLLARS)
    assert "trunkline.cost" not in unknown


def test_without_a_span_that_is_recorded_nothing_computes_the_cost(mode: str) -> None:
    computed: list[object] = []

    async def priced(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        reply.call.price = computed.append
        return reply

    meters = MeterProvider(metric_readers=[InMemoryMetricReader()])
    unsampled = TracerProvider(sampler=ALWAYS_OFF)
    for tracing in (Tracing(meter_provider=meters), Tracing(tracer_provider=unsampled)):
        client = fake("a").client([tracing, priced])
        World("sync").answer(client, mode, MODEL, MESSAGES)
    assert computed == []
    meters.shutdown()


def test_a_stream_that_breaks_off_before_it_tells_its_tokens() -> None:
    stream = fake(["Half an ", Cut()]).client().completion(MODEL, MESSAGES, stream=True)
    with pytest.raises(StreamInterruptedError) as caught:
        list(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.cost is None


def test_a_stream_is_priced_when_it_is_whole() -> None:
    """Some providers tell in each chunk what they have counted so far."""
    told = msgspec.to_builtins(USAGE)

    def chunk(usage: Mapping[str, Any], **choice: Any) -> dict[str, Any]:
        return {"choices": [{"index": 0, **choice}], "usage": usage}

    script = [
        chunk({**told, "completion_tokens": 1}, delta={"content": "Hel"}),
        chunk(told, delta={"content": "lo"}, finish_reason="stop"),
    ]
    with fake(script).client().completion(MODEL, MESSAGES, stream=True) as stream:
        next(stream)
        running = stream.response
        assert running.usage is not None
        assert running.usage.completion_tokens == 1
        assert running.cost is None
        list(stream)
        assert stream.response.cost == pytest.approx(DOLLARS)


def test_it_goes_where_the_answer_goes() -> None:
    response = fake().client().completion(MODEL, MESSAGES, stream=False, **OWN)
    for copied in (pickle.loads(pickle.dumps(response)), copy.deepcopy(response)):
        assert copied.cost == pytest.approx(OWN_DOLLARS)
    response.cost = 7.0
    assert response.cost == 7.0


NOBODY_ASKS = """
import sys
from trunkline.testing import FakeProvider
told = []
client = FakeProvider(["a", "b"]).client()
response = client.completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}],
                             callbacks=[told.append])
assert "genai_prices" not in sys.modules
assert response.cost == told[0].cost > 0
assert "genai_prices" in sys.modules
"""


def test_a_call_whose_cost_nobody_reads_loads_nothing() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", NOBODY_ASKS], check=True)
