"""Chunks that are changed, held back, multiplied, and changed as one text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import MESSAGES
from tests.support.worlds import WORLDS, World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    Handler,
    InvalidArgumentError,
    ModelResponse,
    ModelResponseStream,
    Outcome,
    PermissionDeniedError,
    RateLimitError,
    Reply,
    Request,
    Stream,
    StreamInterruptedError,
    map_text,
    observe,
)
from trunkline.pipeline.stream.text_change import TextWindow
from trunkline.testing import Cut, FakeProvider, tool_call

MODEL = "openai/gpt-4o"


def mapping(change: Any, **options: Any) -> Callable[[Request, Handler], Any]:
    async def middleware(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        assert isinstance(reply, Stream)
        return reply.map(change, **options)

    return middleware


def texts(chunks: Sequence[ModelResponseStream]) -> list[str]:
    return [
        choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content
    ]


def same(chunk: ModelResponseStream) -> ModelResponseStream:
    return chunk


def no_more(_response: ModelResponse) -> None:
    """Continue a stream with nothing."""


class Collect:
    """Keeps all text back and shows it at the end."""

    def __init__(self, *, asynchronous: bool) -> None:
        self.asynchronous = asynchronous
        self.kept: list[ModelResponseStream] = []

    def change(self, chunk: ModelResponseStream) -> Any:
        self.kept.append(chunk)
        return self._later(None) if self.asynchronous else None

    def flush(self) -> Any:
        return self._later(self.kept) if self.asynchronous else self.kept

    async def _later(self, value: Any) -> Any:
        return value


@pytest.mark.parametrize("asynchronous", [False, True])
def test_text_can_be_held_back_until_the_end(world: World, asynchronous: bool) -> None:
    outcomes: list[Outcome] = []

    async def collect(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        assert isinstance(reply, Stream)
        kept = Collect(asynchronous=asynchronous)
        return observe(reply.map(kept.change, flush=kept.flush), outcomes.append)

    fake = FakeProvider([["one ", "two"]])
    chunks, stream = world.stream(fake.client([collect]), MODEL, MESSAGES)
    assert texts(chunks) == ["one ", "two"]
    assert stream.response.usage is not None
    assert [outcome.kind for outcome in outcomes] == ["completed"]


def test_a_chunk_can_become_several(world: World) -> None:
    def twice(chunk: ModelResponseStream) -> list[ModelResponseStream]:
        return [chunk, chunk] if texts([chunk]) else [chunk]

    chunks, stream = world.stream(FakeProvider(["a b"]).client([mapping(twice)]), MODEL, MESSAGES)
    assert texts(chunks) == ["a", "a", " b", " b"]
    assert stream.response.choices[0].message.content == "aa b b"


def test_what_is_held_back_of_a_stream_that_fails_is_not_shown(world: World) -> None:
    flushed: list[int] = []

    async def hide(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        assert isinstance(reply, Stream)
        return reply.map(lambda _: None, flush=lambda: flushed.append(1))

    fake = FakeProvider([["secret ", Cut()]])
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(fake.client([hide]), MODEL, MESSAGES)
    assert not flushed
    assert caught.value.partial is not None
    assert "secret" not in str(caught.value.partial)


@pytest.mark.parametrize("where", ["change", "flush"])
@pytest.mark.parametrize("error", [PermissionDeniedError("no"), RateLimitError("no"), KeyError(1)])
def test_an_exception_of_a_middleware_keeps_its_class(
    world: World, where: str, error: Exception
) -> None:
    outcomes: list[Outcome] = []

    def refuse(*_: object) -> None:
        raise error

    async def outside(request: Request, call_next: Handler) -> Reply:
        return observe(await call_next(request), outcomes.append)

    inside = mapping(refuse) if where == "change" else mapping(same, flush=refuse)
    fake = FakeProvider(["one two"])
    client = fake.client([outside, mapping(same), inside])
    with pytest.raises(type(error)) as caught:
        world.stream(client, MODEL, MESSAGES)
    assert caught.value is error
    assert [(outcome.kind, outcome.error) for outcome in outcomes] == [("failed", error)]
    assert fake.open_streams == 0
    if isinstance(error, APIError):
        assert error.attempts == 1


def test_a_failing_provider_still_interrupts(world: World) -> None:
    client = FakeProvider([["one", RateLimitError("no")]]).client([mapping(same)])
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(client, MODEL, MESSAGES)
    assert isinstance(caught.value.__cause__, RateLimitError)


def test_a_change_that_returns_something_else(world: World) -> None:
    def wrong(chunk: ModelResponseStream) -> str:
        return "text"

    with pytest.raises(TypeError, match="wrong returned str instead of chunks or None"):
        world.stream(FakeProvider(["one"]).client([mapping(wrong)]), MODEL, MESSAGES)


# Functions of text, with the longest text that they look at to change one place.
CHANGES: list[tuple[Callable[[str], str], int]] = [
    (lambda text: text.replace("aba", "X"), 3),
    (lambda text: text.replace("ab", ""), 2),
    (lambda text: re.sub(r"a[ab]b", "longer than before", text), 3),
    (lambda text: re.sub(r"\bab\b", "<ab>", text), 4),
    (lambda text: re.sub(r"(?<=b)a", "A", text), 2),
    (str.upper, 0),
]


@given(
    change=st.sampled_from(CHANGES),
    pieces=st.lists(st.text("ab ", max_size=7), max_size=8),
)
def test_pieces_become_what_the_whole_becomes(
    change: tuple[Callable[[str], str], int], pieces: list[str]
) -> None:
    function, hold_back = change
    window = TextWindow(function, hold_back)
    shown = [window.feed(piece) for piece in pieces]
    assert "".join(shown) + window.end() == function("".join(pieces))


def test_little_is_held_back() -> None:
    window = TextWindow(lambda text: text.replace("secret", "***"), 6)
    assert [window.feed(piece) for piece in ["hello, wor", "ld of sec", "rets and more", "!"]] == [
        "hello",
        ", world o",
        "f ***s and",
        " ",
    ]


@given(
    world=st.sampled_from(WORLDS),
    pieces=st.lists(st.text("ab ", min_size=1, max_size=7), min_size=1, max_size=6),
)
def test_a_stream_has_the_text_of_the_response(world: World, pieces: list[str]) -> None:
    async def censor(request: Request, call_next: Handler) -> Reply:
        return map_text(
            await call_next(request), lambda text: text.replace("aba", "X"), hold_back=3
        )

    client = FakeProvider([pieces, pieces]).client([censor])
    plain = world.complete(client, MODEL, MESSAGES)
    chunks, stream = world.stream(client, MODEL, MESSAGES)
    expected = "".join(pieces).replace("aba", "X")
    assert plain.choices[0].message.content == expected
    assert "".join(texts(chunks)) == expected
    assert stream.response.choices[0].message.content == expected
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(texts([chunk]) for chunk in chunks[:-1])


def test_tool_calls_and_reasoning_pass(world: World) -> None:
    async def censor(request: Request, call_next: Handler) -> Reply:
        return map_text(await call_next(request), str.upper, fields=["content", "refusal"])

    fake = FakeProvider([["look ", tool_call("search", query="tides")]])
    _, stream = world.stream(fake.client([censor]), MODEL, MESSAGES)
    message = stream.response.choices[0].message
    assert message.content == "LOOK "
    assert message.tool_calls is not None
    assert message.tool_calls[0].function.arguments == '{"query":"tides"}'


def test_a_hold_back_below_zero() -> None:
    async def wrong(request: Request, call_next: Handler) -> Reply:
        return map_text(await call_next(request), str.upper, hold_back=-1)

    client: Client = FakeProvider(["a"]).client([wrong])
    with pytest.raises(BadRequestError, match="hold_back: expected 0 or more, got -1"):
        client.completion(MODEL, MESSAGES)


def test_a_change_that_returns_no_text(world: World, mode: str) -> None:
    async def wrong(request: Request, call_next: Handler) -> Reply:
        return map_text(await call_next(request), len)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    client = FakeProvider(["Hello"]).client([wrong])
    with pytest.raises(BadRequestError, match="map_text: expected a function that returns str"):
        world.answer(client, mode, MODEL, MESSAGES)


class TestTwoReaders:
    """A stream has one reader: what another one took would be missing without a word."""

    def test_the_stream_that_was_changed(self, world: World) -> None:
        async def forget(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            assert isinstance(reply, Stream)
            reply.map(same)
            return reply

        fake = FakeProvider([["one ", "two"]])
        with pytest.raises(InvalidArgumentError, match=r"given to map\(\).*the method returned"):
            world.stream(fake.client([forget]), MODEL, MESSAGES)

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [("map", [same]), ("map_text", [str.upper]), ("then", [no_more]), ("final", [])],
    )
    def test_two_changes_of_one_stream(
        self, world: World, method: str, arguments: list[Any]
    ) -> None:
        async def twice(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            assert isinstance(reply, Stream)
            changed = reply.map(same)
            getattr(reply, method)(*arguments)
            return changed

        fake = FakeProvider([["one ", "two"]])
        with pytest.raises(InvalidArgumentError, match=r"given to map\(\)"):
            world.stream(fake.client([twice]), MODEL, MESSAGES)

    def test_one_change_after_the_other(self, world: World) -> None:
        async def both(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            assert isinstance(reply, Stream)
            return reply.map(same).map_text(str.upper)

        fake = FakeProvider([["one ", "two"]])
        chunks, _ = world.stream(fake.client([both]), MODEL, MESSAGES)
        assert "".join(texts(chunks)) == "ONE TWO"
