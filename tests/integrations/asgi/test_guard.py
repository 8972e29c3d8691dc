"""What does not reach the chain, and what clients are told then."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import httpx
import pytest
import trio
import trio.testing
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.integrations.asgi.conftest import KEY
from tests.support.servers.serving import served
from trunkline import AuthenticationError, BadRequestError, Client, Handler, Reply, Request
from trunkline.integrations.asgi import app
from trunkline.integrations.asgi.guard import Guard
from trunkline.integrations.asgi.keys import Keys
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

HI: JSON = {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
ANSWERS = ["Hello!"] * 5
HEADERS = {"authorization": f"Bearer {KEY}"}


class Site:
    """An app over a fake provider, and a client of it."""

    def __init__(self, url: str, fake: FakeProvider) -> None:
        self.url = url
        self.fake = fake
        self.http = httpx.Client(base_url=url, timeout=60)

    def post(self, path: str, body: object = HI, **more: Any) -> httpx.Response:
        given: dict[str, Any] = {"headers": HEADERS, **more}
        if "content" not in given:
            given["json"] = body
        return self.http.post(path, **given)


@pytest.fixture
def site() -> Iterator[Site]:
    fake = FakeProvider(ANSWERS)
    served_app = app(
        fake.client(), keys={"team": KEY, "other": "sk-2"}, max_body=2000, allow=["fallbacks"]
    )
    with served(served_app) as url:
        made = Site(url, fake)
        yield made
        made.http.close()


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer no"}, {"x-api-key": "no"}])
def test_a_key_that_is_missing_or_wrong(site: Site, headers: dict[str, str]) -> None:
    chat = site.post("/v1/chat/completions", headers=headers)
    assert chat.status_code == 401
    assert chat.json()["error"]["code"] in ("missing_api_key", "invalid_api_key")
    message = site.post("/v1/messages", headers={**headers, "anthropic-version": "2023-06-01"})
    assert message.status_code == 401
    assert message.json()["type"] == "error"
    assert message.json()["error"]["type"] == "authentication_error"
    assert message.headers["www-authenticate"] == "Bearer"
    assert site.fake.requests == []


def test_all_keys_are_compared_with_the_same_steps() -> None:
    """The time then says nothing about how much of a key is right, or which key it is."""
    keys = Keys({"first": KEY, "second": "sk-2"})

    def steps(shown: str) -> list[tuple[str, str]]:
        taken: list[tuple[str, str]] = []

        def note(frame: FrameType, event: str, called: object) -> None:
            taken.append((event, getattr(called, "__name__", frame.f_code.co_name)))

        sys.setprofile(note)
        try:
            with contextlib.suppress(AuthenticationError):
                keys.find({"x-api-key": shown})
        finally:
            sys.setprofile(None)
        return taken

    wrong = [KEY[:-1] + "x", "x" * len(KEY), "x", KEY + "x", "sk-3"]
    expected = steps(wrong[0])
    assert [name for _event, name in expected].count("compare_digest") == 4
    for shown in wrong:
        assert steps(shown) == expected


@pytest.mark.parametrize(
    "headers", [HEADERS, {"x-api-key": KEY}, {"api-key": KEY}, {"authorization": f"bearer  {KEY}"}]
)
def test_the_name_of_a_key_is_in_the_metadata(site: Site, headers: dict[str, str]) -> None:
    body = {**HI, "metadata": {"key": "somebody else", "own": "1"}}
    assert site.post("/v1/chat/completions", body, headers=headers).status_code == 200
    assert site.fake.requests[0].metadata == {"key": "team", "own": "1"}
    response = site.post("/v1/responses", {"model": HI["model"], "input": "Hi"}, headers=headers)
    assert response.status_code == 200
    assert site.fake.requests[1].metadata == {"key": "team"}


MAY_BE_ALLOWED = ("cache", "callbacks", "mock_response", "allow_private_urls")
REFUSED: list[JSON] = [
    {"api_key": "sk-mine"},
    {"api_base": "http://evil.example"},
    {"base_url": "http://evil.example"},
    {"extra_body": {"api_key": "sk"}},
    {"extra_body": {"fallbacks": ["groq/x"]}},
    {"extra_headers": {"authorization": "x"}},
    {"cache": True},
    {"callbacks": ["x"]},
    {"mock_response": "x"},
    {"allow_private_urls": True},
    {"aws_secret_access_key": "x"},
    {"litellm_metadata": {"key": "other"}},
    {"custom_llm_provider": "groq"},
    {"fallbacks": [{"model": "groq/x", "api_base": "http://evil.example"}]},
    {"fallbacks": [{"model": "groq/x", "api_key": "sk-mine"}]},
    {"fallbacks": {"*": [{"model": "groq/x", "extra_headers": {}}]}},
]


@pytest.mark.parametrize("more", REFUSED)
@pytest.mark.parametrize("path", ["chat/completions", "responses", "messages"])
def test_arguments_of_trunkline_do_not_come_over_the_network(
    site: Site, path: str, more: JSON
) -> None:
    body = {**HI, "max_tokens": 9, **more}
    if path == "responses":
        body = {"model": HI["model"], "input": "Hi", **more}
    refused = site.post(f"/v1/{path}", body)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "unknown_parameter"
    [name] = more
    message = refused.json()["error"]["message"]
    assert name in message
    # Nobody is sent to a configuration that refuses the name too.
    assert ("configuration would have" in message) is (name in MAY_BE_ALLOWED)
    assert site.fake.requests == []


@pytest.mark.parametrize(
    "model", ["a2a/http://10.0.0.1/agent", "local//etc/passwd", "local/../x.gguf", "local/~/x.gguf"]
)
@pytest.mark.parametrize("place", ["model", "fallbacks"])
def test_a_model_that_is_an_address_or_a_file(site: Site, model: str, place: str) -> None:
    body = {**HI, place: model if place == "model" else [model]}
    for path in ("chat/completions", "messages"):
        refused = site.post(f"/v1/{path}", {**body, "max_tokens": 9})
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "model"
    assert site.fake.requests == []


def test_a_name_that_the_server_allows(site: Site) -> None:
    body = {**HI, "fallbacks": ["groq/other"]}
    assert site.post("/v1/chat/completions", body).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["api_key", "base_url", "vertex_credentials", "extra_body", "infomaniak_product_id"],
)
def test_addresses_and_credentials_cannot_be_allowed(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: addresses and credentials"):
        app(Client(), allow=[name])


BAD: list[tuple[str, str, JSON, int]] = [
    ("POST", "/v1/chat/completions", {"content": b"{"}, 400),
    ("POST", "/v1/messages", {"content": b"[]"}, 400),
    ("POST", "/v1/responses", {"content": b"\xff"}, 400),
    ("POST", "/v1/chat/completions", {"content": b'"' + b"x" * 3000 + b'"'}, 413),
    ("POST", "/v1/messages", {"content": iter([b'{"a": "', b"x" * 3000])}, 413),
    ("GET", "/v1/chat/completions", {}, 405),
    ("PUT", "/v1/messages", {"content": b"{}"}, 405),
    ("DELETE", "/v1/models", {}, 405),
    ("OPTIONS", "/v1/messages", {}, 405),
    ("POST", "/v1/embeddings", {"content": b"{}"}, 404),
    ("GET", "/", {}, 404),
    ("GET", "/elsewhere/v1/models", {}, 404),
    ("GET", "/v1/models/nobody/x", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), BAD)
@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_requests_that_cannot_be_right(
    site: Site, api: str, method: str, path: str, more: JSON, status: int
) -> None:
    headers = {**HEADERS, "content-type": "application/json"}
    if api == "anthropic":
        headers["anthropic-version"] = "2023-06-01"
    if not isinstance(more.get("content", b""), bytes):
        more = {"content": iter([b'{"a": "', b"x" * 3000])}
    response = site.http.request(method, path, headers=headers, **more)
    assert response.status_code == status
    error = response.json()
    own = api == "anthropic" or "messages" in path
    assert ("type" in error) is own
    assert error["error"]["message"]
    assert ("allow" in response.headers) is (status == 405)
    assert site.fake.requests == []


def test_a_body_of_another_type(site: Site) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {**HEADERS, "content-type": kind}
        response = site.post("/v1/chat/completions", content=b"{}", headers=headers)
        assert response.status_code == 415
    packed = {**HEADERS, "content-type": "application/json", "content-encoding": "gzip"}
    assert site.post("/v1/messages", content=b"{}", headers=packed).status_code == 415
    assert site.fake.requests == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:80"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "localhost:9"}, 200),
        ({"host": "[::1]:9"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:3000"}, 200),
    ],
)
def test_web_pages_do_not_reach_a_server_on_loopback(
    site: Site, headers: dict[str, str], status: int
) -> None:
    response = site.http.get("/v1/models", headers={**HEADERS, **headers})
    assert response.status_code == status
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key", "Origin", "Content-Type"])
def test_a_header_that_is_there_twice(site: Site, name: str) -> None:
    """Which one counts is not clear: a server in front may have checked the other."""
    headers = httpx.Headers(HEADERS)
    twice = [*headers.multi_items(), (name, "localhost"), (name, "127.0.0.1")]
    response = site.http.get("/v1/models", headers=httpx.Headers(twice))
    assert response.status_code == 400
    assert "expected this header once" in response.json()["error"]["message"]


def test_the_name_of_a_proxy_can_be_allowed() -> None:
    with served(app(FakeProvider(ANSWERS).client(), hosts=["api.example"])) as url:
        assert (
            httpx.get(f"{url}/v1/models", headers={"host": "api.example"}, timeout=60).status_code
            == 200
        )


@pytest.mark.parametrize("models", [None, ["openai/gpt-4o"]])
@pytest.mark.parametrize("model", ["is missing", None, 3, {}, ["openai/gpt-4o"]])
def test_a_model_that_has_no_name(models: list[str] | None, model: object) -> None:
    fake = FakeProvider(ANSWERS)
    with (
        served(app(fake.client(), models=models)) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        for path, rest in (
            ("chat/completions", HI),
            ("messages", {**HI, "max_tokens": 9}),
            ("responses", {"input": "Hi"}),
        ):
            body = {**rest, "model": model}
            if model == "is missing":
                del body["model"]
            refused = client.post(f"/v1/{path}", json=body)
            assert refused.status_code == 400
            assert refused.json()["error"]["message"].startswith("model: ")
    assert fake.requests == []


def test_requests_at_the_same_time_can_be_limited() -> None:
    fake = FakeProvider(ANSWERS)
    inner: list[httpx.Response] = []

    async def call_again(request: Request, call_next: Handler) -> Reply:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            inner.append(await client.post("/v1/messages", json={**HI, "max_tokens": 9}))
            inner.append(await client.get("/health"))
        return await call_next(request)

    with served(app(fake.client([call_again]), max_requests=1)) as url:
        assert httpx.post(f"{url}/v1/chat/completions", json=HI, timeout=60).status_code == 200
    refused, health = inner
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "server_overloaded"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-should-retry"] == "true"
    assert health.status_code == 200
    assert len(fake.requests) == 1


def test_health_needs_no_key(site: Site) -> None:
    assert site.http.get("/health").json() == {"status": "ok"}


def test_what_a_middleware_raises_is_not_shown() -> None:
    def broken(request: object, call_next: object) -> Any:
        raise RuntimeError("secret words")

    with served(app(FakeProvider(ANSWERS).client([broken]))) as url:
        response = httpx.post(f"{url}/v1/chat/completions", json=HI, timeout=60)
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["error"]["type"] == "server_error"


def test_only_the_models_of_a_list_are_served() -> None:
    fake = FakeProvider(ANSWERS)
    with served(app(fake.client(), models=["openai/gpt-4o"], allow=["fallbacks"])) as url:
        assert httpx.post(f"{url}/v1/chat/completions", json=HI, timeout=60).status_code == 200
        for other in ({**HI, "model": "openai/gpt-5"}, {**HI, "fallbacks": ["groq/x"]}):
            refused = httpx.post(f"{url}/v1/chat/completions", json=other, timeout=60)
            assert refused.status_code == 404
            assert refused.json()["error"]["code"] == "model_not_found"
        listed = httpx.get(f"{url}/v1/models", timeout=60).json()["data"]
        assert [model["id"] for model in listed] == ["openai/gpt-4o"]
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("size", "seconds", "enough"),
    [(1, 50, False), (1, 61, False), (100_000, 50, True), (50_100, 50, True), (40_000, 50, False)],
)
def test_a_client_that_sends_very_little_at_a_time(size: int, seconds: float, enough: bool) -> None:
    """A piece may take idle_timeout seconds; on average a second must bring a thousand bytes."""
    guard = Guard(Keys({}), frozenset(), 10_000_000, 60.0, None)
    pieces = iter(range(50))

    async def receive() -> JSON:
        await trio.sleep(seconds)
        return {"type": "http.request", "body": b"x" * size, "more_body": next(pieces) < 49}

    async def main() -> int:
        try:
            return len(await guard.read_body(receive))
        except BadRequestError as error:
            return -(error.status_code or 0)

    read = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert read == (50 * size if enough else -408)


def test_what_can_be_read_has_a_head(site: Site) -> None:
    whole, head = (site.http.request(way, "/v1/models", headers=HEADERS) for way in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert site.http.head("/v1/messages", headers=HEADERS).status_code == 405


def test_a_client_that_leaves_while_it_sends(site: Site) -> None:
    port = int(site.url.rpartition(":")[2])
    head = f"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\n"
    head += "content-type: application/json\r\ncontent-length: 100\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode())
    assert site.post("/v1/chat/completions").status_code == 200
    assert len(site.fake.requests) == 1


def test_the_log_has_one_line_for_each_request(caplog: pytest.LogCaptureFixture) -> None:
    own = app(FakeProvider(ANSWERS).client(), keys={"team": KEY})
    # A request may be logged after its response has arrived, but before the server has ended.
    with caplog.at_level(logging.INFO, "trunkline.access"), served(own) as url:
        httpx.get(f"{url}/v1/models/a%0Ab%1b[2J", headers=HEADERS, timeout=60)
        body = {**HI, "user": "somebody"}
        httpx.post(f"{url}/v1/chat/completions", json=body, headers=HEADERS, timeout=60)
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("GET /v1/models/a\\nb\\x1b[2J 200 ")
    assert second.startswith("POST /v1/chat/completions 200 ")
    assert second.endswith(" key=team model=gpt-4o")
    assert "Hi" not in second
    assert "somebody" not in second


def test_it_can_be_mounted() -> None:
    with served(Starlette(routes=[Mount("/llm", app(FakeProvider(ANSWERS).client()))])) as url:
        assert httpx.post(f"{url}/llm/v1/chat/completions", json=HI, timeout=60).status_code == 200
        assert httpx.get(f"{url}/llm/health", timeout=60).status_code == 200
