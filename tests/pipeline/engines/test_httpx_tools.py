"""Tools that patch httpx see the calls of the engine "httpx": respx, pytest-httpx, VCR.py, ..."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.support.answers import MESSAGES, TEXT, chunk_bodies, completion_body, failing, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client, RateLimitError, Timeout

respx = pytest.importorskip("respx")
vcr = pytest.importorskip("vcr")
pytest_httpx = pytest.importorskip("pytest_httpx")

MODEL = "openai/gpt-4o"
URL = "https://provider.test/v1"
FULL = f"{URL}/chat/completions"
EVENTS = {"content-type": "text/event-stream"}
GIVEN: dict[str, Any] = {"base_url": URL, "api_key": "sk-0123456789"}


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(engine="httpx", num_retries=0) as made:
        yield made


def events() -> bytes:
    lines = [f"data: {json.dumps(body)}\n\n" for body in chunk_bodies()]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


def answered(mode: str) -> dict[str, Any]:
    """Return the arguments of a mocked response."""
    if mode == "plain":
        return {"json": completion_body()}
    return {"content": events(), "headers": EVENTS}


class TestRespx:
    def test_an_answer(self, world: World, mode: str, client: Client) -> None:
        with respx.mock(assert_all_called=True) as router:
            route = router.post(FULL).respond(**answered(mode))
            answer = world.answer(client, mode, MODEL, MESSAGES, **GIVEN)
        assert answer.choices[0].message.content == TEXT
        sent = json.loads(route.calls.last.request.content)
        assert sent["model"] == "gpt-4o"
        assert route.calls.last.request.headers["authorization"] == "Bearer sk-0123456789"

    def test_an_error(self, world: World, mode: str, client: Client) -> None:
        with respx.mock as router:
            router.post(FULL).respond(429, json={"error": {"message": "slow down"}})
            with pytest.raises(RateLimitError, match="slow down"):
                world.answer(client, mode, MODEL, MESSAGES, **GIVEN)

    def test_a_broken_connection(self, world: World, mode: str, client: Client) -> None:
        with respx.mock as router:
            route = router.post(FULL).mock(side_effect=httpx.ReadError("broken"))
            with pytest.raises(Exception, match=r"provider\.test: the connection broke \(broken\)"):
                world.answer(client, mode, MODEL, MESSAGES, **GIVEN)
        assert route.call_count == 1

    def test_a_retry(self, world: World, mode: str, client: Client) -> None:
        busy = httpx.Response(429, headers={"retry-after": "0"})
        good = answered(mode)
        with respx.mock as router:
            route = router.post(FULL).mock(side_effect=[busy, httpx.Response(200, **good)])
            answer = world.answer(client, mode, MODEL, MESSAGES, num_retries=1, **GIVEN)
        assert answer.choices[0].message.content == TEXT
        assert route.call_count == 2

    def test_an_image_that_is_downloaded(self, world: World, client: Client) -> None:
        url = "https://images.test/a.png"
        parts = [{"type": "image_url", "image_url": {"url": url}}]
        messages: Any = [{"role": "user", "content": parts}]
        reply = {"candidates": [{"content": {"parts": [{"text": TEXT}]}, "finishReason": "STOP"}]}
        with respx.mock as router:
            image = router.get(url).respond(content=b"png", headers={"content-type": "image/png"})
            router.post(host="provider.test").respond(json=reply)
            model = "gemini/gemini-2.5-flash"
            answer = world.complete(client, model, messages, allow_private_urls=True, **GIVEN)
        assert answer.choices[0].message.content == TEXT
        assert image.called


class TestPytestHttpx:
    def test_an_answer(self, world: World, mode: str, client: Client, httpx_mock: Any) -> None:
        httpx_mock.add_response(url=FULL, **answered(mode))
        answer = world.answer(client, mode, MODEL, MESSAGES, **GIVEN)
        assert answer.choices[0].message.content == TEXT
        assert json.loads(httpx_mock.get_request().content)["model"] == "gpt-4o"

    def test_a_stream_in_pieces(self, world: World, client: Client, httpx_mock: Any) -> None:
        pieces = [events()[start : start + 7] for start in range(0, len(events()), 7)]
        stream = pytest_httpx.IteratorStream(pieces)
        httpx_mock.add_response(url=FULL, stream=stream, headers=EVENTS)
        answer = world.answer(client, "stream", MODEL, MESSAGES, **GIVEN)
        assert answer.choices[0].message.content == TEXT

    def test_an_error(self, world: World, mode: str, client: Client, httpx_mock: Any) -> None:
        httpx_mock.add_response(status_code=429, json={"error": {"message": "slow down"}})
        with pytest.raises(RateLimitError, match="slow down"):
            world.answer(client, mode, MODEL, MESSAGES, **GIVEN)

    @pytest.mark.httpx_mock(
        assert_all_requests_were_expected=False, assert_all_responses_were_requested=False
    )
    def test_a_request_without_a_response(
        self, world: World, mode: str, client: Client, httpx_mock: Any
    ) -> None:
        httpx_mock.add_response(url="https://other.test")
        text = "no response .No response can be found for POST request on"
        with pytest.raises(Timeout, match=rf"provider\.test: {text} https://provider\.test"):
            world.answer(client, mode, MODEL, MESSAGES, **GIVEN)


class TestVCR:
    """A cassette is recorded from a server, and played when the server is gone."""

    def test_an_answer(
        self, world: World, mode: str, client: Client, server: Server, tmp_path: Path
    ) -> None:
        server.reply(good(mode))
        given = {**GIVEN, "base_url": server.url}
        for record in ("once", "none"):
            with vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode=record) as cassette:
                answer = world.answer(client, mode, MODEL, MESSAGES, **given)
            assert answer.choices[0].message.content == TEXT
            assert cassette.play_count == (record == "none")
            server.close()

    def test_an_error(
        self, world: World, mode: str, client: Client, server: Server, tmp_path: Path
    ) -> None:
        server.reply(failing(429, "slow down"))
        given = {**GIVEN, "base_url": server.url}
        for record in ("once", "none"):
            with (
                vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode=record),
                pytest.raises(RateLimitError, match="slow down"),
            ):
                world.answer(client, mode, MODEL, MESSAGES, **given)
            server.close()


def test_opentelemetry(world: World, mode: str, client: Client, server: Server) -> None:
    instrumentation = pytest.importorskip("opentelemetry.instrumentation.httpx")
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = instrumentation.HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        server.reply(good(mode))
        world.answer(client, mode, MODEL, MESSAGES, **{**GIVEN, "base_url": server.url})
    finally:
        instrumentor.uninstrument()
    [span] = exporter.get_finished_spans()
    assert span.name == "POST"
    assert "traceparent" in server.seen[0].headers
