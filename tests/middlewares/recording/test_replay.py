"""Replay: calls are recorded in files, and played back without a provider."""

from __future__ import annotations

import gc
import json
import logging
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.answers import MESSAGES, completion_body
from tests.support.calls.wire_answers import claudes_answer
from tests.support.clocks import Clock
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    Handler,
    InternalServerError,
    ModelResponse,
    ModelResponseStream,
    NotFoundError,
    Replay,
    Reply,
    Request,
    default_middlewares,
)
from trunkline.testing import Cut, FakeProvider, tool_call

MODEL = "openai/gpt-4o"
_DEEP = b"[" * 100_000 + b"]" * 100_000
_BODIES = [
    b"",
    b'"response": 5',
    b'"response": {"choices": 5}',
    b'"response": {"choices": [{"index": 0, "message": "x"}]}',
    b'"response": ' + _DEEP,
    b'"chunks": [5]',
    b'"chunks": [{"choices": [{"delta": "x"}]}]',
]
#: Files that are not recordings.
BROKEN = [
    *(b"", b"\xff\xfe", b"{}", b'{"request": ' + _DEEP),
    *(
        b'{"request": 1, "recordings": [{"provider": "a", "model": "b"%s}]}'
        % (b", " + body if body else b"")
        for body in _BODIES
    ),
]


def record(world: World, mode: str, folder: Path, *items: Any, **given: Any) -> FakeProvider:
    fake = FakeProvider(items)
    client = fake.client([Replay(folder)])
    for _ in items:
        world.answer(client, mode, MODEL, MESSAGES, **given)
    return fake


def player(folder: Path, **given: Any) -> Client:
    """A client that has nothing but recordings."""
    return FakeProvider().client([Replay(folder, "play", **given)])


def text(response: Any) -> str:
    return str(response.choices[0].message.content)


class TestPlayback:
    @pytest.mark.parametrize("again", ["plain", "stream"])
    def test_a_call_is_played_back(
        self, world: World, mode: str, again: str, tmp_path: Path
    ) -> None:
        record(world, mode, tmp_path, "Hello there", temperature=0)
        response = world.answer(player(tmp_path), again, MODEL, MESSAGES, temperature=0)
        assert text(response) == "Hello there"
        assert (response.call.provider, response.call.model) == ("openai", "gpt-4o")
        assert (response.attempts, response.cost) == (0, 0.0)
        assert response.usage is not None
        assert response.usage.total_tokens == 15

    def test_a_stream_keeps_its_chunks(self, world: World, tmp_path: Path) -> None:
        record(world, "stream", tmp_path, ["He", "llo ", "the", "re"])
        chunks, stream = world.stream(player(tmp_path), MODEL, MESSAGES)
        said = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
        assert said[:4] == ["He", "llo ", "the", "re"]
        assert all(chunk.usage is None for chunk in chunks)
        assert stream.outcome is not None
        assert stream.outcome.kind == "completed"
        shown, _ = world.stream(
            player(tmp_path), MODEL, MESSAGES, stream_options={"include_usage": True}
        )
        assert shown[-1].usage is not None

    def test_what_outer_layers_change_is_not_recorded(
        self, world: World, mode: str, tmp_path: Path
    ) -> None:
        async def shout(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            if isinstance(reply, ModelResponse):
                reply.choices[0].message.content = "CHANGED"
                return reply

            def change(chunk: ModelResponseStream) -> ModelResponseStream:
                for choice in chunk.choices:
                    choice.delta.content = choice.delta.content and "CHANGED"
                return chunk

            return reply.map(change)

        client = FakeProvider(["Hello"]).client([shout, Replay(tmp_path)])
        assert text(world.answer(client, mode, MODEL, MESSAGES)) == "CHANGED"
        assert text(world.answer(player(tmp_path), mode, MODEL, MESSAGES)) == "Hello"

    def test_nothing_of_a_response_is_lost(self, world: World, mode: str, tmp_path: Path) -> None:
        body: dict[str, Any] = completion_body("Text", "tool_calls", reasoning_content="Why")
        body["choices"][0]["message"]["tool_calls"] = [tool_call("f", a=1).model_dump()]
        body["x_root"] = [1]
        fake = FakeProvider([body])
        first = world.answer(fake.client([Replay(tmp_path)]), mode, MODEL, MESSAGES)
        again = world.answer(player(tmp_path), mode, MODEL, MESSAGES)
        assert again.model_dump() == first.model_dump()
        assert again.x_root == [1]

    def test_equal_calls_get_their_recordings_in_order(
        self, world: World, mode: str, tmp_path: Path
    ) -> None:
        fake = record(world, mode, tmp_path, "one", "two")
        assert len(fake.requests) == 2
        client = player(tmp_path)
        said = [text(world.answer(client, mode, MODEL, MESSAGES)) for _ in range(3)]
        assert said == ["one", "two", "two"]
        assert text(world.answer(player(tmp_path), mode, MODEL, MESSAGES)) == "one"

    def test_auto_records_what_is_missing(self, world: World, mode: str, tmp_path: Path) -> None:
        record(world, mode, tmp_path, "one")
        fake = FakeProvider(["two", "other"])
        client = fake.client([Replay(tmp_path)])
        said = [text(world.answer(client, mode, MODEL, MESSAGES)) for _ in range(2)]
        said.append(text(world.answer(client, mode, MODEL, MESSAGES, temperature=1)))
        assert said == ["one", "two", "other"]
        assert len(fake.requests) == 2

    def test_record_replaces_recordings(self, world: World, mode: str, tmp_path: Path) -> None:
        record(world, mode, tmp_path, "old", "older")
        client = FakeProvider(["new", "newer"]).client([Replay(tmp_path, "record")])
        for _ in range(2):
            world.answer(client, mode, MODEL, MESSAGES)
        client = player(tmp_path)
        said = [text(world.answer(client, mode, MODEL, MESSAGES)) for _ in range(3)]
        assert said == ["new", "newer", "newer"]

    def test_keys_addresses_and_metadata_play_no_part(self, world: World, tmp_path: Path) -> None:
        record(
            world,
            "plain",
            tmp_path,
            "Hello",
            api_key="sk-secret-key",
            base_url="https://own.example.com",
            extra_headers={"x-a": "b"},
            metadata={"user": "1"},
        )
        response = world.complete(player(tmp_path), MODEL, MESSAGES, metadata={"user": "2"})
        assert text(response) == "Hello"
        assert response.call.metadata == {"user": "2"}
        [path] = tmp_path.iterdir()
        assert "secret" not in path.read_text("utf-8")
        assert "own.example.com" not in path.read_text("utf-8")

    def test_classes_as_response_format(self, world: World, mode: str, tmp_path: Path) -> None:
        class City(msgspec.Struct):
            name: str

        record(world, mode, tmp_path, '{"name": "Paris"}', response_format=City)
        response = world.answer(player(tmp_path), mode, MODEL, MESSAGES, response_format=City)
        assert response.choices[0].message.parsed == City("Paris")

    def test_a_stream_may_be_paced(self, tmp_path: Path) -> None:
        record(World("sync"), "stream", tmp_path, ["one ", "two ", "three"])
        clock = Clock()
        chain: Any = [clock.fast_forward, Replay(tmp_path, "play", pace=0.5)]
        chunks = list(Client(chain).completion(MODEL, MESSAGES, stream=True))
        # The finish reason follows, and the usage, which is not shown.
        assert len(chunks) == 4
        assert clock.sleeps == [0.5] * 4


class TestFiles:
    def test_people_can_read_and_edit_them(self, tmp_path: Path) -> None:
        record(World("sync"), "plain", tmp_path, "Hello", temperature=0)
        [path] = tmp_path.iterdir()
        assert path.name.startswith("openai-gpt-4o-")
        content = json.loads(path.read_text("utf-8"))
        assert content["request"] == {
            "model": MODEL,
            "messages": MESSAGES,
            "params": {"temperature": 0},
        }
        message = content["recordings"][0]["response"]["choices"][0]["message"]
        message["content"] = "Edited"
        path.write_text(json.dumps(content), "utf-8")
        assert text(player(tmp_path).completion(MODEL, MESSAGES, temperature=0)) == "Edited"

    def test_texts_may_be_changed(self, world: World, mode: str, tmp_path: Path) -> None:
        def hide(said: str) -> str:
            return said.replace("hello", "***").replace("Hello", "***")

        client = FakeProvider(["Hello"]).client([Replay(tmp_path, redact=hide)])
        assert text(world.answer(client, mode, MODEL, MESSAGES)) == "Hello"
        [path] = tmp_path.iterdir()
        assert "ello" not in path.read_text("utf-8")
        assert text(world.answer(player(tmp_path), mode, MODEL, MESSAGES)) == "***"

    def test_failures_are_not_recorded(self, world: World, mode: str, tmp_path: Path) -> None:
        fake = FakeProvider([500, ["Half ", Cut()], "Hello"])
        client = fake.client([Replay(tmp_path)])
        for _ in range(2):
            with pytest.raises(Exception, match=r"scripted|broke"):
                world.answer(client, mode, MODEL, MESSAGES)
        assert list(tmp_path.iterdir()) == []
        world.answer(client, mode, MODEL, MESSAGES)
        assert len(list(tmp_path.iterdir())) == 1

    def test_a_stream_that_is_left_is_not_recorded(self, tmp_path: Path) -> None:
        client = FakeProvider(repeat("Hello there")).client([Replay(tmp_path)])
        for _ in client.completion(MODEL, MESSAGES, stream=True):
            break
        assert list(tmp_path.iterdir()) == []


class TestMistakes:
    def test_a_call_without_recording(self, world: World, mode: str, tmp_path: Path) -> None:
        record(world, mode, tmp_path, "Hello")
        with pytest.raises(NotFoundError, match="there is no recording of this call") as raised:
            world.answer(player(tmp_path), mode, MODEL, MESSAGES, top_p=0.5)
        message = str(raised.value)
        assert "parameters: top_p" in message
        assert str(tmp_path) in message
        assert raised.value.attempts == 0

    @pytest.mark.parametrize("play", ["auto", "play"])
    @pytest.mark.parametrize("content", BROKEN)
    def test_a_file_that_is_not_a_recording(
        self, world: World, mode: str, play: Any, content: bytes, tmp_path: Path
    ) -> None:
        record(world, "plain", tmp_path, "Hello")
        [path] = tmp_path.iterdir()
        path.write_bytes(content)
        client = FakeProvider(["Another"]).client([Replay(tmp_path, play)])
        # Finalizers of earlier tests' garbage would run deep in the nested file, and find no room.
        gc.collect()
        with pytest.raises(BadRequestError, match="this is not a recording") as raised:
            world.answer(client, mode, MODEL, MESSAGES)
        assert str(path) in raised.value.message
        # It is not lost: the file is as it was.
        assert path.read_bytes() == content

    def test_a_request_that_cannot_be_recorded(self, tmp_path: Path) -> None:
        client = FakeProvider(["Hello"]).client([Replay(tmp_path)])
        with pytest.raises(BadRequestError, match="this call cannot be recorded"):
            client.completion(MODEL, MESSAGES, thing=object())

    def test_a_recording_that_cannot_be_written(
        self, world: World, mode: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        record(World("sync"), "plain", tmp_path, "Hello")
        [path] = tmp_path.iterdir()
        path.unlink()
        path.mkdir()
        client = FakeProvider(repeat("Hello")).client([Replay(tmp_path, "record")])
        with caplog.at_level(logging.WARNING, "trunkline"):
            for _ in range(2):
                assert text(world.answer(client, mode, MODEL, MESSAGES)) == "Hello"
        assert len(caplog.records) == 1
        assert "Replay: cannot write" in caplog.text
        # No draft is left.
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("changed", [KeyError("a secret text"), None, 5])
    def test_a_text_that_cannot_be_changed(
        self,
        world: World,
        mode: str,
        changed: object,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def redact(_: str) -> Any:
            if isinstance(changed, Exception):
                raise changed
            return changed

        client = FakeProvider(repeat("Hello")).client([Replay(tmp_path, redact=redact)])
        with caplog.at_level(logging.WARNING, "trunkline"):
            assert text(world.answer(client, mode, MODEL, MESSAGES)) == "Hello"
        assert "Replay: cannot write" in caplog.text
        assert "secret" not in caplog.text
        assert list(tmp_path.iterdir()) == []

    def test_a_file_instead_of_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(NotADirectoryError, match="expected a folder"):
            Replay(tmp_path / "file")

    @pytest.mark.parametrize(
        ("given", "error", "message"),
        [
            ({"mode": "once"}, ValueError, 'mode: expected "auto", "record" or "play"'),
            ({"pace": -1}, ValueError, "pace: expected 0 or more seconds"),
            ({"folder": "missing", "mode": "play"}, FileNotFoundError, "no such folder"),
        ],
    )
    def test_arguments(
        self, tmp_path: Path, given: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        folder = tmp_path / given.pop("folder", "")
        with pytest.raises(error, match=message):
            Replay(folder, **given)


@pytest.mark.parametrize("place", ["outermost", "innermost"])
def test_a_native_wire(place: str, world: World, mode: str, server: Server, tmp_path: Path) -> None:
    server.reply(claudes_answer(mode, [{"type": "text", "text": "Hello"}], "end_turn"))
    where = {"base_url": server.url, "api_key": "sk-ant-1"}
    for _ in range(2):
        layers: list[Any] = default_middlewares()
        layers.insert(0 if place == "outermost" else len(layers), Replay(tmp_path))
        with Client(layers) as client:
            answer = world.answer(client, mode, "anthropic/claude-sonnet-4-5", MESSAGES, **where)
        assert text(answer) == "Hello"
    assert len(server.seen) == 1


def test_errors_of_the_provider_pass(world: World, mode: str, tmp_path: Path) -> None:
    client = FakeProvider([InternalServerError("no")]).client([Replay(tmp_path)])
    with pytest.raises(InternalServerError):
        world.answer(client, mode, MODEL, MESSAGES)
