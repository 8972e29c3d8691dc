"""No error of a handler's shows the credentials of the call, not even in a frame's variables."""

from __future__ import annotations

from collections.abc import Iterator
from traceback import TracebackException
from types import TracebackType
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import WORLDS, World
from tests.trunkline.compat.handlers.own_llm import installed_for_handlers, piece, serve, use

KEY = "sk-key-of-the-call-0123456789"
HEADER = "header-value-0123456789"
AWS = "aws/secret+access=key0123456789"
SECRETS = (KEY, HEADER, AWS)


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed_for_handlers() as module:
        yield module


def credentials() -> dict[str, Any]:
    return {"api_key": KEY, "extra_headers": {"X-Auth": HEADER}, "aws_secret_access_key": AWS}


def quoted(arguments: dict[str, Any]) -> str:
    """Return a text with the credentials that a handler got."""
    headers, params = arguments["headers"], arguments["optional_params"]
    return f"{arguments['api_key']} {headers['X-Auth']} {params['aws_secret_access_key']}"


def raises(arguments: dict[str, Any]) -> Any:
    raise ValueError(quoted(arguments))


def raises_in_a_handler(arguments: dict[str, Any]) -> Any:
    header = f"Bearer {arguments['api_key']}"
    try:
        raise KeyError(header)
    except KeyError:
        raise RuntimeError("failed") from None


def raises_a_group(arguments: dict[str, Any]) -> Any:
    member = ValueError(quoted(arguments))
    member.add_note(quoted(arguments))
    raise ExceptionGroup("several", [member])


def raises_an_error_of_the_system(arguments: dict[str, Any]) -> Any:
    raise FileNotFoundError(2, "no such file", arguments["api_key"])


def returns_nonsense(arguments: dict[str, Any]) -> Any:
    return [{quoted(arguments): quoted(arguments)}]


ACTS = [
    raises,
    raises_in_a_handler,
    raises_a_group,
    raises_an_error_of_the_system,
    returns_nonsense,
]


def shown(error: BaseException) -> str:
    """Return what an error tracker records: the text and the variables of the whole chain."""
    each: BaseException | None = error
    texts: list[str] = []
    while each is not None:
        frames = TracebackException.from_exception(each, capture_locals=True)
        texts += [*frames.format(), repr(vars(each))]
        each = each.__cause__ or each.__context__
    return "".join(texts)


def failure(litellm: Any, world: World, *, stream: bool = False, **more: Any) -> BaseException:
    """Return the error of a call; the frames of this function have no credential."""

    async def read() -> None:
        reply = await litellm.acompletion(
            "mine/m", MESSAGES, stream=stream, **more, **credentials()
        )
        async for _ in reply:
            pass

    def call() -> None:
        if world.blocking:
            list(litellm.completion("mine/m", MESSAGES, stream=stream, **more, **credentials()))
        else:
            world.run(read)

    with pytest.raises(litellm.exceptions.OpenAIError) as caught:
        call()
    error: BaseException = caught.value
    return error


@pytest.mark.parametrize("act", ACTS)
def test_an_error(litellm: Any, world: World, mode: str, act: Any) -> None:
    serve(litellm, act)
    text = shown(failure(litellm, world, stream=mode == "stream"))
    assert not [secret for secret in SECRETS if secret in text]
    if act is raises:
        assert "*** *** ***" in text


def test_an_error_in_a_stream(litellm: Any, world: World) -> None:
    def act(arguments: dict[str, Any]) -> Iterator[Any]:
        yield piece("Hel")
        raises(arguments)

    serve(litellm, act)
    text = shown(failure(litellm, world, stream=True))
    assert not [secret for secret in SECRETS if secret in text]


def test_the_lines_of_the_handler_are_there(litellm: Any, world: World, mode: str) -> None:
    def act(arguments: dict[str, Any]) -> Iterator[Any]:
        if mode == "plain":
            raises_in_a_handler(arguments)
        return interrupted(arguments)

    def interrupted(arguments: dict[str, Any]) -> Iterator[Any]:
        yield piece("Hel")
        raises_in_a_handler(arguments)

    serve(litellm, act)
    text = shown(failure(litellm, world, stream=mode == "stream"))
    assert not [secret for secret in SECRETS if secret in text]
    assert "in raises_in_a_handler" in text


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
def test_a_limit(litellm: Any, world: World) -> None:
    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def acompletion(self, **arguments: Any) -> None:
            header = quoted(arguments)
            await anyio.sleep_forever()
            raise AssertionError(header)

    use(litellm, Mine())
    error = failure(litellm, world, timeout=0.05)
    assert isinstance(error, litellm.Timeout)
    text = shown(error)
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
def test_a_call_that_caught_the_same_error_goes_on(litellm: Any, world: World) -> None:
    shared = litellm.RateLimitError("busy", "mine", "m")

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def acompletion(self, model: str, model_response: Any, **_others: Any) -> Any:
            try:
                raise shared
            except litellm.RateLimitError:
                if model != "patient":
                    raise
            caught.set()
            await released.wait()
            return model_response

    use(litellm, Mine())
    caught, released = anyio.Event(), anyio.Event()
    answers: list[Any] = []

    async def ask() -> None:
        answers.append(await litellm.acompletion("mine/patient", MESSAGES))

    async def ask_both() -> None:
        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                group.start_soon(ask)
                await caught.wait()
                with pytest.raises(litellm.RateLimitError):
                    await litellm.acompletion("mine/hasty", MESSAGES, num_retries=0)
                released.set()

    world.run(ask_both)
    assert [type(answer) for answer in answers] == [litellm.ModelResponse]


def test_an_interruption(litellm: Any) -> None:
    def act(arguments: dict[str, Any]) -> Any:
        header = quoted(arguments)
        raise KeyboardInterrupt("" if header else None)

    serve(litellm, act)
    with pytest.raises(KeyboardInterrupt) as caught:
        litellm.completion("mine/m", MESSAGES, **credentials())
    text = shown(caught.value)
    assert not [secret for secret in SECRETS if secret in text]


def test_the_callers_own_error_keeps_its_variables(litellm: Any) -> None:
    def fail() -> None:
        place = "Berlin"
        raise KeyError(place)

    serve(litellm, raises)
    with pytest.raises(KeyError) as own:
        fail()
    try:
        raise own.value
    except KeyError:
        with pytest.raises(litellm.APIConnectionError):
            litellm.completion("mine/m", MESSAGES, **credentials())
    assert {"place": "Berlin"} in [frame.f_locals for frame in _frames(own.value.__traceback__)]


def _frames(at: TracebackType | None) -> Iterator[Any]:
    while at is not None:
        yield at.tb_frame
        at = at.tb_next
