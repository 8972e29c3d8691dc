"""The debug line that each HTTP request writes to the log."""

from __future__ import annotations

import logging
import re

import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import APIConnectionError, APIError, Client

KEY = "sk-test-0123456789abcdef"
MODEL = "openai/gpt-4o"
LINE = re.compile(r"POST (\S+) -> (\S+) in (\d+) ms, attempt (\S+?)(?:, request id (\S+))?")


def lines(caplog: pytest.LogCaptureFixture) -> list[re.Match[str]]:
    """Return what was logged, each line taken apart."""
    found = [LINE.fullmatch(record.getMessage()) for record in caplog.records]
    assert all(record.name == "trunkline" for record in caplog.records)
    return [line for line in found if line is not None]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "trunkline")
    return caplog


def test_a_request_is_one_line(
    world: World, mode: str, server: Server, log: pytest.LogCaptureFixture
) -> None:
    answer = good(mode)
    answer.headers["x-request-id"] = "req_1"
    server.reply(answer)
    with Client() as client:
        world.answer(client, mode, MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    [line] = lines(log)
    host = server.url.removeprefix("http://")
    assert line.groups()[:2] == (f"{host}/chat/completions", "200")
    assert line.groups()[3:] == ("1/3", "req_1")


def test_attempts_are_counted_and_failures_named(
    world: World, mode: str, server: Server, log: pytest.LogCaptureFixture
) -> None:
    server.reply(failing(503, retry_after="0"), failing(529, retry_after="0"), good(mode))
    with Client() as client:
        world.answer(client, mode, MODEL, MESSAGES, base_url=server.url, api_key=KEY, num_retries=4)
    found = [line.group(2, 4) for line in lines(log)]
    assert found == [("503", "1/5"), ("529", "2/5"), ("200", "3/5")]


def test_a_request_without_a_response(
    world: World, mode: str, log: pytest.LogCaptureFixture
) -> None:
    with Client(middlewares=[]) as client, pytest.raises(APIConnectionError):
        world.answer(client, mode, MODEL, MESSAGES, base_url="http://127.0.0.1:1", api_key=KEY)
    [line] = lines(log)
    # Without a layer that limits the attempts there is no second number.
    assert line.group(1, 2, 4) == ("127.0.0.1:1/chat/completions", "APIConnectionError", "1")


def test_neither_content_nor_query_nor_keys_are_logged(
    mode: str, server: Server, log: pytest.LogCaptureFixture
) -> None:
    server.reply(good(mode))
    with Client() as client:
        World("sync").answer(
            client, mode, MODEL, [{"role": "user", "content": "a secret question"}],
            base_url=server.url, api_key=KEY,
            extra_query={"token": "hidden"}, extra_headers={"x-token": "hidden"},
        )  # fmt: skip
    assert len(lines(log)) == 1
    assert server.seen[0].path.endswith("?token=hidden")
    for text in ("secret", "hidden", KEY, "Hello"):
        assert text not in log.text


def test_the_path_of_a_fetched_url_is_content(
    server: Server, log: pytest.LogCaptureFixture
) -> None:
    png = Answer([b"\x89PNG\r\n\x1a\n"], headers={"content-type": "image/png"})
    server.reply(png, failing(400))
    image = {"type": "image_url", "image_url": {"url": f"{server.url}/private/cat.png"}}
    with Client() as client, pytest.raises(APIError):
        client.completion(
            "ollama/llava", [{"role": "user", "content": [image]}],
            base_url=server.url, allow_private_urls=True,
        )  # fmt: skip
    assert server.seen[0].path == "/private/cat.png"
    assert "GET 127.0.0.1" in log.text
    assert "cat.png" not in log.text


def test_nothing_is_logged_above_debug(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "trunkline")
    server.reply(good("plain"))
    with Client() as client:
        client.completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert caplog.records == []
