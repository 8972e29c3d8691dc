"""The reasoning effort of open models, and Converse's own fields, by parameter and extra_body."""

from __future__ import annotations

import pytest

from tests.support.calls.bedrock_calls import (
    CLAUDE,
    GPT_OSS,
    LLAMA,
    USER,
    answer_body,
    call,
    once,
    sent,
)
from tests.support.event_streams import answer_frames, event
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    Client,
    InternalServerError,
    UnsupportedParamsError,
    get_supported_openai_params,
)

OPEN = (
    "openai.gpt-5.5",
    "us.openai.gpt-6.1-sol",
    "moonshotai.kimi-k3",
    "minimax.minimax-m2.5",
    "zai.glm-5.2",
    "deepseek.v3.2",
    "nvidia.nemotron-super-3-120b",
)


@pytest.mark.parametrize("model", OPEN)
def test_open_models(model: str, server: Server) -> None:
    assert "reasoning_effort" in get_supported_openai_params(f"bedrock/{model}")
    for effort, level in (("minimal", "low"), ("medium", "medium"), ("max", "max")):
        assert sent(server, model, reasoning_effort=effort)["outputConfig"] == {"effort": level}
        server.seen.clear()
    with pytest.raises(UnsupportedParamsError, match="reasoning_effort"):
        sent(server, model, reasoning_effort="none")


@pytest.mark.parametrize("model", [GPT_OSS, "qwen.qwen3-32b-v1:0"])
def test_models_with_three_levels(model: str, server: Server) -> None:
    for given, level in (
        ({"reasoning_effort": "medium"}, "medium"),
        ({"reasoning_effort": "xhigh"}, "high"),
        ({"reasoning_effort": {"effort": "low", "summary": "auto"}}, "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 99_000}}, "high"),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, "low"),
        ({"thinking": {"type": "adaptive"}}, "medium"),
    ):
        body = sent(server, model, **given)
        assert body["outputConfig"] == {"effort": level}
        assert "additionalModelRequestFields" not in body
        server.seen.clear()


@pytest.mark.parametrize("model", ["openai.gpt-5.6-sol", "us.openai.gpt-6-sol"])
@pytest.mark.parametrize("param", ["temperature", "top_p", "stop"])
def test_models_of_openai_refuse_the_same_as_at_openai(
    model: str, param: str, server: Server
) -> None:
    given = {param: "x" if param == "stop" else 0.5}
    with pytest.raises(UnsupportedParamsError, match=param):
        sent(server, model, **given)
    assert "inferenceConfig" not in sent(server, model, drop_params=True, **given)
    server.seen.clear()
    body = sent(server, model, max_completion_tokens=5)
    assert body["inferenceConfig"] == {"maxTokens": 5}


def test_models_that_do_not_reason(server: Server) -> None:
    with pytest.raises(UnsupportedParamsError, match="reasoning_effort"):
        sent(server, LLAMA, reasoning_effort="low")


SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "x",
        "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
    },
}


def test_effort_joins_the_format(server: Server) -> None:
    body = sent(server, "minimax.minimax-m2.5", reasoning_effort="low", response_format=SCHEMA)
    assert body["outputConfig"].keys() == {"effort", "textFormat"}
    body = sent(server, CLAUDE, response_format=SCHEMA, outputConfig={"effort": "high"})
    assert body["outputConfig"].keys() == {"effort", "textFormat"}


def test_fields_of_converse(server: Server) -> None:
    project = "arn:aws:bedrock:us-east-1:123456789012:project/abcdefghij"
    body = sent(server, LLAMA, requestMetadata={"team": "a"}, projectIdentifier=project)
    assert (body["requestMetadata"], body["projectIdentifier"]) == ({"team": "a"}, project)
    assert "additionalModelRequestFields" not in body


def test_extra_body_joins_what_was_translated(server: Server) -> None:
    body = sent(
        server,
        CLAUDE,
        max_tokens=10,
        top_k=5,
        extra_body={
            "inferenceConfig": {"temperature": 0.5},
            "additionalModelRequestFields": {"x": 1},
        },
    )
    assert body["inferenceConfig"] == {"maxTokens": 10, "temperature": 0.5}
    assert body["additionalModelRequestFields"] == {"top_k": 5, "x": 1}


@pytest.mark.parametrize("reason", ["malformed_tool_use", "malformed_model_output"])
def test_failures_that_look_like_responses(reason: str, world: World, server: Server) -> None:
    server.reply(answer_json(answer_body({"text": "{"}, stop=reason)))
    with pytest.raises(InternalServerError, match=reason):
        call(server, CLAUDE, USER)
    frames = [
        event("messageStart", {"role": "assistant"}),
        event("messageStop", {"stopReason": reason}),
    ]
    server.reply(answer_frames(*frames))
    with pytest.raises(InternalServerError, match=reason):
        world.stream(Client(), f"bedrock/{CLAUDE}", USER, **once(server))
