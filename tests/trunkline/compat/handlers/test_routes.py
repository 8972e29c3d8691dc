"""Fallbacks to and from handlers, Routers over them, and callbacks for their failures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import pytest

from tests.support.answers import TEXT, good
from tests.support.server import Server
from tests.support.worlds import WORLDS, World
from tests.trunkline.compat.handlers.own_llm import installed_for_handlers, piece
from tests.trunkline.compat.stand_in import installed
from tests.trunkline.compat.test_namespace_calls import call
from trunkline import Client

KEY = "sk-key-of-the-call-0123456789"


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed_for_handlers() as module:
        yield module


class Asked:
    """Handlers of the providers "good" and "bad"; their calls, and what the bad one does."""

    def __init__(self, litellm: Any, bad: Callable[[dict[str, Any]], Any]) -> None:
        self.asked: list[tuple[str, Any]] = []
        asked = self.asked

        class Handler(litellm.CustomLLM):  # type: ignore[misc]
            def __init__(self, name: str) -> None:
                self.name = name

            def completion(self, **arguments: Any) -> Any:
                asked.append((self.name, arguments["api_key"]))
                if self.name == "bad":
                    bad(arguments)
                arguments["model_response"].choices[0].message.content = "Hello"
                return arguments["model_response"]

            async def acompletion(self, **arguments: Any) -> Any:
                return self.completion(**arguments)

            def streaming(self, **arguments: Any) -> Iterator[Any]:
                asked.append((self.name, arguments["api_key"]))
                if self.name == "bad":
                    bad(arguments)
                yield piece("Hello")

            async def astreaming(self, **arguments: Any) -> AsyncIterator[Any]:
                for each in self.streaming(**arguments):
                    yield each

        litellm.custom_provider_map = [
            {"provider": name, "custom_handler": Handler(name)} for name in ("good", "bad")
        ]


def text_of(reply: Any, mode: str) -> str:
    if mode == "plain":
        return str(reply.choices[0].message.content)
    return "".join(chunk.choices[0].delta.content or "" for chunk in reply if chunk.choices)


def busy(litellm: Any) -> Callable[[dict[str, Any]], Any]:
    def fail(arguments: dict[str, Any]) -> None:
        raise litellm.CustomLLMError(503, f"busy {arguments['api_key']}")

    return fail


def test_a_fallback_from_a_handler_to_another(litellm: Any, world: World, mode: str) -> None:
    handlers = Asked(litellm, busy(litellm))
    given = {"model": "bad/x", "fallbacks": ["good/y"], "api_key": KEY}
    reply = call(litellm, world, stream=mode == "stream", **given)
    assert text_of(reply, mode) == "Hello"
    # The key of one provider never goes to another.
    assert handlers.asked == [("bad", KEY), ("good", None)]


def test_a_fallback_from_a_handler_to_a_provider(
    litellm: Any, world: World, mode: str, server: Server
) -> None:
    Asked(litellm, busy(litellm))
    server.reply(good(mode))
    other = {"model": "openai/gpt-4o", "api_base": f"{server.url}/v1", "api_key": "sk-0123456789"}
    given = {"model": "bad/x", "fallbacks": [other], "api_key": KEY}
    assert text_of(call(litellm, world, stream=mode == "stream", **given), mode) == TEXT
    assert KEY not in str(server.seen)


def test_a_fallback_from_a_provider_to_a_handler(litellm: Any, world: World, mode: str) -> None:
    Asked(litellm, busy(litellm))
    given = {"model": "openai/x", "api_base": "http://127.0.0.1:9/v1", "api_key": KEY}
    others = ["bad/x", "good/x"]
    reply = call(litellm, world, stream=mode == "stream", fallbacks=others, **given)
    assert text_of(reply, mode) == "Hello"


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
def test_a_fallback_from_a_handler_that_hangs(litellm: Any, world: World) -> None:
    Asked(litellm, busy(litellm))

    class Hanging(litellm.CustomLLM):  # type: ignore[misc]
        async def acompletion(self, **_: Any) -> None:
            await anyio.sleep_forever()

    litellm.custom_provider_map.append({"provider": "slow", "custom_handler": Hanging()})
    given = {"model": "slow/x", "fallbacks": ["good/x"], "timeout": {"first_event": 0.05}}
    assert text_of(call(litellm, world, **given), "plain") == "Hello"


def test_retries(world: World, mode: str) -> None:
    with installed(Client(num_retries=2)) as litellm:
        failures = [503, 503]

        def sometimes(_: dict[str, Any]) -> None:
            if failures:
                raise litellm.CustomLLMError(failures.pop(), "busy")

        handlers = Asked(litellm, sometimes)
        reply = call(litellm, world, model="bad/x", stream=mode == "stream")
        assert text_of(reply, mode) == "Hello"
        assert [name for name, _ in handlers.asked] == ["bad"] * 3
        litellm.custom_provider_map = []


def test_a_router_lets_a_handler_cool_down(litellm: Any, world: World, mode: str) -> None:
    handlers = Asked(litellm, busy(litellm))
    router = litellm.Router(
        [
            {"model_name": "group", "litellm_params": {"model": "bad/x", "api_key": KEY}},
            {"model_name": "other", "litellm_params": {"model": "good/x"}},
        ],
        fallbacks=[{"group": ["other"]}],
        num_retries=0,
    )
    for _ in range(3):
        reply = call(router, world, model="group", stream=mode == "stream")
        assert text_of(reply, mode) == "Hello"
    assert handlers.asked == [("bad", KEY), *[("good", None)] * 3]


def test_a_router_with_a_pattern(litellm: Any, world: World) -> None:
    Asked(litellm, busy(litellm))
    router = litellm.Router([{"model_name": "good/*", "litellm_params": {"model": "good/*"}}])
    assert text_of(call(router, world, model="good/any"), "plain") == "Hello"


def test_callbacks_hear_of_a_failure_once(litellm: Any, world: World, mode: str) -> None:
    heard: list[Any] = []
    litellm.failure_callback = [heard.append]
    Asked(litellm, busy(litellm))
    with pytest.raises(litellm.ServiceUnavailableError):
        call(litellm, world, model="bad/x", api_key=KEY, stream=mode == "stream")
    [record] = heard
    assert (record.provider, str(record.error)) == ("bad", "bad/x: busy *** (status 503)")
    assert KEY not in repr(record)


def test_callbacks_hear_of_a_stream_that_breaks_off(litellm: Any, world: World) -> None:
    heard: list[Any] = []
    litellm.failure_callback = [heard.append]

    class Breaking(litellm.CustomLLM):  # type: ignore[misc]
        def streaming(self, **arguments: Any) -> Iterator[Any]:
            yield piece("Hel")
            raise ValueError(arguments["api_key"])

        async def astreaming(self, **arguments: Any) -> AsyncIterator[Any]:
            for each in self.streaming(**arguments):
                yield each

    litellm.custom_provider_map = [{"provider": "broken", "custom_handler": Breaking()}]
    with pytest.raises(litellm.StreamInterruptedError):
        call(litellm, world, model="broken/x", api_key=KEY, stream=True)
    [record] = heard
    assert record.response.choices[0].message.content == "Hel"
    assert "streaming raised ValueError: ***" in str(record.error)
    assert KEY not in repr(record)
