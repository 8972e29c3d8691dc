"""Callbacks that were written for litellm hear what they are used to, once."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES, TEXT, USAGE, failing, good, unfinished
from tests.support.server import Server
from tests.support.worlds import WORLDS, World
from trunkline import Client, InternalServerError, StreamInterruptedError
from trunkline.middlewares.callbacks import Callbacks
from trunkline.middlewares.listening.litellm_loggers import CustomLogger
from trunkline.pipeline.schema.model_response import is_response

KEY = "sk-very-secret-0123456789"
MODEL = "openai/test-model"
Heard = list[tuple[str, Any]]


def ask(world: World, client: Client, mode: str, server: Server, **arguments: Any) -> Any:
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, **arguments}
    return world.answer(client, mode, MODEL, MESSAGES, **given)


class Both(CustomLogger):
    """Overrides everything, plain and asynchronous."""

    def __init__(self) -> None:
        self.heard: Heard = []

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.heard]

    def log_pre_api_call(self, model: str, messages: list[Any], kwargs: dict[str, Any]) -> None:
        self.heard.append(("pre", kwargs))

    def log_stream_event(self, kwargs: Any, response_obj: Any, start: Any, end: Any) -> None:
        self.heard.append(("chunk", response_obj))

    def log_success_event(self, kwargs: Any, response_obj: Any, start: Any, end: Any) -> None:
        self.heard.append(("success", kwargs))

    def log_failure_event(self, kwargs: Any, response_obj: Any, start: Any, end: Any) -> None:
        self.heard.append(("failure", kwargs))

    async def async_log_pre_api_call(self, model: str, messages: list[Any], kwargs: Any) -> None:
        await anyio.lowlevel.checkpoint()
        self.heard.append(("async pre", kwargs))

    async def async_log_stream_event(
        self, kwargs: Any, response: Any, start: Any, end: Any
    ) -> None:
        await anyio.lowlevel.checkpoint()
        self.heard.append(("async chunk", response))

    async def async_log_success_event(self, kwargs: Any, given: Any, start: Any, end: Any) -> None:
        await anyio.lowlevel.checkpoint()
        self.heard.append(("async success", kwargs))

    async def async_log_failure_event(self, kwargs: Any, given: Any, start: Any, end: Any) -> None:
        await anyio.lowlevel.checkpoint()
        self.heard.append(("async failure", kwargs))


@pytest.fixture
def logger() -> Both:
    return Both()


def prefixed(world: World, *names: str) -> list[str]:
    return list(names) if world.blocking else [f"async {name}" for name in names]


def test_a_logger_hears_of_an_answer(world: World, server: Server, logger: Both) -> None:
    server.reply(good("plain"))
    ask(world, Client(middlewares=[Callbacks([logger])]), "plain", server)
    assert logger.names == prefixed(world, "pre", "success")


def test_a_logger_hears_of_a_stream_and_its_chunks(
    world: World, server: Server, logger: Both
) -> None:
    server.reply(good("stream"))
    client = Client(middlewares=[Callbacks([logger])])
    chunks, _ = world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert len(chunks) == 4
    assert logger.names == prefixed(world, "pre", *["chunk"] * 4, "success")
    assert [given for _, given in logger.heard[1:-1]] == chunks
    kwargs = logger.heard[-1][1]
    complete = kwargs["complete_streaming_response"]
    assert complete.choices[0].message.content == TEXT
    assert kwargs["async_complete_streaming_response"] is complete
    assert complete.usage.total_tokens == USAGE["total_tokens"]


def test_a_logger_hears_of_a_failed_call(
    world: World, mode: str, server: Server, logger: Both
) -> None:
    server.reply(failing(500))
    with pytest.raises(InternalServerError) as caught:
        ask(world, Client(middlewares=[Callbacks([logger])]), mode, server)
    assert logger.names == prefixed(world, "pre", "failure")
    kwargs = logger.heard[-1][1]
    assert kwargs["exception"] is caught.value
    assert kwargs["log_event_type"] == "failed_api_call"
    assert kwargs["standard_logging_object"]["error_information"] == {
        "error_class": "InternalServerError",
        "error_code": "500",
        "llm_provider": "openai",
        "error_message": str(caught.value),
    }


def test_a_logger_hears_of_a_truncated_stream(world: World, server: Server, logger: Both) -> None:
    server.reply(unfinished("clean"))
    with pytest.raises(StreamInterruptedError) as caught:
        ask(world, Client(middlewares=[Callbacks([logger])]), "stream", server)
    assert logger.names == prefixed(world, "pre", "chunk", "failure")
    assert logger.heard[-1][1]["exception"] is caught.value


def test_a_logger_hears_of_a_stream_that_the_caller_left(
    world: World, server: Server, logger: Both
) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[Callbacks([logger])])
    if world.blocking:
        for _ in client.completion(MODEL, MESSAGES, stream=True, base_url=server.url, api_key=KEY):
            break
    else:

        async def leave() -> None:
            stream = await client.acompletion(
                MODEL, MESSAGES, stream=True, base_url=server.url, api_key=KEY
            )
            async with stream:
                async for _ in stream:
                    break

        world.run(leave)
    assert logger.names == prefixed(world, "pre", "chunk", "failure")
    kwargs = logger.heard[-1][1]
    assert isinstance(kwargs["exception"], StreamInterruptedError)
    assert kwargs["exception"].partial is not None
    assert kwargs["exception"].partial.choices[0].message.content == "Hello"
    assert "the caller stopped reading the stream" in str(kwargs["exception"])
    payload = kwargs["standard_logging_object"]
    assert kwargs["outcome"] == payload["outcome"] == "abandoned"
    assert (kwargs["log_event_type"], payload["status"]) == ("failed_api_call", "failure")


# A function of four arguments, whatever it calls them.


def one_name(kwargs: Any, completion_response: Any, start_time: Any, end_time: Any) -> Any:
    return kwargs, completion_response, start_time, end_time


def other_names(a: Any, b: Any, c: Any = None, d: Any = None, *rest: Any, **more: Any) -> Any:
    assert not rest
    assert not more
    return a, b, c, d


@pytest.mark.parametrize("function", [one_name, other_names])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_function_of_four_arguments(
    asynchronous: bool, function: Callable[..., Any], world: World, mode: str, server: Server
) -> None:
    heard: list[tuple[Any, ...]] = []

    def plain(one: Any, two: Any, three: Any, four: Any) -> None:
        heard.append(function(one, two, three, four))

    async def awaited(one: Any, two: Any, three: Any, four: Any) -> None:
        heard.append(function(one, two, three, four))

    callbacks = Callbacks(success_callback=[awaited if asynchronous else plain])
    client = Client(middlewares=[callbacks])
    server.reply(good(mode), failing(500))
    before = datetime.now()
    ask(world, client, mode, server)
    with pytest.raises(InternalServerError):
        ask(world, client, mode, server, num_retries=None)
    assert not callbacks.failures
    ((kwargs, response, start, end),) = heard
    assert is_response(response)
    assert response.choices[0].message.content == TEXT
    assert start.tzinfo is None
    assert (before - start).total_seconds() < 0.01
    assert start <= end
    assert (kwargs["start_time"], kwargs["end_time"]) == (start, end)


def test_a_failure_function(world: World, mode: str, server: Server) -> None:
    heard: list[tuple[Any, ...]] = []

    def failed(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        heard.append((kwargs["exception"], response))

    server.reply(failing(500))
    with pytest.raises(InternalServerError) as caught:
        ask(world, Client(middlewares=[Callbacks(failure_callback=[failed])]), mode, server)
    assert heard == [(caught.value, None)]


def test_what_kwargs_hold(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    heard: list[dict[str, Any]] = []

    def hear(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        heard.append(kwargs)

    response = ask(
        world,
        Client(middlewares=[Callbacks([hear])]),
        mode,
        server,
        temperature=0.5,
        user="someone",
        metadata={"trace_id": "t-1", "tags": ["a"]},
        extra_headers={"x-team": "blue"},
    )
    (kwargs,) = heard
    streamed = mode == "stream"
    optional = {"temperature": 0.5, "user": "someone"} | ({"stream": True} if streamed else {})
    expected = {
        "model": "test-model",
        "messages": MESSAGES,
        "input": MESSAGES,
        "optional_params": optional,
        "user": "someone",
        "stream": streamed,
        "call_type": "completion" if world.blocking else "acompletion",
        "litellm_call_id": response.call.call_id,
        "custom_llm_provider": "openai",
        "cache_hit": False,
        "response_cost": None,
        "log_event_type": "successful_api_call",
    }
    assert {name: kwargs[name] for name in expected} == expected
    assert "exception" not in kwargs
    assert kwargs["litellm_params"]["metadata"] == {"trace_id": "t-1", "tags": ["a"]}
    assert kwargs["litellm_params"]["api_base"] == server.url
    assert kwargs["response_headers"]["content-type"]
    assert kwargs["start_time"] <= kwargs["completion_start_time"] <= kwargs["end_time"]
    assert kwargs["additional_args"]["complete_input_dict"]["temperature"] == 0.5
    payload = kwargs["standard_logging_object"]
    assert (payload["id"], payload["status"]) == ("chatcmpl-1", "success")
    assert (payload["prompt_tokens"], payload["completion_tokens"]) == (5, 3)
    assert payload["request_tags"] == ["a"]
    assert payload["response"]["choices"][0]["message"]["content"] == TEXT
    assert payload["response_time"] >= 0
    assert KEY not in repr(kwargs)
    assert ("complete_streaming_response" in kwargs) is streamed


def test_what_a_callback_changes_stays_with_it(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    heard: list[dict[str, Any]] = []

    def spoil(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        kwargs["messages"][0]["content"] = "spoilt"
        kwargs["optional_params"]["seed"] = 7
        kwargs["litellm_params"]["metadata"].clear()
        kwargs.pop("model")

    class Spoiler(CustomLogger):
        def log_pre_api_call(self, model: str, messages: list[Any], kwargs: dict[str, Any]) -> None:
            spoil(kwargs, None, None, None)

    def hear(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        heard.append(kwargs)

    messages, metadata = copy.deepcopy(MESSAGES), {"tenant": "a"}
    callbacks = Callbacks([Spoiler(), spoil, hear])
    client = Client(middlewares=[callbacks])
    world.answer(
        client,
        mode,
        MODEL,
        messages,
        base_url=server.url,
        api_key=KEY,
        metadata=metadata,
    )
    assert not callbacks.failures
    assert messages == MESSAGES == heard[0]["messages"]
    assert metadata == {"tenant": "a"} == heard[0]["litellm_params"]["metadata"]
    assert "seed" not in heard[0]["optional_params"]
    assert server.seen[0].json["messages"] == MESSAGES
    assert "seed" not in server.seen[0].json


# Loggers that have only some of the methods.


class OnlyPlain(CustomLogger):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def log_success_event(self, kwargs: Any, response_obj: Any, start: Any, end: Any) -> None:
        self.heard.append(kwargs["call_type"])


class OnlyAsync(CustomLogger):
    def __init__(self) -> None:
        self.heard: list[str] = []

    async def async_log_success_event(self, kwargs: Any, given: Any, start: Any, end: Any) -> None:
        self.heard.append(kwargs["call_type"])


class NoBase:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def log_success_event(self, kwargs: Any, response_obj: Any, start: Any, end: Any) -> None:
        self.heard.append(kwargs["call_type"])


def foreign() -> Any:
    """A logger on a base that has the name of litellm's, all of whose methods are empty."""

    def empty(*_: object) -> None:
        raise AssertionError("the base's empty method is not worth a call")

    names = ("log_failure_event", "async_log_success_event", "async_log_stream_event")
    base = type("CustomLogger", (), dict.fromkeys(names, empty))
    return type("Foreign", (NoBase, base), {})()


@pytest.mark.parametrize("make", [OnlyPlain, OnlyAsync, NoBase, foreign])
def test_the_method_that_is_there_is_called_in_every_world(
    make: Callable[[], Any], world: World, mode: str, server: Server
) -> None:
    server.reply(good(mode), failing(500))
    logger = make()
    callbacks = Callbacks([logger])
    client = Client(middlewares=[callbacks])
    ask(world, client, mode, server)
    with pytest.raises(InternalServerError):
        ask(world, client, mode, server)
    assert logger.heard == ["completion" if world.blocking else "acompletion"]
    assert not callbacks.failures


def test_an_async_logger_that_needs_a_loop_in_a_blocking_call(
    server: Server, logger: Both, caplog: pytest.LogCaptureFixture
) -> None:
    class Network(CustomLogger):
        async def async_log_success_event(
            self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
        ) -> None:
            await anyio.sleep(0)

    server.reply(good("plain"))
    callbacks = Callbacks([Network(), logger])
    ask(WORLDS[0], Client(middlewares=[callbacks]), "plain", server)
    assert logger.names == ["pre", "success"]
    assert sum(callbacks.failures.values()) == 1
    assert "Network awaited an event loop in a blocking call" in caplog.text


def test_hooks_that_are_not_called_are_named(caplog: pytest.LogCaptureFixture) -> None:
    class Changer(CustomLogger):
        def log_post_api_call(self, kwargs: Any, response: Any, start: Any, end: Any) -> None: ...

        async def async_pre_call_deployment_hook(self, kwargs: Any, call_type: Any) -> None: ...

    Callbacks([Changer()])
    (entry,) = caplog.records
    assert entry.levelno == logging.WARNING
    assert "never calls log_post_api_call, async_pre_call_deployment_hook" in entry.message


def test_a_logger_without_chunk_methods_leaves_the_stream_alone(server: Server) -> None:
    server.reply(good("stream"))
    logger = OnlyPlain()
    inner: list[Any] = []

    async def keep(request: Any, call_next: Any) -> Any:
        inner.append(await call_next(request))
        return inner[0]

    client = Client(middlewares=[Callbacks([logger]), keep])
    stream = client.completion(MODEL, MESSAGES, stream=True, base_url=server.url, api_key=KEY)
    assert stream is inner[0]
    assert list(stream)
    assert logger.heard == ["completion"]
