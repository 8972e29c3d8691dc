"""A function sees each HTTP request just before it is sent."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import closing
from typing import Any

import httpx
import pytest
import tenacity

from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    HTTPRequest,
    InvalidArgumentError,
    Middleware,
    PermissionDeniedError,
    Request,
    Retry,
    before_send,
    default_middlewares,
)

MODEL = "openai/gpt-4o"
KEY = "sk-0123456789"

pytestmark = pytest.mark.usefixtures("engine")


@before_send
def sign(request: Request, http: HTTPRequest) -> None:
    signed = f"{http.method} {http.url} {request.call_id}".encode() + http.body
    http.headers["X-Signature"] = hashlib.sha256(signed).hexdigest()


@pytest.mark.parametrize("mode", ["plain", "stream"])
@pytest.mark.parametrize("outermost", [True, False])
def test_each_attempt_is_signed(world: World, server: Server, mode: str, outermost: bool) -> None:
    server.reply(failing(503), good(mode))
    retry = Retry(2, wait=tenacity.wait_none())
    layers: list[Middleware] = [sign, retry] if outermost else [retry, sign]
    arguments = {"base_url": server.url, "api_key": KEY}
    response = world.answer(Client(layers), mode, MODEL, MESSAGES, **arguments)
    assert response.attempts == 2
    first, second = server.seen
    expected = f"POST {server.url}/chat/completions {response.call.call_id}".encode()
    for seen in (first, second):
        assert seen.headers["x-signature"] == hashlib.sha256(expected + seen.body).hexdigest()


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_async_function_may_send_another_request(
    world: World, server: Server, mode: str
) -> None:
    @before_send
    async def through_a_gateway(request: Request, http: HTTPRequest) -> HTTPRequest:
        await request.io.sleep(0)
        return HTTPRequest(
            url=f"{server.url}/gateway",
            headers={"content-type": "application/json", "x-target": http.url},
            body=http.body,
        )

    server.reply(good(mode))
    client = Client([through_a_gateway, *default_middlewares()])
    world.answer(client, mode, MODEL, MESSAGES, api_key=KEY)
    (seen,) = server.seen
    assert seen.path == "/gateway"
    assert seen.headers["x-target"] == "https://api.openai.com/v1/chat/completions"
    assert "authorization" not in seen.headers
    assert "through_a_gateway" in client.describe()


def test_the_callers_own_client(server: Server) -> None:
    server.reply(good("plain"))
    with httpx.Client() as own:
        Client([sign]).completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY, client=own)
    assert len(server.seen[0].headers["x-signature"]) == 64


def test_files_that_a_message_names_are_not_shown(world: World, server: Server) -> None:
    shown: list[str] = []

    @before_send
    def note(request: Request, http: HTTPRequest) -> None:
        shown.append(http.url)

    with closing(Server()) as files:
        files.reply(Answer([b"\x89PNG\r\n\x1a\n"], headers={"content-type": "image/png"}))
        server.reply(
            Answer(
                [b'{"message": {"role": "assistant", "content": "ok"}, "done": true}'],
                headers={"content-type": "application/json"},
            )
        )
        image = {"type": "image_url", "image_url": {"url": f"{files.url}/a.png"}}
        world.complete(
            Client([note]),
            "ollama/llava",
            [{"role": "user", "content": [image]}],
            base_url=server.url,
            allow_private_urls=True,
        )
        assert len(files.seen) == 1
    assert [url.startswith(server.url) for url in shown] == [True]


def test_mistakes_and_refusals(world: World, server: Server) -> None:
    @before_send
    def wrong(request: Request, http: HTTPRequest) -> Any:
        return http.headers

    with pytest.raises(BadRequestError, match="wrong returned dict; expected None or the HTTP"):
        world.complete(Client([wrong]), MODEL, MESSAGES, base_url=server.url, api_key=KEY)

    @before_send
    def refuse(request: Request, http: HTTPRequest) -> None:
        raise PermissionDeniedError("not to this host")

    with pytest.raises(PermissionDeniedError, match="not to this host"):
        world.complete(Client([refuse]), MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert server.seen == []


def with_number(_request: Request, http: Any) -> None:
    http.headers["X-Number"] = 5


def without_headers(_request: Request, http: Any) -> None:
    http.headers = None


def with_a_number_as_name(_request: Request, http: Any) -> None:
    http.headers[5] = "x"


def with_a_dictionary(_request: Request, http: Any) -> None:
    http.body = {"a": 1}


async def with_text(_request: Request, http: Any) -> Any:
    return HTTPRequest(url=http.url, headers=http.headers, body="{}")  # type: ignore[arg-type]


def without_url(_request: Request, http: Any) -> None:
    http.url = None


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (with_number, "http.headers['X-Number']: expected str, got int"),
        (without_headers, "http.headers: expected dict, got NoneType"),
        (with_a_number_as_name, "http.headers: expected names that are str, got int"),
        (
            with_a_dictionary,
            "http.body: expected bytes, such as json.dumps(...).encode(), got dict",
        ),
        (with_text, "http.body: expected bytes, such as json.dumps(...).encode(), got str"),
        (without_url, "http.url: expected str, got NoneType"),
    ],
)
@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_wrong_types(world: World, server: Server, mode: str, function: Any, problem: str) -> None:
    client = Client([before_send(function), *default_middlewares()])
    with pytest.raises(BadRequestError) as caught:
        world.answer(client, mode, MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert caught.value.message == f"{function.__name__}: {problem}"
    assert server.seen == []


def test_a_header_in_another_case_replaces_the_first(world: World) -> None:
    shown: list[dict[str, str]] = []

    @before_send
    def note(_request: Request, http: HTTPRequest) -> None:
        shown.append(http.headers)
        raise PermissionDeniedError("enough")

    @before_send
    def own_key(_request: Request, http: HTTPRequest) -> None:
        http.headers["authorization"] = "Bearer mine"

    with pytest.raises(PermissionDeniedError):
        world.complete(Client([note, own_key]), MODEL, MESSAGES, api_key=KEY)
    keys = [value for name, value in shown[0].items() if name.lower() == "authorization"]
    assert keys == ["Bearer mine"]


def one_argument(_request: Request) -> None:
    """Take too little."""


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (one_argument, "one_argument takes (_request), but it is called with (request, http)"),
        (5, "expected a function, got 5"),
    ],
)
def test_what_it_takes_is_checked(wrong: Any, problem: str) -> None:
    with pytest.raises(InvalidArgumentError, match="@before_send: ") as caught:
        before_send(wrong)
    assert caught.value.message == f"@before_send: {problem}"


def test_what_is_shown_has_no_key_in_its_repr(server: Server) -> None:
    shown: list[str] = []

    @before_send
    def note(request: Request, http: HTTPRequest) -> None:
        assert KEY in http.headers["Authorization"]
        shown.append(repr(http))

    server.reply(good("plain"))

    async def call() -> None:
        await Client([note]).acompletion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)

    asyncio.run(call())
    assert KEY not in shown[0]
