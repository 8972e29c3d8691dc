"""Patterns and aliases of a Router, positional arguments, and the end of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_body, completion_body
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed
from trunkline.pipeline.json_values import JSON


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


@pytest.mark.parametrize(
    ("pattern", "model", "called", "sent"),
    [
        ("openai/*", "openai/*", "openai/gpt-4o", "gpt-4o"),
        ("*", "openai/*", "my-model", "my-model"),
        ("fast-*", "openai/*-mini", "fast-gpt", "gpt-mini"),
        ("fast-*", "openai/fixed", "fast-gpt", "fixed"),
    ],
)
def test_a_pattern_is_a_group(
    litellm: Any, server: Server, pattern: str, model: str, called: str, sent: str
) -> None:
    server.reply(answer_json(completion_body("one")), answer_json(completion_body("two")))
    params = {"model": model, "api_base": server.url, "api_key": "k"}
    router = litellm.Router(
        model_list=[
            {"model_name": pattern, "litellm_params": params},
            {"model_name": "plain", "litellm_params": {**params, "model": "openai/plain"}},
        ]
    )
    assert router.completion(called, MESSAGES).choices[0].message.content == "one"
    assert router.completion("plain", MESSAGES).choices[0].message.content == "two"
    assert [seen.json["model"] for seen in server.seen] == [sent, "plain"]
    assert [entry["model_name"] for entry in router.model_list] == [pattern, "plain"]


def test_what_matches_no_pattern_is_called_directly(litellm: Any) -> None:
    entry = {"model_name": "openai/*", "litellm_params": {"model": "openai/*", "api_key": "k"}}
    router = litellm.Router(model_list=[entry])
    reply = router.completion("groq/llama", MESSAGES, mock_response="hi")
    assert reply.choices[0].message.content == "hi"


def test_an_alias_takes_precedence_over_a_group(litellm: Any) -> None:
    entries = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_key": "k", "mock_response": name},
        }
        for name in ("a", "b")
    ]
    router = litellm.Router(model_list=entries, model_group_alias={"a": "b"})
    assert router.completion("a", MESSAGES).choices[0].message.content == "b"
    assert len(router.model_list) == 2


def test_positional_arguments_of_a_call(litellm: Any, server: Server, world: World) -> None:
    server.reply(answer_json(completion_body("hi")))
    given = {"api_base": server.url, "api_key": "k"}
    if world.blocking:
        litellm.completion("openai/m", MESSAGES, None, 0.5, None, 2, **given)
    else:
        world.run(lambda: litellm.acompletion("openai/m", MESSAGES, None, 0.5, None, 2, **given))
    [seen] = server.seen
    assert (seen.json["temperature"], seen.json["n"], "top_p" in seen.json) == (0.5, 2, False)
    with pytest.raises(TypeError, match="multiple values for argument 'temperature'"):
        litellm.completion("openai/m", MESSAGES, None, 0.5, temperature=1)


@pytest.mark.parametrize("shown", [True, False])
def test_the_last_chunk_of_a_stream_has_the_cost(
    litellm: Any, server: Server, world: World, shown: bool
) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000}
    bodies = [chunk_body({"content": "a"}), chunk_body({"content": "b"}), chunk_body({}, "stop")]
    bodies.append({**chunk_body({}), "choices": [], "usage": usage})
    server.reply(answer_events(bodies))
    given: dict[str, Any] = {
        "stream": True,
        "api_base": server.url,
        "api_key": "k",
        "input_cost_per_token": 5e-6,
        "output_cost_per_token": 7.5e-6,
        **({"stream_options": {"include_usage": True}} if shown else {}),
    }
    if world.blocking:
        chunks = list(litellm.completion("openai/gpt-4o", MESSAGES, **given))
    else:

        async def read() -> list[Any]:
            stream = await litellm.acompletion("openai/gpt-4o", MESSAGES, **given)
            return [chunk async for chunk in stream]

        chunks = world.run(read)
    *before, last = [chunk._hidden_params.get("response_cost") for chunk in chunks]
    assert not any(before)
    assert last == pytest.approx(0.0125)
    assert (chunks[-1].usage is not None) is shown


def test_a_usage_chunk_has_the_cost_too(litellm: Any, server: Server) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 0, "total_tokens": 1000}
    last_body: JSON = {**chunk_body({}), "choices": [], "usage": usage}
    server.reply(answer_events([chunk_body({"content": "a"}, "stop"), last_body]))
    given: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
    given |= {"input_cost_per_token": 5e-6, "output_cost_per_token": 0}
    where = {"api_base": server.url, "api_key": "k"}
    [_, last] = litellm.completion("openai/gpt-4o", MESSAGES, **where, **given)
    assert last.usage.cost == pytest.approx(0.005)


def test_a_router_has_the_functions_that_are_not_offered(litellm: Any) -> None:
    router = litellm.Router([])
    with pytest.raises(NotImplementedError, match=r"litellm\.embedding is not available"):
        router.embedding("m", ["text"])
    assert not hasattr(router, "no_function_of_litellms")


def test_a_patched_setting_is_restored(litellm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm.model_alias_map = {"quick": "openai/a"}
    with monkeypatch.context() as patch:
        patch.setattr(litellm, "model_alias_map", {"quick": "openai/b"})
        assert litellm.model_alias_map == {"quick": "openai/b"}
    assert litellm.model_alias_map == {"quick": "openai/a"}
    del litellm.model_alias_map
    assert litellm.model_alias_map == {}
    with pytest.raises(AttributeError, match="no attribute 'model_alias_map'"):
        del litellm.model_alias_map


def test_patterns_and_groups_fall_back_to_each_other(litellm: Any, world: World) -> None:
    error = litellm.InternalServerError("x", "o", "m")
    failing = {"model": "openai/*", "mock_response": error, "api_key": "k"}
    chat = {"model": "openai/c", "mock_response": "Hi", "api_key": "k"}
    router = litellm.Router(
        [
            {"model_name": "openai/*", "litellm_params": failing},
            {"model_name": "chat", "litellm_params": chat},
        ],
        fallbacks=[{"openai/a": ["chat"]}, {"chat": ["openai/b"]}],
        num_retries=0,
    )
    if world.blocking:
        response = router.completion("openai/a", MESSAGES)
    else:
        response = world.run(lambda: router.acompletion("openai/a", MESSAGES))
    assert response.choices[0].message.content == "Hi"
