"""SAP's Generative AI Hub: service keys, deployments, and the orchestration's envelope."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.support.answers import MESSAGES, TEXT, USAGE, chunk_bodies, completion_body
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    Client,
    ContentPolicyViolationError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    StreamInterruptedError,
)
from trunkline.adapters.wires.sap import account as sap_account
from trunkline.pipeline.json_values import JSON

MODEL = "sap/gpt-4o"
SECRET = "secret-of-the-service-key"
CHAT = "/v2/inference/deployments/d2/v2/completion"
DEPLOYMENT = "{}/v2/inference/deployments/d2"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    sap_account.forget()
    for name in ("CLIENT_ID", "CLIENT_SECRET", "AUTH_URL", "SERVICE_KEY", "RESOURCE_GROUP"):
        monkeypatch.delenv(f"AICORE_{name}", raising=False)


def token() -> Answer:
    return answer_json({"access_token": "token-of-sap", "expires_in": 43199})


def deployments(*ids: str) -> Answer:
    """Running deployments, the newest last but one in the list."""
    found = [{"id": name, "createdAt": f"2026-0{name[1:]}-01T00:00:00Z"} for name in ids]
    return answer_json({"count": len(found), "resources": found[::-1]})


def answered(mode: str = "plain", **more: Any) -> Answer:
    if mode == "plain":
        body: JSON = {"request_id": "r1", "final_result": completion_body(), **more}
        return answer_json(body)
    templating = {"request_id": "r1", "intermediate_results": {"templating": MESSAGES}}
    chunks = [{"request_id": "r1", "final_result": chunk} for chunk in chunk_bodies()]
    return answer_events([templating, *chunks])


def reply(server: Server, *answers: Answer) -> None:
    """Have a token asked for first, whatever was kept."""
    sap_account.forget()
    server.reply(token(), *answers)


def service_key(server: Server) -> str:
    return json.dumps(
        {
            "clientid": "client-1",
            "clientsecret": SECRET,
            "url": server.url,
            "serviceurls": {"AI_API_URL": server.url},
        }
    )


def ask(server: Server, mode: str = "plain", messages: Any = MESSAGES, **arguments: Any) -> Any:
    with Client(middlewares=[]) as client:
        return World("sync").answer(
            client, mode, MODEL, messages, **{"api_key": service_key(server), **arguments}
        )


def sent(server: Server, messages: Any = MESSAGES, mode: str = "plain", **params: Any) -> JSON:
    """Return the body of a call."""
    reply(server, answered(mode))
    ask(server, mode, messages, deployment_url=DEPLOYMENT.format(server.url), **params)
    body: JSON = server.seen[-1].json
    return body


class TestAccount:
    def test_a_service_key(self, world: World, mode: str, server: Server) -> None:
        reply(server, deployments("d1", "d2"), answered(mode))
        with Client(middlewares=[]) as client:
            for _ in range(2):
                response = world.answer(client, mode, MODEL, MESSAGES, api_key=service_key(server))
                assert response.choices[0].message.content == TEXT
        exchange, listing, *calls = server.seen
        assert exchange.path == "/oauth/token"
        assert parse_qs(exchange.body.decode()) == {
            "grant_type": ["client_credentials"],
            "client_id": ["client-1"],
            "client_secret": [SECRET],
        }
        assert listing.method == "GET"
        assert listing.path == "/v2/lm/deployments?scenarioId=orchestration&status=RUNNING"
        assert [call.path for call in calls] == [CHAT, CHAT]
        for seen in (listing, *calls):
            assert seen.headers["authorization"] == "Bearer token-of-sap"
            assert seen.headers["ai-resource-group"] == "default"
        assert SECRET not in str(server.seen[1:])

    def test_the_environment(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(
            "AICORE_SERVICE_KEY", json.dumps({"credentials": json.loads(service_key(server))})
        )
        reply(server, deployments("d2"), answered())
        assert ask(server, api_key=None).choices[0].message.content == TEXT

    def test_the_environment_in_parts(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AICORE_CLIENT_ID", "client-1")
        monkeypatch.setenv("AICORE_CLIENT_SECRET", SECRET)
        monkeypatch.setenv("AICORE_AUTH_URL", f"{server.url}/oauth/token")
        monkeypatch.setenv("AICORE_BASE_URL", f"{server.url}/v2")
        monkeypatch.setenv("AICORE_RESOURCE_GROUP", "ours")
        reply(server, deployments("d2"), answered())
        ask(server, api_key=None)
        assert [seen.path for seen in server.seen[:1]] == ["/oauth/token"]
        assert server.seen[2].path == CHAT
        assert server.seen[2].headers["ai-resource-group"] == "ours"
        ask(
            server,
            api_key=None,
            resource_group="theirs",
            deployment_url=DEPLOYMENT.format(server.url),
        )
        assert server.seen[-1].headers["ai-resource-group"] == "theirs"
        assert "resource_group" not in str(server.seen[-1].json)

    def test_a_group_without_a_deployment(self, server: Server) -> None:
        reply(server, deployments())
        with pytest.raises(NotFoundError, match="'default' runs no deployment"):
            ask(server)

    def test_a_group_that_is_not_ones_own(self, server: Server) -> None:
        reply(server, answer_json({"error": {"code": "0", "message": "not yours"}}, 403))
        with pytest.raises(PermissionDeniedError, match="not yours"):
            ask(server)

    def test_half_a_key(self, server: Server) -> None:
        server.reply(answered())
        with pytest.raises(AuthenticationError, match="AICORE_AUTH_URL"):
            ask(server, api_key=SECRET, base_url=server.url)
        with pytest.raises(AuthenticationError, match="not valid JSON") as caught:
            ask(server, api_key='{"clientsecret": "' + SECRET)
        assert SECRET not in str(caught.value)
        without = json.loads(service_key(server))
        del without["serviceurls"]
        with pytest.raises(BadRequestError, match="AICORE_BASE_URL"):
            ask(server, api_key=json.dumps(without))
        assert not server.seen

    def test_no_token(self, server: Server) -> None:
        server.reply(answer_json({"error_description": f"{SECRET} is wrong"}, 401))
        with pytest.raises(AuthenticationError, match=r"\*\*\* is wrong"):
            ask(server)


class TestRequests:
    def test_where_everything_stands(self, server: Server) -> None:
        tool = {"type": "function", "function": {"name": "add"}}
        json_object = {"type": "json_object"}
        body = sent(
            server,
            max_tokens=9,
            tools=[tool],
            tool_choice="required",
            response_format=json_object,
            reasoning_effort="low",
            model_version="2024-08-06",
            filtering={"input": {"filters": [{"type": "llama_guard_3_8b", "config": {}}]}},
        )
        modules = body["config"]["modules"]
        assert modules["prompt_templating"] == {
            "prompt": {
                "template": MESSAGES,
                "tools": [tool],
                "response_format": json_object,
            },
            "model": {
                "name": "gpt-4o",
                "version": "2024-08-06",
                "params": {"max_tokens": 9, "tool_choice": "required", "reasoning_effort": "low"},
            },
        }
        assert modules["filtering"]["input"]["filters"]
        assert body.keys() == {"config"}

    def test_streams_ask_for_usage(self, server: Server) -> None:
        config = sent(server, mode="stream")["config"]
        assert config["stream"] == {"enabled": True}
        params = config["modules"]["prompt_templating"]["model"]["params"]
        assert params == {"stream_options": {"include_usage": True}}

    def test_messages(self, server: Server) -> None:
        call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        picture = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
        said = {"role": "assistant", "content": None, "tool_calls": [call], "thinking_blocks": []}
        messages = [
            {"role": "user", "name": "Ada", "content": [{"type": "text", "text": "Hi"}, picture]},
            said,
            {"role": "tool", "tool_call_id": "1", "content": "done"},
        ]
        template = sent(server, messages)["config"]["modules"]["prompt_templating"]["prompt"]
        assert template["template"] == [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}, picture]},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": "done"},
        ]

    def test_texts_are_no_templates(self, server: Server) -> None:
        text = "What does {{?name}} mean in Jinja?"
        messages = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": text}]},
        ]
        body = sent(server, messages)
        template = body["config"]["modules"]["prompt_templating"]["prompt"]["template"]
        assert template[0] == messages[0]
        assert template[1]["content"] == [{"type": "text", "text": "{{?text_0}}"}]
        assert body["placeholder_values"] == {"text_0": text}

    def test_texts_that_are(self, server: Server) -> None:
        messages = [{"role": "user", "content": "Hello {{?name}}"}]
        body = sent(server, messages, placeholder_values={"name": "Ada"})
        template = body["config"]["modules"]["prompt_templating"]["prompt"]["template"]
        assert template == messages
        assert body["placeholder_values"] == {"name": "Ada"}

    @pytest.mark.parametrize(
        ("role", "part"),
        [
            ("user", {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}),
            ("user", {"type": "video_url", "video_url": {"url": "https://a.example/b.mp4"}}),
            ("system", {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}),
        ],
    )
    def test_parts_that_are_not_taken(self, server: Server, role: str, part: JSON) -> None:
        with pytest.raises(BadRequestError) as caught:
            sent(server, [*MESSAGES, {"role": role, "content": [part]}])
        assert caught.value.param == "messages[1].content[0]"


class TestAnswers:
    def test_whole(self, server: Server, mode: str) -> None:
        reply(server, answered(mode))
        response = ask(server, mode, deployment_url=DEPLOYMENT.format(server.url))
        assert response.choices[0].message.content == TEXT
        assert response.choices[0].finish_reason == "stop"
        assert response.usage.total_tokens == USAGE["total_tokens"]
        assert response.id == "chatcmpl-1"

    def test_what_other_modules_found(self, server: Server) -> None:
        found = {"input_filtering": {"message": "Input filtered."}}
        results = {**found, "llm": completion_body(), "templating": MESSAGES}
        reply(server, answered(intermediate_results=results))
        response = ask(server, deployment_url=DEPLOYMENT.format(server.url))
        assert response.provider_specific_fields == {"intermediate_results": found}
        chunks = [{"final_result": chunk} for chunk in chunk_bodies()]
        reply(server, answer_events([{"intermediate_results": results}, *chunks]))
        response = ask(server, "stream", deployment_url=DEPLOYMENT.format(server.url))
        assert response.provider_specific_fields == {"intermediate_results": found}
        assert response.choices[0].message.content == TEXT

    @pytest.mark.parametrize(
        ("status", "location", "kind"),
        [
            (400, "LLM Module", BadRequestError),
            (400, "Filtering Module - Input Filter", ContentPolicyViolationError),
            (500, "LLM Module", InternalServerError),
        ],
    )
    def test_errors(
        self, server: Server, status: int, location: str, kind: type[Exception]
    ) -> None:
        error = {"request_id": "r", "code": status, "message": "no", "location": location}
        for body in ({"error": error}, {"error": [{**error, "message": "first"}, error]}, error):
            reply(server, answer_json(body, status))
            with pytest.raises(kind, match=r"^\S+: no|^no") as caught:
                ask(server, deployment_url=DEPLOYMENT.format(server.url))
            assert getattr(caught.value, "status_code", None) == status

    def test_errors_inside(self, server: Server) -> None:
        error = {"error": {"code": 500, "message": "sorry", "location": "LLM Module"}}
        reply(server, answer_json(error))
        with pytest.raises(InternalServerError, match="sorry"):
            ask(server, deployment_url=DEPLOYMENT.format(server.url))
        reply(server, answer_json(error))
        with pytest.raises(InternalServerError, match="sorry"):
            ask(server, "stream", deployment_url=DEPLOYMENT.format(server.url))
        reply(server, answer_events([error]))
        with pytest.raises(InternalServerError, match="sorry"):
            ask(server, "stream", deployment_url=DEPLOYMENT.format(server.url))
        said = {"request_id": "r", "final_result": chunk_bodies()[1]}
        reply(server, answer_events([said, error]))
        with pytest.raises(StreamInterruptedError) as caught:
            ask(server, "stream", deployment_url=DEPLOYMENT.format(server.url))
        assert isinstance(caught.value.__cause__, InternalServerError)

    def test_a_server_that_does_not_stream(self, server: Server) -> None:
        found = {"input_filtering": {"message": "Input filtered."}}
        reply(server, answered(intermediate_results=found))
        response = ask(server, "stream", deployment_url=DEPLOYMENT.format(server.url))
        assert response.choices[0].message.content == TEXT
        assert response.provider_specific_fields == {"intermediate_results": found}

    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({"intermediate_results": []}, "$.intermediate_results"),
            ({"final_result": {"choices": [{"message": "hi"}]}}, "$.choices[0].message"),
        ],
    )
    def test_fields_of_another_type(self, server: Server, fields: JSON, path: str) -> None:
        reply(server, answer_json({"final_result": completion_body(), **fields}))
        with pytest.raises(APIResponseValidationError) as caught:
            ask(server, deployment_url=DEPLOYMENT.format(server.url))
        assert f"`{path}`" in caught.value.message

    def test_a_list_of_deployments_of_another_type(self, server: Server) -> None:
        reply(server, answer_json({"resources": [{"id": 5}]}))
        with pytest.raises(APIResponseValidationError, match=r"\$\.resources\[0\]\.id"):
            ask(server)

    def test_no_answer_at_all(self, server: Server) -> None:
        reply(server, answer_json({"request_id": "r"}))
        with pytest.raises(Exception, match="final_result"):
            ask(server, deployment_url=DEPLOYMENT.format(server.url))
