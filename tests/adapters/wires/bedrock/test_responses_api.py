"""The Responses API at Bedrock's two endpoints."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from trunkline import Client, UnsupportedParamsError
from trunkline.pipeline.json_values import JSON

pytest.importorskip("botocore", reason="the extra `bedrock` is not installed")

BODY: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1.0,
    "status": "completed",
    "model": "openai.gpt-5.6-sol",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
        }
    ],
}
ACCOUNT: JSON = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI",
    "aws_region_name": "us-west-2",
}


class Amazon:
    """Answers each request with a response, and keeps the last."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.http = httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        events = {"type": "response.completed", "response": BODY}
        if json.loads(request.content).get("stream"):
            kind = {"content-type": "text/event-stream"}
            return httpx.Response(200, headers=kind, content=f"data: {json.dumps(events)}\n\n")
        return httpx.Response(200, json=BODY)

    @property
    def url(self) -> str:
        return str(self.seen[-1].url)

    @property
    def sent(self) -> JSON:
        body: JSON = json.loads(self.seen[-1].content)
        return body


def respond(amazon: Amazon, model: str, **arguments: Any) -> str:
    client = Client(num_retries=0)
    given: JSON = {"client": amazon.http, **arguments}
    return client.responses(model, "Hi", stream=False, **given).output_text


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("bedrock/openai.gpt-5.6-sol", "openai.gpt-5.6-sol"),
        ("bedrock/us-west-2/us.openai.gpt-5.5", "us.openai.gpt-5.5"),
        ("bedrock/responses/openai.gpt-oss-20b-1:0", "openai.gpt-oss-20b-1:0"),
    ],
)
def test_the_runtime_endpoint_is_signed(model: str, sent: str) -> None:
    amazon = Amazon()
    assert respond(amazon, model, reasoning={"effort": "low"}, **ACCOUNT) == "Hi"
    assert amazon.url == "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/responses"
    assert amazon.sent == {"model": sent, "input": "Hi", "reasoning": {"effort": "low"}}
    signed = amazon.seen[0].headers["authorization"]
    assert "AWS4-HMAC-SHA256" in signed
    assert "/us-west-2/bedrock/" in signed


def test_completion_uses_it_for_what_converse_lacks() -> None:
    amazon = Amazon()
    model = "bedrock/openai.gpt-5.6-sol"
    tools = [{"type": "image_generation"}]
    answer = Client().completion(
        model,
        [{"role": "user", "content": "Hi"}],
        stream=True,
        client=amazon.http,
        tools=tools,
        model_id="arn:aws:bedrock:us-west-2:1:inference-profile/us.openai.gpt-5.6-sol",
        **ACCOUNT,
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in answer) == "Hi"
    assert amazon.sent["model"].startswith("arn:aws:")
    assert "model_id" not in amazon.sent
    assert amazon.sent["store"] is False


def test_a_bearer_token() -> None:
    amazon = Amazon()
    respond(amazon, "bedrock/openai.gpt-5.5", api_key="bedrock-key", aws_region_name="us-east-2")
    assert amazon.seen[0].headers["authorization"] == "Bearer bedrock-key"
    assert "aws_region_name" not in amazon.sent


def test_nothing_runs_in_the_background_there() -> None:
    with pytest.raises(UnsupportedParamsError, match="background"):
        Client().completion(
            "bedrock/openai.gpt-5.5",
            [{"role": "user", "content": "Hi"}],
            background=True,
            **ACCOUNT,
        )


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("openai.gpt-5.5", "/openai/v1/responses"),
        ("openai.gpt-6-sol", "/openai/v1/responses"),
        ("openai.gpt-oss-20b", "/v1/responses"),
    ],
)
@pytest.mark.parametrize("base", ["", "https://bedrock-mantle.us-east-1.api.aws/openai/v1/"])
def test_mantle_has_openais_own_models_at_another_path(
    monkeypatch: pytest.MonkeyPatch, model: str, path: str, base: str
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    amazon = Amazon()
    where: JSON = {"base_url": base} if base else {}
    respond(amazon, f"bedrock_mantle/{model}", api_key="bedrock-key", **where)
    assert amazon.url == f"https://bedrock-mantle.us-east-1.api.aws{path}"
