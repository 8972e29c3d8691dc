"""The arguments of completion()."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import math
import os
import threading
import warnings
import weakref
from functools import partial
from typing import Any

import httpx
import pytest

import trunkline
from tests.support.answers import MESSAGES, TEXT, completion_body, failing, good
from tests.support.forking import run_forked
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    Handler,
    ModelResponse,
    RateLimitError,
    Reply,
    Request,
    Secret,
    Timeouts,
)
from trunkline.pipeline.call.arguments import read_timeout

KEY = "sk-0123456789"


@pytest.fixture
def client() -> Client:
    return Client(middlewares=[])


def sent(client: Client, server: Server, model: str = "openai/gpt-4o", **arguments: Any) -> Any:
    server.reply(good("plain"))
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, **arguments}
    client.completion(model, MESSAGES, stream=False, **given)
    return server.seen[0]


class TestModel:
    @pytest.mark.parametrize(
        ("model", "name"),
        [
            ("gpt-4o", "gpt-4o"),
            ("openai/gpt-4o", "gpt-4o"),
            ("openrouter/meta/llama", "meta/llama"),
            ("hosted_vllm/a/b/c", "a/b/c"),
        ],
    )
    def test_the_prefix_ends_at_the_first_slash(
        self, model: str, name: str, client: Client, server: Server
    ) -> None:
        assert sent(client, server, model).json["model"] == name

    def test_a_provider_named_apart(self, client: Client, server: Server) -> None:
        for model in ("meta/llama", "openrouter/meta/llama"):
            seen = sent(client, server, model, custom_llm_provider="openrouter")
            assert seen.json["model"] == "meta/llama"

    def test_an_unknown_prefix(self, world: World, client: Client) -> None:
        with pytest.raises(BadRequestError, match=r"unknown provider 'gorq': did you mean groq"):
            world.complete(client, "gorq/x", MESSAGES)
        with pytest.raises(BadRequestError, match="trunkline providers"):
            world.complete(client, "qqqqqq/x", MESSAGES)
        with pytest.raises(BadRequestError, match=r"did you mean anthropic\?"):
            world.complete(client, "antropic/x", MESSAGES)

    def test_a_name_without_a_prefix(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with Client() as client:
            with pytest.raises(AuthenticationError, match="names without a prefix"):
                client.completion("some-model", MESSAGES)
            with pytest.raises(AuthenticationError, match=r"or pass api_key$") as caught:
                client.completion("openai/gpt-4o", MESSAGES)
        assert caught.value.status_code == 401

    @pytest.mark.parametrize("model", ["", "  ", None, 5, "groq/"])
    def test_no_model(self, model: Any, client: Client) -> None:
        with pytest.raises(BadRequestError, match="model"):
            client.completion(model, MESSAGES)


class TestKeys:
    def test_from_the_variable(
        self, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        assert sent(client, server, api_key=None).headers["authorization"] == f"Bearer {KEY}"

    def test_a_missing_one_is_named_and_nothing_is_sent(
        self, world: World, mode: str, client: Client, server: Server
    ) -> None:
        with pytest.raises(AuthenticationError, match="set GROQ_API_KEY or pass api_key") as caught:
            world.answer(client, mode, "groq/x", MESSAGES, base_url=server.url)
        assert caught.value.provider == caught.value.llm_provider == "groq"
        assert server.seen == []

    @pytest.mark.parametrize("key", [5, "", "  "])
    def test_a_wrong_one_is_not_shown(self, key: Any, client: Client) -> None:
        with pytest.raises(AuthenticationError, match="api_key: expected str"):
            client.completion("openai/x", MESSAGES, api_key=key)

    def test_a_secret_shows_nothing(self, client: Client, server: Server) -> None:
        secret = Secret(KEY)
        assert KEY not in f"{secret} {secret!r}"
        assert secret == Secret(KEY)
        assert sent(client, server, api_key=secret).headers["authorization"] == f"Bearer {KEY}"


class TestArguments:
    def test_none_and_underscores_are_not_sent(self, client: Client, server: Server) -> None:
        body = sent(client, server, temperature=None, _private=1, seed=0).json
        assert body.keys() == {"model", "messages", "seed"}

    def test_extras(self, client: Client, server: Server) -> None:
        seen = sent(
            client,
            server,
            extra_headers={"X-A": "b"},
            extra_body={"top_k": 3, "model": "other"},
            extra_query={"v": "1", "w": ["2", "3"]},
            metadata={"tenant": "a"},
        )
        assert seen.headers["x-a"] == "b"
        assert seen.json["top_k"] == 3
        assert seen.json["model"] == "other"
        assert seen.path == "/chat/completions?v=1&w=2&w=3"
        assert "metadata" not in seen.json

    def test_aliases(self, client: Client, server: Server) -> None:
        seen = sent(
            client, server, base_url=None, api_base=server.url + "/v9/", headers={"X-A": "b"}
        )
        assert seen.path == "/v9/chat/completions"
        assert seen.headers["x-a"] == "b"

    def test_the_whole_address_as_base_url(self, client: Client, server: Server) -> None:
        assert (
            sent(client, server, base_url=f"{server.url}/chat/completions").path
            == "/chat/completions"
        )

    @pytest.mark.parametrize("name", ["extra_headers", "extra_body", "extra_query", "metadata"])
    def test_a_wrong_type(self, name: str, client: Client) -> None:
        given: dict[str, Any] = {name: 5}
        with pytest.raises(BadRequestError, match=f"{name}: expected dict, got int"):
            client.completion("openai/x", MESSAGES, stream=False, api_key=KEY, **given)

    def test_a_value_that_is_no_json(self, client: Client) -> None:
        tool = {"type": "function", "function": {"name": "f", "description": object()}}
        with pytest.raises(BadRequestError, match="tools: cannot be sent as JSON"):
            client.completion("openai/x", MESSAGES, api_key=KEY, tools=[tool])

    @pytest.mark.parametrize(
        ("model", "name"),
        [
            ("o3", "max_completion_tokens"),
            ("o4-mini", "max_completion_tokens"),
            ("openai/gpt-5-mini", "max_completion_tokens"),
            ("gpt-4o", "max_tokens"),
            ("gpt-5-chat-latest", "max_tokens"),
        ],
    )
    def test_reasoning_models_have_another_name_for_it(
        self, model: str, name: str, client: Client, server: Server
    ) -> None:
        assert sent(client, server, model, max_tokens=5).json[name] == 5

    def test_both_names_at_once(self, client: Client) -> None:
        with pytest.raises(BadRequestError, match="leave one out"):
            client.completion("o3", MESSAGES, api_key=KEY, max_tokens=5, max_completion_tokens=6)

    def test_nothing_of_the_callers_is_changed(self, client: Client, server: Server) -> None:
        messages: list[Any] = [
            {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"x": 1}}]},
            {"role": "assistant", "content": "b", "reasoning_content": "c"},
        ]
        tools: list[Any] = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
        before = copy.deepcopy((messages, tools))
        server.reply(good("plain"))
        client.completion("openai/x", messages, base_url=server.url, api_key=KEY, tools=tools)
        assert (messages, tools) == before
        first, second = server.seen[0].json["messages"]
        assert first["content"] == [{"type": "text", "text": "a"}]
        assert second == {"role": "assistant", "content": "b"}


class TestTimeout:
    @pytest.mark.parametrize(
        ("given", "limits"),
        [
            (5, Timeouts(connect=5, first_event=5, idle=5, answer=5)),
            (60, Timeouts(connect=10, first_event=60, idle=60, answer=60)),
            ({"total": 3}, Timeouts(total=3)),
            (Timeouts(idle=1), Timeouts(idle=1)),
            (httpx.Timeout(7, connect=2), Timeouts(connect=2, first_event=7, idle=7)),
            ({"connect": math.inf, "idle": 1}, Timeouts(connect=None, idle=1)),
        ],
    )
    def test_forms(self, given: Any, limits: Timeouts) -> None:
        assert read_timeout(given) == limits

    @pytest.mark.parametrize("seconds", [1e8, 1e9, 1e12, 10**400, math.inf])
    def test_very_long_ones(
        self, seconds: float, world: World, mode: str, server: Server, client: Client
    ) -> None:
        server.reply(good(mode))
        world.answer(
            client, mode, "openai/x", MESSAGES, base_url=server.url, api_key=KEY, timeout=seconds
        )

    def test_the_default(self) -> None:
        assert (Timeouts().first_event, Timeouts().idle, Timeouts().total) == (600, 600, None)

    @pytest.mark.parametrize("given", ["5", 0, -1, {"read": 5}, {"idle": "x"}, True, [5]])
    def test_wrong_ones(self, given: Any, client: Client) -> None:
        with pytest.raises(BadRequestError, match="timeout"):
            client.completion("openai/x", MESSAGES, api_key=KEY, timeout=given)


class TestMock:
    def test_text(self, world: World, mode: str, client: Client) -> None:
        response = world.answer(client, mode, "groq/x", MESSAGES, mock_response="Hi there")
        assert response.choices[0].message.content == "Hi there"
        assert response.choices[0].finish_reason == "stop"

    def test_a_response(self, world: World, mode: str, client: Client) -> None:
        calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
        body = completion_body(None, "tool_calls", tool_calls=calls, reasoning_content="hm")
        given = World("sync").complete(client, "x", MESSAGES, mock_response=body)
        response = world.answer(client, mode, "groq/x", MESSAGES, mock_response=given)
        assert isinstance(response, ModelResponse)
        message = response.choices[0].message
        assert message.model_dump()["tool_calls"] == calls
        assert message.reasoning_content == "hm"
        assert response.choices[0].finish_reason == "tool_calls"

    def test_an_exception(self, world: World, mode: str, client: Client) -> None:
        with pytest.raises(RateLimitError):
            world.answer(client, mode, "x", MESSAGES, mock_response=RateLimitError("no"))

    def test_something_else(self, client: Client) -> None:
        with pytest.raises(BadRequestError, match="mock_response: expected text"):
            client.completion("x", MESSAGES, mock_response=5)


class TestWorlds:
    def test_three_loops_in_a_row(self, server: Server, client: Client) -> None:
        server.reply(good("plain"))

        async def call() -> str | None:
            response = await client.acompletion(
                "openai/x", MESSAGES, base_url=server.url, api_key=KEY
            )
            return response.choices[0].message.content

        async def two() -> list[str | None]:
            return [await call(), await call()]

        for _ in range(3):
            assert asyncio.run(two()) == [TEXT, TEXT]
        assert server.connections == 3

    @pytest.mark.parametrize("shut_down", [True, False])
    def test_loops_are_let_go(self, shut_down: bool, server: Server, client: Client) -> None:
        server.reply(good("plain"))
        arguments: dict[str, Any] = {"base_url": server.url, "api_key": KEY}
        gone: list[weakref.ref[object]] = []
        for _ in range(3):
            loop = asyncio.new_event_loop()
            gone.append(weakref.ref(loop))
            loop.run_until_complete(
                client.acompletion("openai/x", MESSAGES, stream=False, **arguments)
            )
            if shut_down:
                loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            del loop
            # Where a loop is closed but not shut down, Python itself warns of its open sockets.
            with warnings.catch_warnings():
                warnings.simplefilter("default" if shut_down else "ignore")
                asyncio.run(client.acompletion("openai/x", MESSAGES, stream=False, **arguments))
                gc.collect()
        assert [reference() for reference in gone] == [None] * 3

    def test_many_at_a_time(self, server: Server, client: Client) -> None:
        server.reply(good("plain"))

        async def call() -> Any:
            return await client.acompletion("openai/x", MESSAGES, base_url=server.url, api_key=KEY)

        async def main() -> int:
            return len(await asyncio.gather(*(call() for _ in range(30))))

        assert asyncio.run(main()) == 30

    def test_threads(self, server: Server, client: Client) -> None:
        server.reply(good("plain"))
        answers: list[Any] = []

        def call() -> None:
            for _ in range(5):
                reply = client.completion("openai/x", MESSAGES, base_url=server.url, api_key=KEY)
                answers.append(reply.choices[0].message.content)

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [TEXT] * 20

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    def test_a_fork_has_connections_of_its_own(self, server: Server, client: Client) -> None:
        server.reply(good("plain"))
        arguments: dict[str, Any] = {"base_url": server.url, "api_key": KEY}
        client.completion("openai/x", MESSAGES, stream=False, **arguments)
        assert run_forked(partial(client.completion, "openai/x", MESSAGES, **arguments)) == 0
        client.completion("openai/x", MESSAGES, stream=False, **arguments)
        assert len(server.seen) == 3
        assert server.connections == 2

    def test_closing(self, server: Server) -> None:
        server.reply(good("plain"))
        arguments: dict[str, Any] = {"base_url": server.url, "api_key": KEY}
        with Client() as client:
            client.completion("openai/x", MESSAGES, stream=False, **arguments)

        async def main() -> None:
            async with Client() as client:
                await client.acompletion("openai/x", MESSAGES, stream=False, **arguments)

        asyncio.run(main())

    def test_frameworks_see_a_coroutine_function(self) -> None:
        assert inspect.iscoroutinefunction(trunkline.acompletion)
        assert not inspect.iscoroutinefunction(trunkline.completion)


def test_rate_limit_headers_and_request_id(
    world: World, mode: str, server: Server, client: Client
) -> None:
    answer = good(mode)
    answer.headers |= {"X-Request-Id": "req_1", "X-RateLimit-Remaining-Requests": "7"}
    server.reply(answer)
    response = world.answer(client, mode, "openai/x", MESSAGES, base_url=server.url, api_key=KEY)
    assert response.request_id == "req_1"
    assert response.call.headers["x-ratelimit-remaining-requests"] == "7"
    assert response.call.provider == "openai"


def test_an_error_tells_all(world: World, mode: str, server: Server, client: Client) -> None:
    body = {"error": {"message": "Slow down", "code": "rate_limit_exceeded", "param": "n"}}
    server.reply(answer_json(body, 429, retry_after="7", x_request_id="req_2"))
    with pytest.raises(RateLimitError) as caught:
        world.answer(client, mode, "openai/gpt-4o", MESSAGES, base_url=server.url, api_key=KEY)
    error = caught.value
    assert (error.status_code, error.code, error.param) == (429, "rate_limit_exceeded", "n")
    assert (error.provider, error.model) == ("openai", "openai/gpt-4o")
    assert (error.request_id, error.retry_after) == ("req_2", 7.0)
    assert error.body == body
    assert str(error) == "openai/gpt-4o: Slow down (status 429, request id req_2)"


def test_a_request_is_frozen_and_shows_no_secret(server: Server) -> None:
    seen: list[Request] = []

    async def keep(request: Request, call_next: Handler) -> Reply:
        seen.append(request)
        return await call_next(request)

    server.reply(failing(400))
    with pytest.raises(BadRequestError):
        Client(middlewares=[keep]).completion(
            "openai/x",
            MESSAGES,
            base_url=server.url,
            api_key=KEY,
            extra_headers={"X-Key": "hidden"},
        )
    [request] = seen
    with pytest.raises(AttributeError):
        request.model = "other"  # type: ignore[misc]  # the mistake under test
    assert KEY not in repr(request)
    assert "hidden" not in repr(request)
