"""The setting `wire`: which API all calls of a client use."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

import trunkline
from tests.support.answers import MESSAGES, good
from tests.support.server import Server, answer_json
from trunkline import BadRequestError, Client, Router
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.trail import CHOSE

MODEL = "openai/gpt-5.6"
TOOLS: list[JSON] = [{"type": "function", "function": {"name": "look"}}]


@pytest.fixture
def _restored() -> Iterator[None]:
    yield
    trunkline.wire = None


def response() -> JSON:
    part: JSON = {"type": "output_text", "text": "Hi", "annotations": []}
    item: JSON = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
    return {"id": "resp_1", "object": "response", "status": "completed", "output": [item]}


def where(server: Server) -> JSON:
    return {"base_url": server.url, "api_key": "sk-wire-setting"}


class TestSetting:
    def test_of_a_client(self, server: Server) -> None:
        client = Client(wire="responses")
        server.reply(answer_json(response()))
        client.completion(MODEL, MESSAGES, stream=False, **where(server))
        assert server.seen[0].path == "/responses"

    def test_a_call_has_its_own(self, server: Server) -> None:
        server.reply(good("plain"))
        Client(wire="responses").completion(
            MODEL, MESSAGES, stream=False, wire="chat", **where(server)
        )
        assert server.seen[0].path == "/chat/completions"

    def test_it_forbids_the_responses_api(self, server: Server) -> None:
        server.reply(good("plain"))
        answer = Client(wire="chat").responses(MODEL, "Hi", stream=False, **where(server))
        assert server.seen[0].path == "/chat/completions"
        assert answer.output_text
        with pytest.raises(BadRequestError, match='wire="chat" forbids it'):
            Client(wire="chat").completion(MODEL, MESSAGES, background=True, **where(server))

    @pytest.mark.usefixtures("_restored")
    def test_of_the_module(self, server: Server) -> None:
        trunkline.wire = "responses"
        server.reply(answer_json(response()))
        trunkline.completion(MODEL, MESSAGES, stream=False, **where(server))
        assert server.seen[0].path == "/responses"
        assert "wire='responses'" in trunkline.describe()

    def test_a_client_with_its_own_middlewares(self) -> None:
        described = Client([], wire="chat", engine="h11").describe()
        assert described == " 1 ProviderAdapter(), engine='h11'\nsettings: wire='chat' (Client)"

    @pytest.mark.parametrize("value", ["completions", 1, True])
    def test_unknown_values(self, value: Any) -> None:
        with pytest.raises(ValueError, match='wire: expected "chat" or "responses", got'):
            Client(wire=value)


class TestWhatIsShown:
    @pytest.mark.parametrize(
        ("model", "arguments", "line"),
        [
            ("openai/gpt-5-pro", {}, "the Responses API: gpt-5-pro has only this API"),
            (MODEL, {}, "chat completions"),
            (MODEL, {"tools": TOOLS}, "the Responses API: tools of a reasoning model"),
            (MODEL, {"tools": [{"type": "web_search"}]},
             "the Responses API: tools of type 'web_search', which only the Responses API has"),
            (MODEL, {"background": True},
             "the Responses API: background, which only the Responses API has"),
            ("openai/chat/gpt-5.6", {}, "chat completions: the prefix chat/"),
            (MODEL, {"wire": "chat"}, 'chat completions: wire="chat"'),
            ("anthropic/claude-sonnet-4-5", {}, "the provider's own API"),
        ],
    )  # fmt: skip
    def test_describe(self, model: str, arguments: JSON, line: str) -> None:
        described = Client([]).describe(model, **arguments)
        assert described.splitlines()[1:] == [f"{model} uses {line}"]

    def test_trail_and_debug_log(self, server: Server, caplog: pytest.LogCaptureFixture) -> None:
        server.reply(answer_json(response()))
        with caplog.at_level(logging.DEBUG, "trunkline"):
            answer = Client().completion(
                "openai/gpt-5-pro", MESSAGES, stream=False, **where(server)
            )
        notes = [note for note in answer.call.trail.notes if note.event == CHOSE]
        expected = {"wire": "responses", "reason": "gpt-5-pro has only this API"}
        assert [note.attributes for note in notes] == [expected]
        assert "/responses -> 200" in caplog.text
        assert "attempt 1/3, responses API: gpt-5-pro has only this API" in caplog.text

    def test_the_debug_log_of_a_group(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A router chooses too, a deployment: that is another note."""
        server.reply(good("plain"))
        deployment = {"model_name": "group", "litellm_params": {"model": MODEL, **where(server)}}
        with caplog.at_level(logging.DEBUG, "trunkline"):
            Router([deployment]).completion("group", MESSAGES, stream=False)
        assert "attempt 1/3" in caplog.text
        assert "API:" not in caplog.text
