"""A conversation as the inputs of Replicate's models."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.openai_requests import (
    PICTURE,
    encode_all,
    encode_body,
    make_request,
    part_types,
)
from trunkline import BadRequestError, get_supported_openai_params
from trunkline.pipeline.json_values import JSON

LLAMA = "replicate/meta/meta-llama-3-70b-instruct"
GPT = "replicate/openai/gpt-5"
CLAUDE = "replicate/anthropic/claude-4-sonnet"
GEMINI = "replicate/google/gemini-2.5-flash"
USER = [{"role": "user", "content": "Hello"}]


def sent_input(model: str, messages: Any = USER, **params: Any) -> JSON:
    found: JSON = encode_body(make_request(model, messages, **params))["input"]
    return found


TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {"role": "developer", "content": "Be kind."},
    {
        "role": "user",
        "content": [{"type": "text", "text": "And "}, {"type": "text", "text": "you?"}],
    },
]


def test_conversations() -> None:
    assert sent_input(LLAMA, TALK[:2]) == {"prompt": "Hi", "system_prompt": "Be brief."}
    assert sent_input(LLAMA, TALK) == {
        "prompt": "User: Hi\n\nAssistant: Hello\n\nUser: And you?\n\nAssistant:",
        "system_prompt": "Be brief.\n\nBe kind.",
    }
    assert sent_input(GEMINI, TALK[:2]) == {"prompt": "Hi", "system_instruction": "Be brief."}
    assert sent_input(GPT, TALK[:2]) == {"prompt": "Hi", "system_prompt": "Be brief."}
    assert sent_input(GPT, TALK) == {
        "messages": [
            {"role": "system", "content": "Be brief.\n\nBe kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "And you?"},
        ]
    }
    assert sent_input(LLAMA, [{"role": "system", "content": "Speak."}]) == {
        "prompt": "",
        "system_prompt": "Speak.",
    }


def test_models_without_a_system_prompt() -> None:
    deepseek = "replicate/deepseek-ai/deepseek-r1"
    system = {"role": "system", "content": "Be brief."}
    assert sent_input(deepseek) == {"prompt": "Hello"}
    assert sent_input(deepseek, [system, *USER]) == {
        "prompt": "Be brief.\n\nUser: Hello\n\nAssistant:"
    }


def test_parameters() -> None:
    params = {"max_completion_tokens": 9, "stop": ["a", "b"], "seed": 1, "top_k": 3}
    assert sent_input(LLAMA, **params) == {
        "prompt": "Hello",
        "max_tokens": 9,
        "stop_sequences": "a,b",
        "seed": 1,
        "top_k": 3,
    }
    assert sent_input(LLAMA, stop="END")["stop_sequences"] == "END"
    with pytest.raises(BadRequestError, match=r"stop: .*comma"):
        sent_input(LLAMA, stop=["a,b"])
    assert sent_input(GPT, max_tokens=9, reasoning_effort="low", verbosity="low") == {
        "prompt": "Hello",
        "max_completion_tokens": 9,
        "reasoning_effort": "low",
        "verbosity": "low",
    }
    assert sent_input(GPT, max_completion_tokens=9)["max_completion_tokens"] == 9
    assert sent_input(GEMINI, max_tokens=9)["max_output_tokens"] == 9


def test_pictures() -> None:
    picture = {"type": "image_url", "image_url": {"url": PICTURE}}
    two = [{"role": "user", "content": [picture, {"type": "text", "text": "?"}, picture]}]
    one = [{"role": "user", "content": [{"type": "text", "text": "?"}, picture]}]
    assert sent_input(GPT, two) == {"prompt": "?", "image_input": [PICTURE, PICTURE]}
    assert sent_input(GEMINI, two) == {"prompt": "?", "images": [PICTURE, PICTURE]}
    assert sent_input(CLAUDE, one) == {"prompt": "?", "image": PICTURE}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[2\]"):
        sent_input(CLAUDE, two)
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[1\]"):
        sent_input(LLAMA, one)


def test_only_the_assistant_thinks() -> None:
    thought = {"type": "thinking", "thinking": "hm"}
    text = {"type": "text", "text": "Hi"}
    answer = [*USER, {"role": "assistant", "content": [thought, text]}, *USER]
    assert "hm" not in sent_input(LLAMA, answer)["prompt"]
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[0\]"):
        sent_input(LLAMA, [{"role": "user", "content": [thought, text]}])


def test_tools_have_no_place() -> None:
    with pytest.raises(
        BadRequestError, match=r"messages\[1\]: models on Replicate do not support tools"
    ):
        sent_input(LLAMA, [*USER, {"role": "tool", "tool_call_id": "a", "content": "x"}])


@pytest.mark.usefixtures("recordings")
def test_requests_for_openai() -> None:
    def unfit(request: JSON) -> bool:
        called = any(
            message["role"] == "tool" or message.get("tool_calls") or message.get("function_call")
            for message in request["messages"]
        )
        return called or not part_types(request) <= {"text", "image_url", "refusal", "thinking"}

    def check(body: JSON) -> None:
        assert set(body) <= {"input", "stream"}
        assert {"prompt", "messages"} & set(body["input"])

    encoded, refused = encode_all(GPT, unfit, check)
    assert encoded > 300
    assert refused > 100


def test_supported_params() -> None:
    llama = set(get_supported_openai_params(LLAMA))
    assert {"max_tokens", "stop", "seed", "temperature"} <= llama
    assert not llama & {"tools", "response_format", "reasoning_effort", "verbosity"}
    gpt = set(get_supported_openai_params(GPT))
    assert {"reasoning_effort", "verbosity", "max_completion_tokens"} <= gpt
    assert not gpt & {"temperature", "stop"}
    assert "temperature" in get_supported_openai_params("replicate/openai/gpt-4o")
