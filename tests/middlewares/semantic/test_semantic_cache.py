"""SemanticCache: a similar question gets the cached response, and no other call does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from itertools import count, repeat
from pathlib import Path
from typing import Any

import anyio
import msgspec
import numpy
import pytest

from tests.middlewares.semantic.meanings import JOKE, MODEL, RAIN, SAME, VECTORS, WARM, ask, embed
from tests.support.calls.wire_answers import claudes_answer
from tests.support.server import Answer, Seen, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    MemoryVectors,
    Metadata,
    RedisVectors,
    SemanticCache,
    SQLiteVectors,
    SuspendedError,
    default_middlewares,
    metadata,
)
from trunkline.testing import Cut, FakeProvider, tool_call


def numbered() -> FakeProvider:
    return FakeProvider(f"answer {number}" for number in count(1))


def text(response: Any) -> str:
    return str(response.choices[0].message.content)


class TestHits:
    @pytest.mark.parametrize("again", ["plain", "stream"])
    def test_a_similar_question_gets_the_response(
        self, world: World, mode: str, again: str
    ) -> None:
        fake = numbered()
        client = fake.client([SemanticCache(embed)])
        first = world.answer(client, mode, MODEL, ask(WARM))
        hit = world.answer(client, again, MODEL, ask(SAME))
        assert text(hit) == text(first) == "answer 1"
        assert (hit.call.cache_hit, hit.attempts, hit.cost) == (True, 0, 0.0)
        assert text(world.answer(client, again, MODEL, ask(RAIN))) == "answer 2"
        assert len(fake.requests) == 2
        [note] = [each for each in hit.call.trail.notes if each.layer == "SemanticCache"]
        assert note.event == "hit"
        assert note.attributes["similarity"] == pytest.approx(0.9949, abs=1e-3)

    @pytest.mark.parametrize(("threshold", "hits"), [(0.99, True), (0.999, False)])
    def test_the_threshold(self, threshold: float, hits: bool) -> None:
        client = numbered().client([SemanticCache(embed, threshold=threshold)])
        client.completion(MODEL, ask(WARM))
        assert client.completion(MODEL, ask(SAME)).call.cache_hit is hits
        assert client.completion(MODEL, ask(WARM)).call.cache_hit

    def test_equal_texts_reach_a_threshold_of_one(self) -> None:
        def odd(_text: str) -> list[float]:
            return [0.1, 0.2, 0.3, 0.7]

        client = numbered().client([SemanticCache(odd, threshold=1)])
        client.completion(MODEL, ask("a"))
        assert client.completion(MODEL, ask("a")).call.cache_hit

    @pytest.mark.parametrize(
        "other",
        [
            {"messages": [{"role": "user", "content": SAME}]},
            {"messages": [*ask("x"), *ask(SAME)]},
            {"model": "openai/gpt-4o-mini"},
            {"temperature": 1},
            {"api_key": "sk-other"},
            {"base_url": "https://other.example.com"},
            {"semantic_cache": False},
        ],
        ids=str,
    )
    def test_everything_else_must_be_equal(self, world: World, other: dict[str, Any]) -> None:
        client = numbered().client([SemanticCache(embed)])
        world.complete(client, MODEL, ask(WARM))
        arguments: dict[str, Any] = {"model": MODEL, "messages": ask(SAME), **other}
        model, messages = arguments.pop("model"), arguments.pop("messages")
        assert not world.complete(client, model, messages, **arguments).call.cache_hit

    def test_images_must_be_equal(self) -> None:
        def look(image: str) -> list[Any]:
            url = {"url": f"https://example.com/{image}"}
            parts = [{"type": "text", "text": WARM}, {"type": "image_url", "image_url": url}]
            return [{"role": "user", "content": parts}]

        client = numbered().client([SemanticCache(embed)])
        client.completion(MODEL, look("a.png"))
        assert client.completion(MODEL, look("a.png")).call.cache_hit
        assert not client.completion(MODEL, look("b.png")).call.cache_hit

    def test_tenants_are_kept_apart(self, world: World, mode: str) -> None:
        cache = SemanticCache(embed, key=lambda request: request.metadata.get("tenant"))
        client = numbered().client([Metadata(), cache])
        hits: list[bool] = []
        for tenant in ("one", "two", "one"):
            with metadata(tenant=tenant):
                hits.append(world.answer(client, mode, MODEL, ask(WARM)).call.cache_hit)
        assert hits == [False, False, True]

    def test_a_class_as_response_format(self, world: World, mode: str) -> None:
        class City(msgspec.Struct):
            name: str

        client = FakeProvider(['{"name": "Paris"}']).client([SemanticCache(embed)])
        for question in (WARM, SAME):
            answer = world.answer(client, mode, MODEL, ask(question), response_format=City)
            assert answer.choices[0].message.parsed == City("Paris")


class TestNotCached:
    @pytest.mark.parametrize(
        "item",
        [
            500,
            ["Half ", Cut()],
            tool_call("f", a=1),
            {"choices": [{"message": {"content": "Long"}, "finish_reason": "length"}]},
        ],
        ids=["error", "cut", "call", "length"],
    )
    def test_what_is_not_a_whole_answer(self, world: World, mode: str, item: Any) -> None:
        fake = FakeProvider([item, "Hello"])
        client = fake.client([SemanticCache(embed)])
        with contextlib.suppress(APIError):
            world.answer(client, mode, MODEL, ask(WARM))
        assert text(world.answer(client, mode, MODEL, ask(WARM))) == "Hello"

    @pytest.mark.parametrize(
        "messages",
        [
            [*ask(WARM), {"role": "assistant", "content": "20"}],
            [{"role": "user", "content": ""}],
            [{"role": "user", "content": []}],
        ],
        ids=["assistant", "empty", "no parts"],
    )
    def test_messages_without_a_question(self, messages: Any) -> None:
        fake = numbered()
        client = fake.client([SemanticCache(embed)])
        for _ in range(2):
            client.completion(MODEL, messages)
        assert len(fake.requests) == 2

    def test_calls_with_tools(self) -> None:
        fake = numbered()
        client = fake.client([SemanticCache(embed)])
        tools: list[Any] = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
        for _ in range(2):
            client.completion(MODEL, ask(WARM), tools=tools)
        assert len(fake.requests) == 2

    def test_a_stream_that_is_left(self) -> None:
        fake = numbered()
        client = fake.client([SemanticCache(embed)])
        for _ in client.completion(MODEL, ask(WARM), stream=True):
            break
        assert not client.completion(MODEL, ask(WARM)).call.cache_hit


class TestEmbedding:
    def test_functions_may_return_arrays(self, world: World, mode: str) -> None:
        def with_numpy(said: str) -> Any:
            return numpy.array(VECTORS[said]) * 7

        client = numbered().client([SemanticCache(with_numpy)])
        world.answer(client, mode, MODEL, ask(WARM))
        assert world.answer(client, mode, MODEL, ask(SAME)).call.cache_hit

    def test_functions_may_take_lists(self, world: World, mode: str) -> None:
        def all_of(texts: list[str]) -> list[list[float]]:
            return [VECTORS.get(said, [1.0, 1.0, 1.0]) for said in texts]

        client = numbered().client([SemanticCache(all_of)])
        world.answer(client, mode, MODEL, ask(WARM))
        assert world.answer(client, mode, MODEL, ask(SAME)).call.cache_hit
        assert not world.answer(client, mode, MODEL, ask(RAIN)).call.cache_hit

    @pytest.mark.parametrize("name", ["asyncio", "trio"])
    def test_async_functions(self, mode: str, name: str) -> None:
        async def slowly(said: str) -> list[float]:
            await anyio.sleep(0)
            return VECTORS[said]

        world, client = World(name), numbered().client([SemanticCache(slowly)])
        world.answer(client, mode, MODEL, ask(WARM))
        assert world.answer(client, mode, MODEL, ask(SAME)).call.cache_hit

    def test_async_functions_in_a_blocking_call(self) -> None:
        async def slowly(said: str) -> list[float]:
            await asyncio.sleep(0)
            return VECTORS[said]

        with pytest.raises(SuspendedError):
            numbered().client([SemanticCache(slowly)]).completion(MODEL, ask(WARM))

    def test_an_address(self, world: World, mode: str, server: Server) -> None:
        def reply(seen: Seen) -> Answer:
            assert seen.path == "/v1/embeddings"
            data = [{"index": 0, "embedding": VECTORS[seen.json["input"]]}]
            return answer_json({"object": "list", "data": data})

        server.reply(reply)
        cache = SemanticCache(
            f"{server.url}/v1/", embed_model="e5", embed_api_key="sk-embed", threshold=0.99
        )
        client = numbered().client([cache])
        world.answer(client, mode, MODEL, ask(WARM), api_key="sk-chat")
        assert world.answer(client, mode, MODEL, ask(SAME), api_key="sk-chat").call.cache_hit
        assert server.seen[0].json["model"] == "e5"
        assert {seen.headers["authorization"] for seen in server.seen} == {"Bearer sk-embed"}
        assert "sk-embed" not in repr(cache)

    @pytest.mark.parametrize(
        "vector",
        [None, [0.0, 0.0], [[[1.0], [2.0]]], "text"],
        ids=["none", "zero", "matrix", "text"],
    )
    def test_an_embedding_that_fails(
        self, world: World, mode: str, vector: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = numbered().client([SemanticCache(lambda _text: vector)])
        with caplog.at_level(logging.WARNING, "trunkline"):
            for _ in range(2):
                assert not world.answer(client, mode, MODEL, ask(WARM)).call.cache_hit
        assert len(caplog.records) == 1
        assert "SemanticCache: cannot embed a message" in caplog.text

    @pytest.mark.parametrize(
        "answer",
        [
            answer_json({}, 500),
            answer_json({"data": []}),
            answer_json({"data": [{"embedding": 1}]}),
        ],
        ids=["status", "empty", "shape"],
    )
    def test_an_address_that_fails(
        self, world: World, mode: str, server: Server, answer: Answer, caplog: Any
    ) -> None:
        server.reply(answer)
        client = numbered().client([SemanticCache(server.url)])
        with caplog.at_level(logging.WARNING, "trunkline"):
            assert text(world.answer(client, mode, MODEL, ask(WARM))) == "answer 1"
        assert "cannot embed a message" in caplog.text


class TestMistakes:
    @pytest.mark.parametrize(
        ("given", "error", "message"),
        [
            ({"threshold": 0}, ValueError, "threshold: expected more than 0 and up to 1"),
            ({"threshold": 1.5}, ValueError, "threshold"),
            ({"ttl": 0}, ValueError, "ttl: expected a number of seconds above 0"),
            (
                {"embed": "e5"},
                ValueError,
                "embed: expected a function or a URL",
            ),
            ({"embed_model": "e5"}, ValueError, "a function needs neither"),
            ({"embed": 7}, TypeError, "embed: expected a function or a URL, got int"),
        ],
    )
    def test_arguments(self, given: dict[str, Any], error: type[Exception], message: str) -> None:
        arguments: dict[str, Any] = {"embed": embed, **given}
        with pytest.raises(error, match=message):
            SemanticCache(**arguments)

    def test_the_option(self, world: World) -> None:
        client = numbered().client([SemanticCache(embed)])
        with pytest.raises(BadRequestError, match="semantic_cache: expected bool, got 'no'"):
            world.complete(client, MODEL, ask(WARM), semantic_cache="no")

    def test_without_numpy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "numpy", None)
        with pytest.raises(ImportError, match=r"pip install 'trunkline\[semantic\]'"):
            SemanticCache(embed)

    def test_a_key_outside_metadata(self) -> None:
        keyed = SemanticCache(embed, key=lambda request: request.metadata.get("tenant"))
        with pytest.warns(UserWarning, match="SemanticCache is outside Metadata"):
            Client([keyed, Metadata()])
        Client([SemanticCache(embed), Metadata()])


def test_a_store_that_fails(world: World, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    store = RedisVectors.from_url("redis://:secret@127.0.0.1:1")
    client = numbered().client([SemanticCache(embed, store=store)])
    with caplog.at_level(logging.WARNING, "trunkline"):
        for _ in range(2):
            assert not world.answer(client, mode, MODEL, ask(WARM)).call.cache_hit
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text


def test_a_store_of_your_own(world: World, tmp_path: Path) -> None:
    for store in (MemoryVectors(), SQLiteVectors(tmp_path / "vectors.db")):
        client = numbered().client([SemanticCache(embed, store=store)])
        assert repr(store) in client.describe()
        world.complete(client, MODEL, ask(JOKE))
        assert world.complete(client, MODEL, ask(JOKE)).call.cache_hit


@pytest.mark.parametrize("place", ["outermost", "beside Cache"])
def test_a_native_wire(place: str, world: World, mode: str, server: Server) -> None:
    server.reply(claudes_answer(mode, [{"type": "text", "text": "Warm"}], "end_turn"))
    layers: list[Any] = default_middlewares()
    layers.insert(0 if place == "outermost" else 5, SemanticCache(embed))
    with Client(layers) as client:
        where = {"base_url": server.url, "api_key": "sk-ant-1"}
        for question in (WARM, SAME):
            answer = world.answer(
                client, mode, "anthropic/claude-sonnet-4-5", ask(question), **where
            )
            assert text(answer) == "Warm"
    assert len(server.seen) == 1


def test_unserializable_requests_are_sent(caplog: pytest.LogCaptureFixture) -> None:
    client = FakeProvider(repeat("Hello")).client([SemanticCache(embed)])
    with caplog.at_level(logging.WARNING, "trunkline"):
        client.completion(MODEL, ask(WARM), thing=object())
    assert "cannot serialize object" in caplog.text
