"""The chat model: calls, arguments, errors, and what is shown of it."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

import trunkline
from tests.integrations.competent import answer_openai
from tests.support.answers import failing
from tests.support.server import Server, answer_json
from trunkline import BadRequestError, CallRecord, Client, ContextWindowExceededError, Outcome
from trunkline.pipeline.json_values import JSON
from trunkline.testing import Cut, FakeProvider

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.exceptions import ContextOverflowError, ModelError, ModelRateLimitError
from langchain_core.load import dumps, loads
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.runnables import ConfigurableField
from langchain_core.tools import tool

from trunkline.integrations.langchain import ChatTrunkline

SECRET = "sk-very-secret"  # nobody's


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"sunny in {city}"


def make(*script: Any, **arguments: Any) -> tuple[ChatTrunkline, FakeProvider]:
    fake = FakeProvider(script)
    arguments.setdefault("model", "openai/gpt-4o")
    return ChatTrunkline(client=fake.client(), **arguments), fake


class Listener(BaseCallbackHandler):
    """Remembers what LangChain tells."""

    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self.shown: list[str] = []
        self.errors: list[BaseException] = []

    def on_chat_model_start(self, serialized: Any, messages: Any, **told: Any) -> None:
        self.shown.append(f"{serialized} {messages} {told}")

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.tokens.append(token)

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.errors.append(error)


def test_an_answer_and_what_is_known_of_it(server: Server) -> None:
    server.reply(answer_openai)
    model = ChatTrunkline(model="gpt-4o", api_key=SECRET, base_url=server.url, temperature=0)
    answer = model.invoke("Hello", logit_bias={"1": 2}, stop=["x"])
    body = server.seen[0].json
    assert (body["temperature"], body["logit_bias"], body["stop"]) == (0, {"1": 2}, ["x"])
    assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"
    known = answer.response_metadata
    usage = known.pop("token_usage")
    assert usage["prompt_tokens"] == 20
    assert known == {
        "model_provider": "trunkline",
        "model_name": "gpt-4o",
        "provider": "openai",
        "finish_reason": "stop",
        "id": "chatcmpl-1",
        "request_id": "req_1",
        "attempts": 1,
    }
    assert answer.usage_metadata == {
        "input_tokens": 20,
        "output_tokens": 10,
        "total_tokens": 30,
        "input_token_details": {"audio": 0, "cache_read": 4},
        "output_token_details": {"audio": 0, "reasoning": 3},
    }


@pytest.mark.parametrize("streaming", [False, True])
def test_the_cost_of_a_response(streaming: bool) -> None:
    # FakeProvider reports 10 tokens of the prompt and 5 of the response.
    prices: Any = {"input_cost_per_token": 0.01, "output_cost_per_token": 0.02}
    model, _ = make("Hi", streaming=streaming, **prices)
    assert model.invoke("Hello").response_metadata["cost"] == pytest.approx(0.2)


def test_every_argument_of_a_call_goes_through() -> None:
    model, fake = make(
        trunkline.ServiceUnavailableError("down"),
        "Hi",
        "Hi",
        max_retries=0,
        fallbacks=["groq/llama-3.3-70b-versatile"],
        request_timeout={"total": 9},
        max_tokens=7,
        stop_sequences=["x"],
        extra_headers={"x-team": "a"},
        top_p=0.5,
    )
    answer = model.invoke("Hello", seed=1)
    assert answer.response_metadata["fallback"] == "groq/llama-3.3-70b-versatile"
    assert answer.response_metadata["attempts"] == 2
    first, second = fake.requests
    assert first.params == {"max_tokens": 7, "stop": ["x"], "top_p": 0.5, "seed": 1}
    assert first.timeouts.total == 9
    # Headers belong to a host, and the other provider has another.
    assert (first.extra_headers, second.extra_headers) == ({"x-team": "a"}, {})
    model.bind(stop=["y"]).invoke("Hello", temperature=1)
    assert fake.requests[-1].params["stop"] == ["y"]
    assert fake.requests[-1].params["temperature"] == 1


def test_two_names_of_one_thing_are_refused() -> None:
    with pytest.raises(ValueError, match="max_retries and num_retries mean the same"):
        ChatTrunkline(model="gpt-4o", max_retries=1, num_retries=2)


def test_several_answers() -> None:
    choices = [{"index": n, "message": {"content": text}} for n, text in enumerate("ab")]
    model, fake = make({"choices": choices}, n=2)
    [generations] = model.generate([[HumanMessage("Hi")]]).generations
    assert [one.text for one in generations] == ["a", "b"]
    with pytest.raises(BadRequestError, match="n: LangChain can only stream one"):
        list(model.stream("Hi"))
    assert len(fake.requests) == 1


def test_batches() -> None:
    def echo(request: trunkline.Request) -> Any:
        return request.messages[0].get("content")

    model, fake = make(*[echo] * 6)
    assert [one.text for one in model.batch(["a", "b", "c"])] == ["a", "b", "c"]
    assert [one.text for one in asyncio.run(model.abatch(["a", "b", "c"]))] == ["a", "b", "c"]
    assert len(fake.requests) == 6


def test_leaving_a_stream_closes_it() -> None:
    model, fake = make("one two three", "one two three")
    stream = model.stream("Hi")
    assert next(stream).text == "one"
    assert fake.open_streams == 1
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert fake.open_streams == 0

    async def leave() -> int:
        async for _ in model.astream("Hi"):
            break
        for _ in range(10):
            await asyncio.sleep(0)
        return fake.open_streams

    assert asyncio.run(leave()) == 0


def test_a_stream_that_breaks_off_raises() -> None:
    model, _ = make(["Half", Cut()])
    listener = Listener()
    with pytest.raises(trunkline.StreamInterruptedError) as caught:
        list(model.stream("Hi", config={"callbacks": [listener]}))
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Half"
    assert listener.errors == [caught.value]


def test_callbacks_hear_each_piece() -> None:
    model, _ = make("one two", "one two", streaming=True)
    listener = Listener()
    assert model.invoke("Hi", config={"callbacks": [listener]}).text == "one two"
    assert listener.tokens == ["one", " two", ""]
    usage = UsageMetadataCallbackHandler()
    asyncio.run(model.ainvoke("Hi", config={"callbacks": [usage]}))
    assert usage.usage_metadata["gpt-4o"]["total_tokens"] == 15


def test_streaming_events() -> None:
    model, _ = make("one two", "one two", "one two")

    async def listen() -> list[tuple[str, str]]:
        return [
            (event["event"], event["data"]["chunk"].text if "chunk" in event["data"] else "")
            async for event in model.astream_events("Hi", version="v2")
        ]

    assert asyncio.run(listen()) == [
        ("on_chat_model_start", ""),
        ("on_chat_model_stream", "one"),
        ("on_chat_model_stream", " two"),
        ("on_chat_model_stream", ""),
        ("on_chat_model_end", ""),
    ]


def test_one_owner_of_retries(server: Server) -> None:
    server.reply(failing(500))
    model = ChatTrunkline(
        model="gpt-4o", api_key=SECRET, base_url=server.url, max_retries=1, timeout=5
    )
    with pytest.raises(trunkline.InternalServerError) as caught:
        model.invoke("Hello")
    assert len(server.seen) == caught.value.attempts == 2


def test_errors_are_trunklines_and_langchains() -> None:
    model, _ = make(
        ContextWindowExceededError("too long"),
        trunkline.RateLimitError("slow down"),
        trunkline.UnsupportedParamsError("no"),
        num_retries=0,
    )
    with pytest.raises(ContextWindowExceededError) as caught:
        model.invoke("Hi")
    error = caught.value
    assert isinstance(error, ContextOverflowError)
    assert type(error).__name__ == "ContextWindowExceededError"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (ContextWindowExceededError, str(error))
    with pytest.raises(ModelRateLimitError) as limited:
        list(model.stream("Hi"))
    assert limited.value.is_retryable
    assert isinstance(limited.value, trunkline.RateLimitError)
    with pytest.raises(trunkline.UnsupportedParamsError) as refused:
        asyncio.run(model.ainvoke("Hi"))
    assert isinstance(refused.value, ModelError)
    assert not refused.value.is_retryable


class Gate(BaseRateLimiter):
    """Counts who passes."""

    passed = 0

    def acquire(self, *, blocking: bool = True) -> bool:
        self.passed += 1
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        return self.acquire(blocking=blocking)


def test_a_rate_limiter_of_langchains() -> None:
    gate = Gate()
    model, _ = make("Hi", "Hi", rate_limiter=gate)
    model.invoke("Hi")
    list(model.stream("Hi"))
    assert gate.passed == 2


def test_a_cache_of_langchains() -> None:
    model, fake = make("Hi", "Ho", cache=InMemoryCache())
    assert [model.invoke("Hi", seed=seed).text for seed in (1, 1, 2)] == ["Hi", "Hi", "Ho"]
    assert len(fake.requests) == 2


def test_a_chain_of_ones_own_works_underneath() -> None:
    records: list[CallRecord] = []
    outcomes: list[Outcome] = []

    @trunkline.after
    def note(_request: trunkline.Request, outcome: Outcome) -> None:
        outcomes.append(outcome)

    fake = FakeProvider(["Hi", "Hi", "Hi"])
    client = Client(adapter=fake, callbacks=[records.append]).with_middlewares(note)
    model = ChatTrunkline(model="openai/gpt-4o", client=client, metadata={"app": "x"})
    config: Any = {"metadata": {"team": "a"}}
    model.invoke("Hi", config)
    list(model.stream("Hi", config))
    model.model_copy(update={"streaming": True}).invoke("Hi", config)
    assert [outcome.kind for outcome in outcomes] == ["completed"] * 3
    notes = [(record.metadata["app"], record.metadata["team"]) for record in records]
    assert notes == [("x", "a")] * 3


@pytest.mark.usefixtures("provider_keys")
def test_a_router() -> None:
    router = trunkline.Router(
        [
            {
                "model_name": "chat",
                "litellm_params": {"model": "openai/gpt-4o", "mock_response": "Hi"},
            }
        ]
    )
    assert ChatTrunkline(model="chat", client=router).invoke("Hello").text == "Hi"


def test_what_is_meant_for_a_provider_goes_to_no_other() -> None:
    model, fake = make(
        *["Hi"] * 3,
        api_key=SECRET,
        base_url="http://mine.test",
        extra_headers={"authorization": SECRET},
        extra_body={"project": SECRET},
        extra_query={"tenant": SECRET},
    )
    other_name = "groq/llama-3.3-70b-versatile"
    model.invoke("Hi", model="gpt-4o-mini")
    model.invoke("Hi", model=other_name)
    model.invoke("Hi", model=other_name, api_key="gsk", extra_headers={"x-team": "a"})
    own, other, given = fake.requests
    assert own.api_key is not None
    assert own.api_key.reveal() == SECRET
    assert own.base_url == "http://mine.test"
    for carried in (own.extra_headers, own.extra_body, own.extra_query):
        assert SECRET in carried.values()
    assert (other.api_key, other.base_url) == (None, None)
    assert (other.extra_headers, other.extra_body, other.extra_query) == ({}, {}, {})
    assert given.api_key is not None
    assert given.api_key.reveal() == "gsk"
    assert given.extra_headers == {"x-team": "a"}


def test_a_model_is_chosen_at_run_time() -> None:
    model, fake = make("Hi")
    chosen = model.configurable_fields(model=ConfigurableField(id="model"))
    chosen.invoke("Hi", config={"configurable": {"model": "mistral/mistral-small-latest"}})
    assert fake.requests[-1].model == "mistral/mistral-small-latest"


def test_credentials_are_not_shown() -> None:
    model, fake = make(
        *["Hi"] * 3,
        api_key=SECRET,
        extra_headers={"Authorization": SECRET},
        aws_secret_access_key=SECRET,
        fallbacks=[{"model": "groq/llama-3.3-70b-versatile", "api_key": SECRET}],
        cache=InMemoryCache(),
    )
    listener = Listener()
    model.invoke("Hi", config={"callbacks": [listener]}, azure_ad_token=SECRET)
    list(model.stream("Hi", config={"callbacks": [listener]}, azure_ad_token=SECRET))
    keys = model._get_llm_string(azure_ad_token=SECRET)  # pyright: ignore[reportPrivateUsage]  # what a cache stores
    shown = [repr(model), str(model), dumps(model), str(model.asdict()), keys, *listener.shown]
    assert len(shown) == 7
    assert not [text for text in shown if SECRET in text]
    request = fake.requests[0]
    assert request.extra_headers["Authorization"] == SECRET
    assert request.options["fallbacks"][0]["api_key"].reveal() == SECRET
    assert request.params["aws_secret_access_key"].reveal() == SECRET


@pytest.mark.filterwarnings("ignore:.*in beta")
def test_a_model_can_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ChatTrunkline(
        model="anthropic/claude-sonnet-4-5", api_key=SECRET, temperature=0.5, fallbacks=["gpt-4o"]
    )
    text = dumps(model)
    assert "ANTHROPIC_API_KEY" in text
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another")
    again: ChatTrunkline = loads(
        text,
        allowed_objects=[ChatTrunkline],
        valid_namespaces=["trunkline"],
        secrets_from_env=True,
    )
    assert again.asdict() == model.asdict()
    assert again.api_key is not None
    assert again.api_key.get_secret_value() == "another"


def test_what_traces_and_agents_read_of_it() -> None:
    model, _ = make(model="anthropic/claude-sonnet-4-5", stop="x")
    params: JSON = {**model._get_ls_params()}  # pyright: ignore[reportPrivateUsage]  # what LangSmith reads
    assert (params["ls_provider"], params["ls_model_name"]) == ("anthropic", "claude-sonnet-4-5")
    assert params["ls_stop"] == ["x"]
    profile: JSON = {**(model.profile or {})}
    assert profile["tool_calling"]
    assert profile["max_input_tokens"] > 100_000
    assert ChatTrunkline(model="openai/nobody-knows-it").profile is None


def test_tokens_are_counted_by_the_provider(server: Server) -> None:
    server.reply(answer_json({"input_tokens": 17}))
    model = ChatTrunkline(model="anthropic/claude-sonnet-4-5", api_key=SECRET, base_url=server.url)
    assert model.get_num_tokens_from_messages([AIMessage("Hi")], tools=[weather]) == 17
    assert server.seen[0].json["tools"][0]["name"] == "weather"
    assert model.get_num_tokens("Hello") == 17
