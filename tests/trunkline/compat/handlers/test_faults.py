"""What a handler raises, returns or yields that is wrong becomes one clear error of the call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import WORLDS, World
from tests.trunkline.compat.handlers.own_llm import (
    ask,
    installed_for_handlers,
    method,
    piece,
    serve,
    text_of,
    use,
)

#: What is not a response: what a handler returns for it, and what the error says.
RETURNED: list[tuple[Any, str]] = [
    (None, "returned None, expected a litellm.ModelResponse"),
    ("Hi", "returned str"),
    ({"choices": []}, "returned dict"),
    ([], "returned list"),
]
#: The same for chunks.
YIELDED: list[tuple[Any, str]] = [
    (None, 'yielded None, expected a chunk: {"text": "Hi"'),
    (3, "yielded int"),
    ("Hi", "yielded str"),
    ({"choices": []}, "missing required field `text`"),
    (piece(3), "got `int` - at `$.text`"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    (piece(index="0"), "got `str` - at `$.index`"),
    (piece(usage="many"), "got `str` - at `$.usage`"),
    (piece(usage={"prompt_tokens": "3"}), "at `$.usage.prompt_tokens`"),
    (piece(tool_use="weather"), "at `$.tool_use`"),
    (piece(tool_use={"id": 3}), "at `$.tool_use.id`"),
    (piece(is_finished=True, finish_reason=["stop"]), "at `$.finish_reason`"),
    (piece(provider_specific_fields=3), "at `$.provider_specific_fields`"),
]


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed_for_handlers() as module:
        yield module


def refused(litellm: Any, world: World, *, stream: bool, text: str) -> Any:
    with pytest.raises(litellm.APIResponseValidationError) as caught:
        ask(litellm, world, stream=stream)
    error = caught.value
    assert f"mine/m-1: {method(world, stream=stream)} " in str(error)
    assert text in str(error)
    assert (error.llm_provider, error.attempts) == ("mine", 1)
    return error


@pytest.mark.parametrize(("given", "text"), RETURNED, ids=repr)
def test_what_is_not_a_response(litellm: Any, world: World, given: Any, text: str) -> None:
    serve(litellm, lambda _: given)
    refused(litellm, world, stream=False, text=text)


def test_a_response_with_wrong_fields(litellm: Any, world: World) -> None:
    def act(arguments: dict[str, Any]) -> Any:
        response = arguments["model_response"]
        response.usage = "many"
        return response

    serve(litellm, act)
    text = (
        "returned a response with wrong fields: Expected `object | null`, got `str` - at `$.usage`"
    )
    refused(litellm, world, stream=False, text=text)


@pytest.mark.parametrize(("given", "text"), YIELDED, ids=repr)
def test_the_first_chunk_is_wrong(litellm: Any, world: World, given: Any, text: str) -> None:
    serve(litellm, lambda _: [given])
    refused(litellm, world, stream=True, text=text)


@pytest.mark.parametrize(("given", "text"), YIELDED, ids=repr)
def test_a_later_chunk_is_wrong(litellm: Any, world: World, given: Any, text: str) -> None:
    serve(litellm, lambda _: [piece("Hel"), given])
    with pytest.raises(litellm.StreamInterruptedError) as caught:
        ask(litellm, world, stream=True)
    assert f"the response broke off: {method(world, stream=True)} yielded" in str(caught.value)
    assert text in str(caught.value)
    assert caught.value.partial.choices[0].message.content == "Hel"


@pytest.mark.parametrize("given", [None, [piece("Hi")], "Hi", piece("Hi")], ids=repr)
def test_what_is_not_a_stream(litellm: Any, world: World, given: Any) -> None:
    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def streaming(self, **_: Any) -> Any:
            return given

        astreaming = streaming

    use(litellm, Mine())
    way = "an iterator of chunks: define it with 'def'"
    if not world.blocking:
        way = "an async iterator of chunks: define it with 'async def'"
    refused(litellm, world, stream=True, text=f"expected {way} and yield each chunk")


def test_what_only_an_event_loop_can_run(litellm: Any) -> None:
    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def completion(self, **arguments: Any) -> Any:
            return arguments["model_response"]

        async def streaming(self, **_: Any) -> AsyncIterator[Any]:
            yield piece("Hi")

    use(litellm, Mine())
    with pytest.raises(litellm.APIResponseValidationError, match="into 'async def acompletion'"):
        litellm.completion("mine/m", MESSAGES)
    with pytest.raises(litellm.APIResponseValidationError, match="returned async_generator"):
        litellm.completion("mine/m", MESSAGES, stream=True)


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
@pytest.mark.parametrize("stream", [False, True])
def test_a_forgotten_await(litellm: Any, world: World, stream: bool) -> None:
    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def answer(self) -> None:
            raise AssertionError

        async def acompletion(self, **_: Any) -> Any:
            return self.answer()

        astreaming = acompletion

    use(litellm, Mine())
    refused(litellm, world, stream=stream, text="returned a coroutine, which nothing awaits: await")


def test_a_response_without_choices(litellm: Any, world: World) -> None:
    serve(litellm, lambda _: litellm.ModelResponse(choices=[]))
    refused(litellm, world, stream=False, text="returned a response without choices")


class _MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError

    @property
    def status_code(self) -> int:
        raise RuntimeError


class _StrangeError(Exception):
    def __init__(self, status_code: object) -> None:
        super().__init__("strange")
        self.status_code = status_code


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        (ValueError("odd"), "APIConnectionError", "{} raised ValueError: odd"),
        (TimeoutError("slow"), "Timeout", "{} raised TimeoutError: slow"),
        (ExceptionGroup("several", [ValueError("odd")]), "APIConnectionError", "{} raised Exc"),
        (_MuteError(), "APIConnectionError", "{} raised _MuteError"),
        (_StrangeError(418), "BadRequestError", "m-1: strange (status 418)"),
        (_StrangeError(0), "APIConnectionError", "{} raised _StrangeError: strange"),
        (_StrangeError(status_code=True), "APIConnectionError", "{} raised _Strange"),
        (_StrangeError("429"), "APIConnectionError", "{} raised _StrangeError: strange"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_it_raises(
    litellm: Any, world: World, stream: bool, given: Exception, kind: str, text: str
) -> None:
    def act(_: dict[str, Any]) -> Any:
        if stream:
            return [given]
        raise given

    serve(litellm, act)
    with pytest.raises(getattr(litellm, kind)) as caught:
        ask(litellm, world, stream=stream)
    assert text.format(method(world, stream=stream)) in str(caught.value)
    assert caught.value.attempts == 1
    assert given in (caught.value.__cause__, caught.value.__cause__.__cause__)


def test_an_error_after_content(litellm: Any, world: World) -> None:
    serve(litellm, lambda _: [piece("Hel"), litellm.CustomLLMError(429, "busy")])
    with pytest.raises(litellm.StreamInterruptedError, match="the response broke off: busy") as no:
        ask(litellm, world, stream=True)
    assert no.value.partial.choices[0].message.content == "Hel"
    assert no.value.status_code == 429


def test_an_exit_is_not_an_error_of_the_call(litellm: Any) -> None:
    def act(_: dict[str, Any]) -> Any:
        raise SystemExit(3)

    serve(litellm, act)
    with pytest.raises(SystemExit):
        litellm.completion("mine/m", MESSAGES)


def test_a_handler_without_the_method(litellm: Any, world: World) -> None:
    class Mine:
        pass

    use(litellm, Mine())
    refused(litellm, world, stream=False, text="does not exist: derive the handler from")


def test_methods_that_need_not_be_async(litellm: Any, world: World) -> None:
    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def completion(self, **arguments: Any) -> Any:
            arguments["model_response"].choices[0].message.content = "Hi"
            return arguments["model_response"]

        def streaming(self, **_: Any) -> Iterator[Any]:
            yield piece("Hi")

        acompletion, astreaming = completion, streaming

    use(litellm, Mine())
    assert ask(litellm, world).choices[0].message.content == "Hi"
    assert text_of(ask(litellm, world, stream=True)) == "Hi"
