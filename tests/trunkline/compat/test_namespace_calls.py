"""Calls through `litellm`: their types, their streams, their errors, their arguments."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from pydantic import BaseModel

import trunkline
from tests.integrations.weather import claude_says
from tests.support.answers import (
    MESSAGES,
    TEXT,
    chunk_bodies,
    chunk_body,
    completion_body,
    failing,
    good,
)
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed
from trunkline import Client, Params, RateLimitError, Timeout
from trunkline.compat.calls import Calls
from trunkline.compat.errors import error_classes
from trunkline.pipeline import errors
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}

OWN_ERRORS = [
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and issubclass(kind, errors.APIError)
]


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def arguments(server: Server, **more: Any) -> dict[str, Any]:
    return {"api_base": f"{server.url}/v1", "api_key": "sk-test", "num_retries": 0, **more}


def call(litellm: Any, world: World, **given: Any) -> Any:
    """Call completion() or acompletion(), and read a stream into a list of chunks."""
    given = {"model": MODEL, "messages": MESSAGES, **given}
    if world.blocking:
        reply = litellm.completion(**given)
        return list(reply) if given.get("stream") else reply

    async def ask() -> Any:
        reply = await litellm.acompletion(**given)
        return [chunk async for chunk in reply] if given.get("stream") else reply

    return world.run(ask)


def test_a_response_has_litellms_types(litellm: Any, server: Server, world: World) -> None:
    server.reply(answer_json(completion_body(None, "tool_calls", tool_calls=[CALL], mood="calm")))
    response = call(litellm, world, **arguments(server))
    types = litellm.types.utils
    [choice] = response.choices
    [tool_call] = choice.message.tool_calls
    for value, kind in (
        (response, types.ModelResponse),
        (response, types.ModelResponseBase),
        (choice, types.Choices),
        (choice.message, types.Message),
        (tool_call, types.ChatCompletionMessageToolCall),
        (tool_call.function, types.Function),
        (response.usage, types.Usage),
    ):
        assert isinstance(value, kind)
        assert isinstance(value, BaseModel)
        assert type(value).__module__.startswith("litellm.types.")
    assert response["choices"][0]["message"]["tool_calls"][0]["id"] == "call_1"
    assert choice.message.get("mood") == "calm"
    assert "audio" not in choice.message
    assert response.model_extra["usage"].total_tokens == dict(response)["usage"].total_tokens == 8
    assert response._hidden_params["custom_llm_provider"] == "openai"
    assert response.model_dump()["choices"][0]["message"]["content"] is None


def test_chunks_have_litellms_types(litellm: Any, server: Server, world: World) -> None:
    server.reply(answer_events(chunk_bodies()))
    chunks = call(
        litellm, world, stream=True, stream_options={"include_usage": True}, **arguments(server)
    )
    types = litellm.types.utils
    for chunk in chunks:
        assert type(chunk) is types.ModelResponseStream
        assert isinstance(chunk, types.ModelResponseBase)
        for choice in chunk.choices:
            assert type(choice) is types.StreamingChoices
            assert type(choice.delta) is types.Delta
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == TEXT
    assert [chunk.usage is None for chunk in chunks] == [True] * (len(chunks) - 1) + [False]
    chunks[0].predict_id = 7
    assert chunks[0]["predict_id"] == 7
    whole = litellm.stream_chunk_builder(chunks)
    assert type(whole) is types.ModelResponse
    assert (whole.choices[0].message.content, whole.usage.total_tokens) == (TEXT, 8)


def test_pieces_of_tool_calls(litellm: Any, server: Server) -> None:
    pieces = [{"index": 0, **CALL}, {"index": 0, "function": {"arguments": "{}"}}]
    deltas = [{"tool_calls": [piece]} for piece in pieces]
    bodies = [*map(chunk_body, deltas), chunk_body({}, "tool_calls")]
    server.reply(answer_events(bodies))
    stream = litellm.completion(MODEL, MESSAGES, stream=True, **arguments(server))
    first, second, _ = [chunk.choices[0].delta.tool_calls for chunk in stream]
    assert first[0].to_dict()["function"]["name"] == "weather"
    assert (second[0].id, second[0].type, second[0].index) == (None, "function", 0)
    assert litellm.types.utils.ChatCompletionDeltaToolCall().id


def test_what_was_answered_travels(litellm: Any) -> None:
    response = litellm.completion(MODEL, MESSAGES, mock_response="Hi")
    assert pickle.loads(pickle.dumps(response)) == response
    assert copy.deepcopy(response) == response.model_copy() == response
    again = [*MESSAGES, response.choices[0].message, {"role": "user", "content": "And now?"}]
    answer = litellm.completion(MODEL, again, mock_response=response)
    assert answer.model_dump() == response.model_dump()


def test_trunklines_own_users_see_nothing_of_it(litellm: Any) -> None:
    seen: list[Any] = []
    trunkline_response = trunkline.completion(
        MODEL, MESSAGES, mock_response="Hi", callbacks=[seen.append]
    )
    assert type(trunkline_response) is trunkline.ModelResponse
    litellm.completion(MODEL, MESSAGES, mock_response="Hi", callbacks=[seen.append])
    assert [type(record.response) for record in seen] == [trunkline.ModelResponse] * 2
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(
            MODEL,
            MESSAGES,
            mock_response=RateLimitError("slow down"),
            num_retries=0,
            callbacks=[seen.append],
        )
    assert type(seen[-1].error) is RateLimitError


@pytest.mark.parametrize("kind", OWN_ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_is_litellms_and_trunklines(
    litellm: Any, kind: type[errors.APIError], world: World
) -> None:
    with pytest.raises(kind) as caught:
        call(litellm, world, mock_response=kind("no"), num_retries=0)
    error = caught.value
    assert type(error) is getattr(litellm.exceptions, kind.__name__)
    assert type(error).__module__ == "litellm.exceptions"
    assert isinstance(error, litellm.OpenAIError)
    assert isinstance(error, openai.OpenAIError)
    assert isinstance(error, litellm.APIError) is (kind is errors.APIError)
    assert isinstance(error.__cause__, kind)
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied)) == (type(error), str(error))


def test_errors_are_openais_of_the_same_name() -> None:
    classes = error_classes()
    for name in ("RateLimitError", "AuthenticationError", "BadRequestError", "NotFoundError"):
        assert issubclass(classes[name], getattr(openai, name))
    assert issubclass(classes["Timeout"], openai.APITimeoutError)
    assert issubclass(classes["BadGatewayError"], openai.InternalServerError)
    assert issubclass(classes["StreamInterruptedError"], openai.APIConnectionError)
    assert issubclass(classes["ContextWindowExceededError"], classes["BadRequestError"])


def test_an_error_tells_what_the_provider_told(litellm: Any, server: Server) -> None:
    server.reply(failing(429, "slow down", retry_after="7", x_request_id="req_1"))
    with pytest.raises(litellm.RateLimitError) as caught:
        litellm.completion(MODEL, MESSAGES, **arguments(server))
    error = caught.value
    assert (error.status_code, error.llm_provider, error.request_id) == (429, "openai", "req_1")
    assert error.response.headers["retry-after"] == error.headers["retry-after"] == "7"
    assert error.response.status_code == 429
    assert error.retry_after == 7


def test_errors_are_made_with_litellms_arguments(litellm: Any) -> None:
    response = httpx.Response(418)
    error = litellm.BadRequestError(
        message="no", model="m", llm_provider="openai", response=response, max_retries=2
    )
    assert (error.message, error.model, error.llm_provider) == (
        "litellm.BadRequestError: no",
        "m",
        "openai",
    )
    assert (error.response, error.max_retries, error.status_code) == (response, 2, 400)


def test_a_stream_that_breaks_off(litellm: Any, server: Server, world: World) -> None:
    pieces = answer_events(chunk_bodies()[:2]).pieces[:2]
    server.reply(Answer(pieces, headers={"content-type": "text/event-stream"}, ending="cut"))
    with pytest.raises(litellm.APIConnectionError) as caught:
        call(litellm, world, stream=True, **arguments(server))
    assert isinstance(caught.value, trunkline.StreamInterruptedError)
    assert caught.value.partial is not None


def test_leaving_a_stream_closes_its_connection(litellm: Any, server: Server, world: World) -> None:
    piece = answer_events(chunk_bodies()).pieces[1]
    server.reply(Answer([piece], headers={"content-type": "text/event-stream"}, ending="endless"))
    given = arguments(server, stream=True)

    async def leave_async() -> None:
        async for _ in await litellm.acompletion(MODEL, MESSAGES, **given):
            break
        stream = await litellm.acompletion(MODEL, MESSAGES, **given)
        assert isinstance(stream, litellm.CustomStreamWrapper)
        await anext(stream)
        await stream.aclose()

    if world.blocking:
        for _ in litellm.completion(MODEL, MESSAGES, **given):
            break
        stream = litellm.completion(MODEL, MESSAGES, **given)
        assert isinstance(stream, litellm.CustomStreamWrapper)
        next(stream)
        stream.close()
    else:
        world.run(leave_async)
    server.wait_until_gone(2)


def test_acompletion_is_a_coroutine_function(litellm: Any) -> None:
    assert inspect.iscoroutinefunction(litellm.acompletion)
    assert not inspect.iscoroutinefunction(litellm.completion)


def test_arguments_of_frameworks(litellm: Any, server: Server) -> None:
    server.reply(good("plain"))
    litellm.completion(
        model=MODEL,
        messages=MESSAGES,
        temperature=None,
        _skip_mcp_handler=True,
        retry_strategy="exponential_backoff_retry",
        max_retries=0,
        cache={"no-cache": True, "no-store": True},
        headers={"user-agent": "framework", "x-kind": "one"},
        extra_headers={"x-kind": "two"},
        base_url=f"{server.url}/v1",
        **arguments(server),
    )
    [seen] = server.seen
    assert seen.json == {"model": "gpt-4o", "messages": MESSAGES}
    assert (seen.headers["user-agent"], seen.headers["x-kind"]) == ("framework", "two")


def test_messages_are_marked_for_prompt_caching(litellm: Any, server: Server) -> None:
    server.reply(claude_says("plain"))
    messages = [{"role": "system", "content": "Be kind."}, *MESSAGES]
    mark = {"type": "ephemeral", "ttl": "1h"}
    points = [
        {"location": "message", "role": "system", "control": mark},
        {"location": "message", "index": -1},
        {"location": "message", "index": 9},
    ]
    given = arguments(server, api_base=server.url, cache_control_injection_points=points)
    litellm.completion("anthropic/claude-sonnet-4-5", messages, **given)
    body = server.seen[0].json
    assert body["system"][0]["cache_control"] == mark
    assert body["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in messages[0]
    given["cache_control_injection_points"] = [{"location": "tool_config"}]
    with pytest.raises(litellm.BadRequestError, match="only messages are supported"):
        litellm.completion("anthropic/claude-sonnet-4-5", messages, **given)


def test_max_retries_are_retries(litellm: Any, server: Server) -> None:
    server.reply(failing(429, retry_after="0"))
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(MODEL, MESSAGES, **arguments(server, num_retries=None, max_retries=1))
    assert len(server.seen) == 2


def test_a_class_for_instructor_is_refused(litellm: Any) -> None:
    with pytest.raises(litellm.BadRequestError, match=r"response_model: .*response_format"):
        litellm.completion(MODEL, MESSAGES, response_model=BaseModel, mock_response="Hi")


def test_a_chain_need_not_have_the_layers_that_frameworks_switch_off() -> None:
    nothing = {"cache": {"no-cache": True, "no-store": True}, "num_retries": 0}
    with installed(Client([Params()])) as litellm:
        assert litellm.completion(MODEL, MESSAGES, mock_response="Hi", **nothing).choices
        with pytest.raises(litellm.BadRequestError, match="num_retries: no middleware"):
            litellm.completion(MODEL, MESSAGES, mock_response="Hi", num_retries=1)


def test_a_router_answers_with_litellms_types(litellm: Any, server: Server, world: World) -> None:
    server.reply(good("plain"))
    heard: list[object] = []
    litellm.callbacks = [heard.append]
    params = {"model": MODEL, **arguments(server)}
    del params["num_retries"]
    router = litellm.router.Router(
        model_list=[{"model_name": "chat", "litellm_params": params}], set_verbose=False
    )
    assert isinstance(router, litellm.Router)
    if world.blocking:
        response = router.completion(model="chat", messages=MESSAGES)
    else:
        response = world.run(lambda: router.acompletion("chat", MESSAGES))
    assert type(response) is litellm.ModelResponse
    assert len(heard) == 1
    server.reply(failing(401))
    with pytest.raises(litellm.AuthenticationError):
        router.completion(model="chat", messages=MESSAGES)
    with pytest.raises(TypeError, match="guardrail_list"):
        litellm.Router(model_list=[], guardrail_list=["one"])


def test_functions_beside_completion(litellm: Any) -> None:
    assert "tools" in litellm.get_supported_openai_params(model=MODEL, custom_llm_provider=None)
    core = litellm.litellm_core_utils.get_supported_openai_params
    assert "tools" in core.get_supported_openai_params(model=MODEL)
    assert litellm.get_llm_provider(model="anthropic/m")[:2] == ("m", "anthropic")
    assert litellm.utils.supports_function_calling(MODEL, custom_llm_provider="openai") is True
    with pytest.raises(litellm.BadRequestError):
        litellm.get_llm_provider(model="nobody/m")
    assert litellm.get_secret_bool("TRUNKLINE_NO_SUCH_THING") is None


def test_prices_and_counts(litellm: Any) -> None:
    mock = {
        "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
        "choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    }
    response = litellm.completion(MODEL, MESSAGES, mock_response=mock)
    prices = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}
    cost = litellm.completion_cost(completion_response=response, custom_cost_per_token=prices)
    assert cost == pytest.approx(14e-6)
    litellm.utils.register_model({"openai/made-up": prices | {"max_input_tokens": 7}})
    assert litellm.cost_per_token("openai/made-up", 1, 1) == pytest.approx((1e-6, 2e-6))


def test_many_calls_go_to_the_client() -> None:
    fake = FakeProvider(["one", RateLimitError("slow down"), "three"])
    with installed(Client(adapter=fake)) as litellm:
        lists = [MESSAGES] * 3
        one, two, three = litellm.batch_completion(MODEL, lists, num_retries=0, max_workers=1)
    assert (one.choices[0].message.content, type(three)) == ("one", litellm.ModelResponse)
    assert isinstance(two, litellm.RateLimitError)


def test_calls_with_retries(litellm: Any, server: Server) -> None:
    server.reply(failing(429, retry_after="0"))
    given = arguments(server, num_retries=1)
    with pytest.raises(litellm.RateLimitError):
        litellm.completion_with_retries(MODEL, MESSAGES, **given)
    with pytest.raises(litellm.RateLimitError):
        asyncio.run(litellm.acompletion_with_retries(MODEL, MESSAGES, **given))
    assert len(server.seen) == 4


def test_what_claude_makes_of_an_effort(litellm: Any) -> None:
    ask = litellm.get_optional_params
    assert ask("claude-sonnet-4-5", reasoning_effort="low")["thinking"] == {"type": "enabled"}
    assert "thinking" not in ask("gpt-4o", reasoning_effort="low")
    assert ask("claude-sonnet-4-5", thinking={"type": "adaptive"})["thinking"]["type"] == "adaptive"


def test_a_timeout_is_openais(litellm: Any, server: Server) -> None:
    server.reply(Answer([], ending="silent"))

    async def ask() -> None:
        await litellm.acompletion(MODEL, MESSAGES, **arguments(server, timeout=0.05))

    with pytest.raises(openai.APITimeoutError) as caught:
        asyncio.run(ask())
    assert isinstance(caught.value, Timeout)
    assert isinstance(caught.value, litellm.Timeout)


def test_names_without_a_prefix_get_that_of_their_family(litellm: Any) -> None:
    for model, prefix in (("claude-sonnet-4-5", "anthropic"), ("gemini-2.5-pro", "vertex_ai")):
        assert litellm.get_llm_provider(model)[:2] == (model, prefix)
        assert litellm.get_llm_provider(model=model)[:2] == (model, prefix)
        fake = FakeProvider(["Hello", "Hello"])
        with fake.client() as client:
            calls = Calls(client)
            calls.completion(model, MESSAGES)
            calls.completion(model, MESSAGES, custom_llm_provider="openai")
        assert [request.model for request in fake.requests] == [f"{prefix}/{model}", model]
