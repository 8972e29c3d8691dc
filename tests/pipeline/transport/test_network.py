"""What a caller gets when the network or the provider misbehaves."""

from __future__ import annotations

import gzip
import socket
import time
from typing import Any

import httpx
import httpx2
import pytest

from tests.support.answers import MESSAGES, TEXT, chunk_bodies, chunk_body, completion_body, good
from tests.support.server import Answer, Seen, Server, answer_events, answer_json
from tests.support.servers.ports import closed_port
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    BadGatewayError,
    BadRequestError,
    Client,
    InternalServerError,
    RateLimitError,
    ServiceUnavailableError,
    StreamInterruptedError,
    Timeout,
)

KEY = "sk-test-0123456789abcdef"
MODEL = "openai/gpt-4o"

pytestmark = pytest.mark.usefixtures("engine")


def ask(world: World, via: Client, mode: str, server: Server, **arguments: Any) -> Any:
    arguments = {"base_url": server.url, "api_key": KEY, **arguments}
    return world.answer(via, mode, MODEL, MESSAGES, **arguments)


def test_an_answer_comes_whole(world: World, mode: str, server: Server, client: Client) -> None:
    server.reply(good(mode))
    response = ask(world, client, mode, server, temperature=0.5, top_k=3)
    assert response.choices[0].message.content == TEXT
    assert response.choices[0].finish_reason == "stop"
    assert response.usage.total_tokens == 8
    assert response.response_ms > 0
    assert response.attempts == 1
    [seen] = server.seen
    assert seen.path == "/chat/completions"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.json["model"] == "gpt-4o"
    assert seen.json["temperature"] == 0.5
    assert seen.json["top_k"] == 3


@pytest.mark.parametrize("package", [httpx, httpx2])
def test_a_callers_own_client_is_used_and_left_open(
    package: Any, world: World, mode: str, server: Server, client: Client
) -> None:
    server.reply(good(mode))
    if world.blocking:
        with package.Client(headers={"x-mine": "yes"}) as own:
            response = ask(world, client, mode, server, client=own)
            assert not own.is_closed
    else:

        async def call() -> Any:
            async with package.AsyncClient(headers={"x-mine": "yes"}) as own:
                arguments: Any = {"base_url": server.url, "api_key": KEY, "client": own}
                reply: Any = await client.acompletion(
                    MODEL, MESSAGES, stream=mode == "stream", **arguments
                )
                if mode == "stream":
                    async for _ in reply:
                        pass
                    reply = reply.response
                assert not own.is_closed
                return reply

        response = world.run(call)
    assert response.choices[0].message.content == TEXT
    assert server.seen[0].headers["x-mine"] == "yes"


@pytest.mark.parametrize("package", [httpx, httpx2])
def test_a_callers_own_client_fails_with_our_errors(
    package: Any, server: Server, client: Client
) -> None:
    server.reply(Answer([], ending="silent"))
    with package.Client() as own:
        with pytest.raises(Timeout) as caught:
            ask(World("sync"), client, "plain", server, client=own, timeout=0.1)
        assert caught.value.phase == "first_event"
        with pytest.raises(APIConnectionError) as refused:
            client.completion(MODEL, MESSAGES, base_url=closed_port(), api_key=KEY, client=own)
        assert refused.value.phase == "connect"


def test_the_client_of_the_other_world_is_refused(server: Server, client: Client) -> None:
    with pytest.raises(
        BadRequestError, match=r"completion\(\) and responses\(\) take an httpx.Client"
    ):
        ask(World("sync"), client, "plain", server, client=httpx.AsyncClient())
    assert server.seen == []


def test_a_refused_connection_names_the_host(world: World, mode: str, client: Client) -> None:
    url = closed_port()
    with pytest.raises(APIConnectionError) as caught:
        world.answer(client, mode, MODEL, MESSAGES, base_url=url, api_key=KEY)
    error = caught.value
    assert url.removeprefix("http://") in str(error)
    assert KEY not in str(error)
    assert error.status_code is None
    assert error.phase == "connect"
    assert error.__cause__ is not None


def test_a_connection_that_is_closed_without_an_answer(
    world: World, mode: str, server: Server, client: Client
) -> None:
    def leave(_request: Seen) -> Answer:
        raise ConnectionResetError

    server.reply(leave)
    with pytest.raises(APIConnectionError, match="disconnected without sending a response"):
        ask(world, client, mode, server)


def test_an_unknown_host(world: World, client: Client) -> None:
    with pytest.raises(APIConnectionError, match=r"nowhere\.invalid"):
        world.answer(
            client, "plain", MODEL, MESSAGES, base_url="http://nowhere.invalid", api_key=KEY
        )


@pytest.mark.parametrize("url", ["example.com/v1", "ftp://example.com", "http://", "http://a:b@c"])
def test_a_wrong_base_url(url: str, world: World, client: Client) -> None:
    with pytest.raises(BadRequestError, match="base_url"):
        world.answer(client, "plain", MODEL, MESSAGES, base_url=url, api_key=KEY)


def test_a_key_with_a_line_break_is_not_shown(world: World, client: Client) -> None:
    with pytest.raises(BadRequestError, match="Authorization") as caught:
        world.answer(
            client,
            "plain",
            MODEL,
            MESSAGES,
            base_url="http://127.0.0.1:9",
            api_key="sk-a\nb-secret",
        )
    assert "secret" not in str(caught.value)


class TestSilence:
    """Each wait has a limit of its own, and the error names the phase."""

    def check(self, error: Timeout, phase: str, began: float, limit: float) -> None:
        assert error.phase == phase
        assert error.status_code == 408
        assert time.monotonic() - began >= limit * 0.9

    def test_before_the_answer(
        self, world: World, mode: str, server: Server, client: Client
    ) -> None:
        server.reply(Answer([], ending="silent"))
        began = time.monotonic()
        with pytest.raises(Timeout, match=r"0\.2 s") as caught:
            ask(world, client, mode, server, timeout={"first_event": 0.2, "idle": 30})
        self.check(caught.value, "first_event", began, 0.2)

    def test_after_the_headers(self, world: World, server: Server, client: Client) -> None:
        server.reply(Answer([], ending="stall", headers={"content-type": "text/event-stream"}))
        began = time.monotonic()
        with pytest.raises(Timeout) as caught:
            ask(world, client, "stream", server, timeout={"first_event": 0.2, "idle": 30})
        self.check(caught.value, "first_event", began, 0.2)

    def test_between_events(self, world: World, server: Server, client: Client) -> None:
        answer = answer_events(chunk_bodies()[:2], done=False)
        answer.ending = "stall"
        server.reply(answer)
        began = time.monotonic()
        with pytest.raises(Timeout) as caught:
            ask(world, client, "stream", server, timeout={"first_event": 30, "idle": 0.2})
        self.check(caught.value, "mid_stream", began, 0.2)
        assert caught.value.partial is not None
        assert caught.value.partial.choices[0].message.content == "Hello "

    def test_in_the_middle_of_a_plain_body(
        self, world: World, server: Server, client: Client
    ) -> None:
        server.reply(Answer([b'{"id": "x", '], ending="stall"))
        with pytest.raises(Timeout) as caught:
            ask(world, client, "plain", server, timeout={"first_event": 30, "idle": 0.2})
        assert caught.value.phase == "mid_stream"

    def test_at_connect(self, world: World, client: Client) -> None:
        # A full backlog: the connection is neither accepted nor refused.
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            waiting = [socket.socket() for _ in range(4)]
            for other in waiting:
                other.setblocking(False)
                other.connect_ex(full.getsockname())
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            began = time.monotonic()
            with pytest.raises(Timeout) as caught:
                world.answer(
                    client,
                    "plain",
                    MODEL,
                    MESSAGES,
                    base_url=url,
                    api_key=KEY,
                    timeout={"connect": 0.2},
                )
            self.check(caught.value, "connect", began, 0.2)
            for other in waiting:
                other.close()

    def test_the_total_counts_a_trickle(self, world: World, server: Server, client: Client) -> None:
        server.reply(Answer([b" "], ending="endless"))
        with pytest.raises(Timeout, match="total"):
            ask(world, client, "plain", server, timeout={"total": 0.3})

    def test_a_number_limits_the_wait(
        self, world: World, mode: str, server: Server, client: Client
    ) -> None:
        server.reply(Answer([], ending="silent"))
        with pytest.raises(Timeout):
            ask(world, client, mode, server, timeout=0.2)


class TestUnreadableAnswers:
    @pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b"{}", b'{"a": 1}'])
    def test_a_success_that_is_no_completion(
        self, body: bytes, world: World, server: Server, client: Client
    ) -> None:
        server.reply(Answer([body]))
        with pytest.raises(APIResponseValidationError) as caught:
            ask(world, client, "plain", server)
        assert body[:20].decode() in str(caught.value)
        assert body or "empty" in str(caught.value)

    @pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b'{"a": 1}'])
    def test_a_stream_that_is_none(
        self, body: bytes, world: World, server: Server, client: Client
    ) -> None:
        server.reply(Answer([body]))
        with pytest.raises(APIResponseValidationError) as caught:
            ask(world, client, "stream", server)
        assert body[:20].decode() in str(caught.value)

    def test_an_empty_stream_is_an_interruption(
        self, world: World, server: Server, client: Client
    ) -> None:
        server.reply(Answer([b""], headers={"content-type": "text/event-stream"}))
        with pytest.raises(StreamInterruptedError):
            ask(world, client, "stream", server)

    def test_a_provider_that_does_not_stream(
        self, world: World, server: Server, client: Client
    ) -> None:
        server.reply(answer_json(completion_body()))
        assert ask(world, client, "stream", server).choices[0].message.content == TEXT

    def test_an_html_error_page(
        self, world: World, mode: str, server: Server, client: Client
    ) -> None:
        server.reply(Answer([b"<html>overloaded</html>"], status=502))
        with pytest.raises(BadGatewayError, match="<html>overloaded"):
            ask(world, client, mode, server)

    @pytest.mark.parametrize(
        ("code", "cls"),
        [
            (503, ServiceUnavailableError),
            (429, RateLimitError),
            ("server_error", InternalServerError),
        ],
    )
    def test_an_error_inside_a_success(
        self,
        code: object,
        cls: type[APIError],
        world: World,
        mode: str,
        server: Server,
        client: Client,
    ) -> None:
        body = {"error": {"message": "Overloaded", "code": code}}
        server.reply(answer_json(body) if mode == "plain" else answer_events([body]))
        with pytest.raises(cls, match="Overloaded") as caught:
            ask(world, client, mode, server)
        assert type(caught.value) is cls

    def test_an_error_after_content(self, world: World, server: Server, client: Client) -> None:
        body = {"error": {"message": "Overloaded", "code": 503}}
        server.reply(answer_events([*chunk_bodies()[:2], body]))
        with pytest.raises(StreamInterruptedError, match="Overloaded") as caught:
            ask(world, client, "stream", server)
        error = caught.value
        assert isinstance(error.__cause__, ServiceUnavailableError)
        assert error.status_code == 503
        assert error.partial is not None
        assert error.partial.choices[0].message.content == "Hello "
        assert error.partial.choices[0].finish_reason is None


class TestTruncation:
    def test_a_plain_body_cut_off(self, world: World, server: Server, client: Client) -> None:
        server.reply(Answer([b'{"id": "x", "choices": ['], ending="cut"))
        with pytest.raises(StreamInterruptedError):
            ask(world, client, "plain", server)

    @pytest.mark.parametrize("ending", ["cut", "clean"])
    def test_a_stream_cut_off(
        self, ending: Any, world: World, server: Server, client: Client
    ) -> None:
        answer = answer_events(chunk_bodies()[:3], done=False)
        answer.ending = ending
        server.reply(answer)
        with pytest.raises(StreamInterruptedError) as caught:
            ask(world, client, "stream", server)
        assert caught.value.partial is not None
        assert caught.value.partial.choices[0].message.content == TEXT
        assert caught.value.partial.choices[0].finish_reason is None

    def test_a_finish_reason_is_an_end(self, world: World, server: Server, client: Client) -> None:
        server.reply(answer_events(chunk_bodies()[:-1], done=False))
        assert ask(world, client, "stream", server).choices[0].finish_reason == "stop"

    def test_an_end_marker_is_an_end(self, world: World, server: Server, client: Client) -> None:
        server.reply(answer_events([chunk_body({"content": "Hi"})]))
        assert ask(world, client, "stream", server).choices[0].finish_reason is None


def test_compressed_answers(world: World, mode: str, server: Server, client: Client) -> None:
    answer = good(mode)
    packed = gzip.compress(b"".join(answer.pieces))
    # Cut where no piece can be unpacked by itself.
    answer.pieces = [packed[:1], packed[1:9], packed[9:20], packed[20:]]
    answer.headers["content-encoding"] = "gzip"
    server.reply(answer)
    assert ask(world, client, mode, server).choices[0].message.content == TEXT
