"""OpenAI's and Anthropic's clients for Python over the network, with any provider behind it."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
from collections.abc import Generator
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.integrations import weather
from tests.integrations.asgi.conftest import KEY
from tests.integrations.competent import TEXT, answer_anthropic, answer_openai
from tests.integrations.competent_responses import answer_responses
from tests.support.answers import failing
from tests.support.server import Answer, Reaction, Seen, Server, answer_events
from tests.support.servers.serving import served
from trunkline import Client, Timeout
from trunkline.integrations.asgi import app
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

CLAUDE, GPT = "anthropic/claude-sonnet-4-5", "openai/gpt-4o"
BOTH = pytest.mark.parametrize("model", [CLAUDE, GPT, "openai/responses/gpt-5"])
QUESTION: list[Any] = [{"role": "user", "content": weather.QUESTION}]
SCHEMA: JSON = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION: Any = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
TOOL: Any = {"name": "weather", "input_schema": SCHEMA}


def answer(seen: Seen) -> Answer:
    """Answer on the wire of the provider that was asked."""
    wires: dict[str, Reaction] = {
        "/v1/messages": answer_anthropic,
        "/v1/chat/completions": answer_openai,
        "/v1/responses": answer_responses,
    }
    react = wires[seen.path.partition("?")[0]]
    assert not isinstance(react, Answer)
    return react(seen)


@contextlib.contextmanager
def connected(url: str, body: JSON) -> Generator[None]:
    """Send a request, and read nothing of the response."""
    data = json.dumps(body)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall((head + data).encode())
        yield


def openai_client(url: str, **more: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0, **more)


def anthropic_client(url: str, **more: Any) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0, **more)


@BOTH
def test_chat_completions(url: str, providers: Server, model: str) -> None:
    providers.reply(answer)
    with openai_client(url) as client:
        whole = client.chat.completions.create(model=model, messages=QUESTION)
        assert whole.choices[0].message.content == TEXT
        assert whole.usage
        assert whole.usage.total_tokens == 30
        chunks = list(client.chat.completions.create(model=model, messages=QUESTION, stream=True))
        assert "".join(each.choices[0].delta.content or "" for each in chunks) == TEXT
        called = client.chat.completions.create(model=model, messages=QUESTION, tools=[FUNCTION])
        message = called.choices[0].message
        assert message.tool_calls
        [call] = message.tool_calls
        assert call.type == "function"
        assert "Paris" in call.function.arguments
        result = {"role": "tool", "tool_call_id": call.id, "content": weather.RESULT}
        turns: list[Any] = [*QUESTION, message, result]
        done = client.chat.completions.create(model=model, messages=turns, tools=[FUNCTION])
        assert done.choices[0].message.content == TEXT


@BOTH
def test_messages(url: str, providers: Server, model: str) -> None:
    providers.reply(answer)
    with anthropic_client(url) as client:
        whole = client.messages.create(model=model, max_tokens=100, messages=QUESTION)
        [block] = whole.content
        assert block.type == "text"
        assert block.text == TEXT
        assert whole.stop_reason == "end_turn"
        counts = whole.usage
        assert counts.input_tokens + (counts.cache_read_input_tokens or 0) >= 14
        with client.messages.stream(model=model, max_tokens=100, messages=QUESTION) as stream:
            assert "".join(stream.text_stream) == TEXT
            assert stream.get_final_message().usage.output_tokens == 10
        call = client.messages.create(model=model, max_tokens=100, messages=QUESTION, tools=[TOOL])
        [use] = call.content
        assert use.type == "tool_use"
        assert use.input == {"city": "Paris"}
        assert call.stop_reason == "tool_use"
        result = {"type": "tool_result", "tool_use_id": use.id, "content": weather.RESULT}
        turns: list[Any] = [
            *QUESTION,
            {"role": "assistant", "content": call.content},
            {"role": "user", "content": [result]},
        ]
        with client.messages.stream(
            model=model, max_tokens=100, messages=turns, tools=[TOOL]
        ) as stream:
            [block] = stream.get_final_message().content
        assert block.type == "text"
        assert block.text == TEXT


@BOTH
def test_a_streamed_call_of_a_tool(url: str, providers: Server, model: str) -> None:
    providers.reply(answer)
    with (
        anthropic_client(url) as client,
        client.messages.stream(
            model=model, max_tokens=100, messages=QUESTION, tools=[TOOL]
        ) as stream,
    ):
        [use] = stream.get_final_message().content
    assert use.type == "tool_use"
    assert use.input == {"city": "Paris"}


@BOTH
def test_responses(url: str, providers: Server, model: str) -> None:
    providers.reply(answer)
    with openai_client(url) as client:
        whole = client.responses.create(model=model, input=weather.QUESTION)
        assert whole.output_text == TEXT
        events = list(client.responses.create(model=model, input=weather.QUESTION, stream=True))
        assert events[0].type == "response.created"
        assert events[-1].type == "response.completed"
        assert events[-1].response.output_text == TEXT
        tool: Any = {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}
        called = client.responses.create(model=model, input=weather.QUESTION, tools=[tool])
        [call] = called.output
        assert call.type == "function_call"
        given: list[Any] = [
            *QUESTION,
            call,
            {"type": "function_call_output", "call_id": call.call_id, "output": weather.RESULT},
        ]
        assert client.responses.create(model=model, input=given, tools=[tool]).output_text == TEXT


def test_errors_have_the_format_of_the_api(url: str, providers: Server) -> None:
    providers.reply(failing(429, retry_after="7"))
    with openai_client(url) as client, pytest.raises(openai.RateLimitError) as limited:
        client.chat.completions.create(model=GPT, messages=QUESTION)
    assert limited.value.response.headers["retry-after"] == "7"
    with anthropic_client(url) as other, pytest.raises(anthropic.RateLimitError) as refused:
        other.messages.create(model=CLAUDE, max_tokens=9, messages=QUESTION)
    body: Any = refused.value.body
    assert body["error"]["type"] == "rate_limit_error"
    with openai_client(url) as client, pytest.raises(openai.BadRequestError) as unknown:
        client.chat.completions.create(model="nobody/x", messages=QUESTION)
    assert "unknown provider" in str(unknown.value)
    wrong: Any = [{"role": "user", "content": [{"type": "hologram"}]}]
    with anthropic_client(url) as other, pytest.raises(anthropic.BadRequestError) as part:
        other.messages.create(model=GPT, max_tokens=9, messages=wrong)
    assert "messages[0].content[0]" in str(part.value)


def test_an_error_in_the_middle_is_an_event(url: str, providers: Server) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "Hel"}}], "model": "m", "id": "1"}
    broken = {"error": {"message": "out of luck", "type": "server_error"}}
    providers.reply(answer_events([chunk, broken], done=False))
    with openai_client(url) as client:
        stream = client.chat.completions.create(model=GPT, messages=QUESTION, stream=True)
        with pytest.raises(openai.APIError, match="out of luck"):
            list(stream)
    with (
        anthropic_client(url) as other,
        other.messages.stream(model=GPT, max_tokens=9, messages=QUESTION) as events,
        pytest.raises(anthropic.APIStatusError, match="out of luck"),
    ):
        list(events)


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
def test_a_client_that_leaves_ends_the_providers_work(
    url: str, providers: Server, path: str
) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "more "}}], "model": "m", "id": "1"}
    pieces = answer_events([chunk], done=False).pieces
    headers = {"content-type": "text/event-stream"}
    providers.reply(Answer(pieces, headers=headers, ending="endless"))
    body: JSON = {"model": GPT, "stream": True, "messages": QUESTION, "max_tokens": 9}
    if path == "responses":
        body = {"model": "openai/chat/gpt-4o", "stream": True, "input": "Hi"}
    with httpx.Client(headers={"x-api-key": KEY}, timeout=60) as client:
        with client.stream("POST", f"{url}/v1/{path}", json=body) as response:
            assert response.status_code == 200
            assert next(response.iter_bytes())
        providers.wait_until_gone()


def test_a_client_that_leaves_before_the_answer(url: str, providers: Server) -> None:
    begun = threading.Event()

    def wait(_seen: Seen) -> Answer:
        begun.set()
        return Answer([], ending="silent")

    providers.reply(wait)
    with connected(url, {"model": GPT, "messages": QUESTION}):
        assert begun.wait(10)
    providers.wait_until_gone()


def test_a_client_that_reads_nothing_is_left(providers: Server) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "x" * 100_000}}], "model": "m"}
    headers = {"content-type": "text/event-stream"}
    pieces = answer_events([chunk] * 100, done=False).pieces
    begun = threading.Event()

    def flood(_seen: Seen) -> Answer:
        begun.set()
        return Answer(pieces, headers=headers, ending="endless")

    providers.reply(flood)
    body: JSON = {"model": GPT, "stream": True, "messages": QUESTION}
    with (
        served(app(Client(num_retries=0), idle_timeout=0.2)) as address,
        connected(address, body),
    ):
        assert begun.wait(10)
        # The provider is read no further than the client reads, and then left.
        providers.wait_until_open(0)
        assert httpx.get(f"{address}/health", timeout=60).status_code == 200


def test_curl(url: str, providers: Server) -> None:
    providers.reply(answer)
    body = (
        '{"model": "anthropic/claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}]'
    )
    command = ["curl", "-sSN", f"{url}/v1/chat/completions", "-H", f"authorization: Bearer {KEY}"]
    command += ["-H", "content-type: application/json", "-d", f'{body}, "stream": true}}']
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("data: {")
    assert said.endswith("data: [DONE]\n\n")


def test_models(url: str) -> None:
    with openai_client(url) as client:
        assert any(each.id == "anthropic/*" for each in client.models.list())
        assert client.models.retrieve(CLAUDE).owned_by == "anthropic"
    with anthropic_client(url) as other:
        assert other.models.list().data[0].type == "model"


def test_tokens_are_counted(url: str, providers: Server) -> None:
    providers.reply(Answer([b'{"input_tokens": 12}']))
    with anthropic_client(url) as client:
        counted = client.messages.count_tokens(model=CLAUDE, messages=QUESTION, system="Be brief.")
    assert counted.input_tokens == 12
    assert providers.seen[0].path == "/v1/messages/count_tokens"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/chat/completions", "server_error"),
        ("/v1/responses", "server_error"),
        ("/v1/messages", "timeout_error"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_takes_too_long(path: str, kind: str, stream: bool) -> None:
    """A gateway's status: with 408 it would be the client who took too long."""
    fake = FakeProvider([Timeout("no response")])
    body = {"model": GPT, "input": "Hi", "messages": QUESTION, "max_tokens": 9, "stream": stream}
    del body["input" if path != "/v1/responses" else "messages"]
    if path == "/v1/responses":
        del body["max_tokens"]
    with served(app(fake.client([]))) as address:
        sent = httpx.post(f"{address}{path}", json=body, timeout=60)
    assert (sent.status_code, sent.json()["error"]["type"]) == (504, kind)
