"""No variable of our frames, as error trackers record them, has what a server quotes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from traceback import walk_tb
from types import coroutine
from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_bodies
from tests.support.frames import chain_of, frames_of, texts_of
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import APIError, Client
from trunkline.adapters.credentials.scrubbing import forget_variables
from trunkline.pipeline.engines import EngineName


@coroutine
def checkpoint() -> Generator[None, None, None]:
    """Suspend the coroutine that awaits this."""
    yield


KEY = "sk-quoted-0123456789"
MODELS = [
    "openai/gpt-4o",
    "openai/responses/gpt-5.6",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-pro",
    "cohere/command-a",
]


def _page(status: int) -> Answer:
    return Answer([f"<html>{KEY}</html>".encode()], status=status)


def _broken_event() -> Answer:
    answer = answer_events(chunk_bodies("Hello"), done=False)
    answer.pieces.append(f"data: {{broken {KEY}\n\n".encode())
    return answer


FAULT = {"message": f"not {KEY}", "code": 503, "type": "fault"}
ANSWERS: dict[str, Callable[[], Answer]] = {
    "an error": lambda: answer_json({"error": FAULT}, status=503),
    "an error as a page": lambda: _page(401),
    "a success as a page": lambda: _page(200),
    "an error as a success": lambda: answer_json({"error": FAULT}),
    "another shape": lambda: answer_json({"choices": KEY, "content": KEY, "output": KEY}),
    # More than an error shows of a body.
    "far behind": lambda: answer_json({"choices": 3, "content": 3, "pad": "x" * 999, "key": KEY}),
    "an event": lambda: answer_events([{"type": "error", "error": FAULT}]),
    "a broken event": _broken_event,
    "a redirect": lambda: Answer([], status=302, headers={"location": f"http://a/?key={KEY}"}),
    "a header": lambda: answer_json({}, status=503, x_request_id=KEY),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("quoting", ANSWERS)
def test_no_frame_has_it(server: Server, world: World, mode: str, quoting: str, model: str) -> None:
    server.reply(ANSWERS[quoting]())
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, "num_retries": 0}
    with Client() as client, pytest.raises(APIError) as caught:
        world.answer(client, mode, model, MESSAGES, **given)
    frames = list(frames_of(caught.value))
    assert frames
    for place, name, value in frames:
        for text in texts_of(value):
            assert KEY not in text, f"{place}: {name}"


def test_the_lines_stay(server: Server, world: World) -> None:
    server.reply(_page(200))
    with Client() as client, pytest.raises(APIError) as caught:
        world.complete(client, MODELS[0], MESSAGES, base_url=server.url, api_key=KEY)
    frames = (frame for each in chain_of(caught.value) for frame, _ in walk_tb(each.__traceback__))
    assert any(frame.f_code.co_filename.endswith("json_body.py") for frame in frames)


@pytest.mark.parametrize("engine", ["h11", "httptools", "httpx"])
def test_a_key_in_a_query_that_cannot_be_sent(world: World, mode: str, engine: EngineName) -> None:
    given: dict[str, Any] = {"base_url": f"http://127.0.0.1:0/v1?key={KEY}", "api_key": "sk-other"}
    with Client(engine=engine, num_retries=0) as client, pytest.raises(APIError) as caught:
        world.answer(client, mode, MODELS[0], MESSAGES, **given)
    for place, name, value in frames_of(caught.value):
        for text in texts_of(value):
            assert KEY not in text, f"{place}: {name}"


def test_the_variables_of_a_long_body_are_gone_without_a_search(
    server: Server, world: World
) -> None:
    server.reply(Answer([b"<html>" + b"x" * 300_000]))
    with Client() as client, pytest.raises(APIError) as caught:
        world.complete(client, MODELS[0], MESSAGES, base_url=server.url, api_key=KEY)
    texts = [text for *_, value in frames_of(caught.value) for text in texts_of(value)]
    assert texts
    assert not [text for text in texts if len(text) > 100_000]


def test_a_coroutine_that_goes_on_is_left_out() -> None:
    shared = ValueError("raised by several calls")

    async def go_on(own: str) -> str:
        try:
            raise shared
        except ValueError:
            await checkpoint()
        return own

    def fail(own: str) -> None:
        assert own
        raise shared

    going_on = go_on(KEY)
    going_on.send(None)
    for _ in range(3):
        with pytest.raises(ValueError, match="several calls"):
            fail(KEY)
        forget_variables([shared])
    frames = [frame for frame, _ in walk_tb(shared.__traceback__)]
    names = {frame.f_code.co_name for frame in frames}
    assert names == {"fail", test_a_coroutine_that_goes_on_is_left_out.__name__}
    assert not [frame for frame in frames if KEY in map(str, frame.f_locals.values())]
    [note] = shared.__notes__
    assert note.startswith(f'File "{__file__}", line ')
    assert note.endswith("go_on")
    with pytest.raises(StopIteration) as ended:
        going_on.send(None)
    assert ended.value.value == KEY


def test_the_frames_of_an_exception_of_the_caller_stay(server: Server, world: World) -> None:
    server.reply(_page(401))
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY}
    own = ValueError("my own")

    def call_while_handling(client: Client) -> None:
        try:
            raise own
        except ValueError:
            world.complete(client, MODELS[0], MESSAGES, **given)

    with Client() as client, pytest.raises(APIError) as caught:
        call_while_handling(client)
    assert own in list(chain_of(caught.value))
    assert own.__traceback__ is not None


def test_an_error_that_quotes_nothing_keeps_its_frames(server: Server, world: World) -> None:
    server.reply(Answer([b"<html>"]))
    with Client() as client, pytest.raises(APIError) as caught:
        world.complete(client, MODELS[0], MESSAGES, base_url=server.url, api_key=KEY)
    assert any("json_body.py" in place for place, _, _ in frames_of(caught.value))
