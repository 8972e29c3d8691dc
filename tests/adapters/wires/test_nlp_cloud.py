"""NLP Cloud's chatbot."""

from __future__ import annotations

import pytest

from tests.adapters.wires.agents.calls import HELLO, TALK, ask
from tests.support.server import Server, answer_json
from trunkline import APIResponseValidationError, AuthenticationError, BadRequestError
from trunkline.pipeline.json_values import JSON


def test_what_is_sent(server: Server, mode: str) -> None:
    server.reply(answer_json({"response": "A dolphin.", "history": []}))
    response = ask(server, "nlp_cloud/chatdolphin", mode, TALK)
    seen = server.seen[0]
    assert seen.path == "/chatdolphin/chatbot"
    assert seen.headers["authorization"] == "Token key-of-the-agent"
    assert seen.json == {
        "input": "Who are you?",
        "context": "Be brief.",
        "history": [{"input": "Hello", "response": "Yes?"}],
    }
    assert response.choices[0].message.content == "A dolphin."
    assert response.choices[0].finish_reason == "stop"


def test_a_model_of_ones_own(server: Server) -> None:
    server.reply(answer_json({"response": "Hi"}))
    ask(server, "nlp_cloud/custom_model/2568")
    assert server.seen[0].path == "/custom_model/2568/chatbot"


def test_several_in_a_row(server: Server) -> None:
    server.reply(answer_json({"response": "Hi"}))
    leading = {"role": "assistant", "content": "Welcome!"}
    ask(server, "nlp_cloud/chatdolphin", messages=[leading, *HELLO, *HELLO])
    assert server.seen[0].json == {
        "input": "Hello\n\nHello",
        "history": [{"input": "", "response": "Welcome!"}],
    }


@pytest.mark.parametrize("messages", [TALK[:3], TALK[:1]])
def test_the_user_speaks_last(server: Server, messages: list[JSON]) -> None:
    with pytest.raises(BadRequestError, match="role user"):
        ask(server, "nlp_cloud/chatdolphin", messages=messages)


def test_errors(server: Server, mode: str) -> None:
    server.reply(answer_json({"detail": "Wrong token"}, 401))
    with pytest.raises(AuthenticationError, match="Wrong token"):
        ask(server, "nlp_cloud/chatdolphin", mode)
    server.reply(answer_json({"generated_text": "x"}))
    with pytest.raises(APIResponseValidationError, match="chatbot"):
        ask(server, "nlp_cloud/chatdolphin", mode)
