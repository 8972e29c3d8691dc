"""Log probabilities in the shapes of Together AI and of OpenAI's API for completions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Server, answer_events, answer_json
from trunkline import Client, ModelResponse

JSON = dict[str, Any]
MODEL = "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo"
LISTS: JSON = {
    "tokens": ["He", "y"],
    "token_logprobs": [-0.25, -1],
    "token_ids": [1, 2],
    "top_logprobs": [{"He": -0.25, "Oh": -2}, None],
}
FOUND: list[Any] = [
    ("He", -0.25, [("He", -0.25), ("Oh", -2.0)]),
    ("y", -1.0, []),
]


def _tokens(response: ModelResponse) -> list[Any]:
    logprobs = response.choices[0].logprobs
    assert logprobs
    return [
        (one.token, one.logprob, [(top.token, top.logprob) for top in one.top_logprobs or ()])
        for one in logprobs.content or ()
    ]


def _answer(server: Server, *choices: JSON, stream: bool) -> ModelResponse:
    head = {"id": "x", "created": 1, "model": "m"}
    if not stream:
        server.reply(answer_json({**head, "choices": list(choices)}))
        with Client() as client:
            return client.completion(MODEL, MESSAGES, api_key="k", base_url=server.url)
    server.reply(answer_events([{**head, "choices": [choice]} for choice in choices]))
    with Client() as client:
        sent = client.completion(MODEL, MESSAGES, api_key="k", base_url=server.url, stream=True)
        list(sent)
        return sent.response


@pytest.mark.parametrize(
    "logprobs",
    [LISTS, {**LISTS, "content": None}],
)
def test_two_lists(server: Server, logprobs: JSON) -> None:
    message = {"role": "assistant", "content": "Hey"}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": logprobs}
    response = _answer(server, choice, stream=False)
    assert _tokens(response) == FOUND
    assert response.choices[0].logprobs
    assert response.choices[0].logprobs.token_ids == [1, 2]


def test_two_lists_in_chunks(server: Server) -> None:
    pieces = [
        {
            "index": 0,
            "delta": {"content": text},
            "logprobs": {"tokens": [text], "token_logprobs": [score]},
        }
        for text, score in (("He", -0.25), ("y", -1))
    ]
    response = _answer(
        server, *pieces, {"index": 0, "delta": {}, "finish_reason": "stop"}, stream=True
    )
    assert _tokens(response) == [("He", -0.25, []), ("y", -1.0, [])]


def test_numbers_in_chunks(server: Server) -> None:
    response = _answer(
        server,
        {
            "index": 0,
            "delta": {"content": "He"},
            "logprobs": -0.25,
            "top_logprobs": {"He": -0.25, "Oh": -2},
        },
        {"index": 0, "delta": {"content": "y"}, "logprobs": -1},
        {"index": 0, "delta": {"content": ""}, "finish_reason": "stop", "logprobs": 0},
        stream=True,
    )
    assert response.choices[0].message.content == "Hey"
    assert _tokens(response) == FOUND


@pytest.mark.parametrize(
    "logprobs",
    [{"tokens": ["a"], "token_logprobs": []}, {"tokens": 5, "token_logprobs": 5}, {}],
)
def test_lists_that_do_not_belong_together(server: Server, logprobs: JSON) -> None:
    message = {"role": "assistant", "content": "Hey"}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": logprobs}
    assert _tokens(_answer(server, choice, stream=False)) == []
