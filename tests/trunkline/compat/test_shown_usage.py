"""What frameworks' own tests showed: organizations, default fallbacks, classes, settings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest.mock import create_autospec

import pytest

from tests.support.answers import MESSAGES, completion_body
from tests.support.server import Server, answer_json
from tests.trunkline.compat.stand_in import installed

MODEL = "openai/gpt-4o"


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def deployment(server: Server, **params: Any) -> dict[str, Any]:
    given = {"model": MODEL, "api_key": "k", "api_base": f"{server.url}/v1", **params}
    return {"model_name": "chat", "litellm_params": given}


class TestOrganization:
    @pytest.mark.parametrize("model", [MODEL, "gpt-4o", "openai/responses/gpt-4o"])
    def test_a_call(self, litellm: Any, server: Server, model: str) -> None:
        server.reply(answer_json({"error": {"message": "no"}}, 400))
        with pytest.raises(litellm.BadRequestError, match="no"):
            litellm.completion(
                model, MESSAGES, organization="org-1", api_key="k", api_base=server.url
            )
        assert server.seen[0].headers["openai-organization"] == "org-1"
        assert "organization" not in server.seen[0].json

    def test_headers_of_the_call_take_precedence(self, litellm: Any, server: Server) -> None:
        server.reply(answer_json(completion_body("Hi.")))
        headers = {"OpenAI-Organization": "org-2", "x-own": "1"}
        litellm.completion(
            MODEL, MESSAGES, organization="org-1", extra_headers=headers,
            api_key="k", api_base=server.url,
        )  # fmt: skip
        sent = server.seen[0].headers
        assert (sent["openai-organization"], sent["x-own"]) == ("org-2", "1")

    @pytest.mark.parametrize("name", ["chat", "any-model"])
    def test_a_deployment(self, litellm: Any, server: Server, name: str) -> None:
        server.reply(answer_json(completion_body("Hi.")))
        entry = deployment(server, organization="org-1")
        router = litellm.Router(model_list=[entry, {**entry, "model_name": "*"}])
        router.completion(name, MESSAGES)
        assert server.seen[0].headers["openai-organization"] == "org-1"
        assert entry["litellm_params"]["organization"] == "org-1"

    def test_another_provider_never_gets_one(self, litellm: Any) -> None:
        with pytest.raises(litellm.BadRequestError, match="organization: unknown argument"):
            litellm.completion(
                "anthropic/claude-sonnet-4-5", MESSAGES, organization="org-1", api_key="k"
            )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, None),
        ({"fallbacks": [{"chat": ["other"]}]}, [{"chat": ["other"]}]),
        ({"default_fallbacks": ["other"]}, [{"*": ["other"]}]),
        (
            {"fallbacks": [{"chat": ["other"]}], "default_fallbacks": ["other"]},
            [{"chat": ["other"]}, {"*": ["other"]}],
        ),
    ],
)
def test_a_router_keeps_its_fallbacks_as_litellm_does(
    litellm: Any, server: Server, given: dict[str, Any], kept: object
) -> None:
    entries = [deployment(server), {**deployment(server), "model_name": "other"}]
    assert litellm.Router(model_list=entries, **given).fallbacks == kept


def test_a_deployment_may_name_an_alias(
    litellm: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(litellm, "model_alias_map", {"fast": "openai/gpt-4o-mini"})
    server.reply(answer_json(completion_body("Hi.")))
    router = litellm.Router(model_list=[deployment(server, model="fast")])
    router.completion("chat", MESSAGES)
    assert server.seen[0].json["model"] == "gpt-4o-mini"
    assert router.get_model_list("chat")[0]["litellm_params"]["model"] == "fast"


def test_default_metadata_of_a_router_is_that_of_each_call(litellm: Any, server: Server) -> None:
    server.reply(answer_json(completion_body("Hi.")))
    seen: list[Any] = []

    def note(call: Any) -> None:
        seen.append(dict(call.metadata))

    router = litellm.Router(
        model_list=[deployment(server)],
        default_litellm_params={"metadata": {"team": "a", "own": "no"}, "temperature": 0.5},
        callbacks=[note],
    )
    router.completion("chat", MESSAGES, metadata={"own": "yes"})
    router.completion("chat", MESSAGES)
    assert seen == [{"team": "a", "own": "yes"}, {"team": "a", "own": "no"}]
    assert server.seen[0].json["temperature"] == 0.5
    assert "metadata" not in server.seen[0].json
    assert router.default_litellm_params["metadata"] == {"team": "a", "own": "no"}


def test_classes_that_callbacks_compare_a_response_with(litellm: Any) -> None:
    kinds = (
        litellm.EmbeddingResponse, litellm.ImageResponse, litellm.RerankResponse,
        litellm.TextCompletionResponse, litellm.TranscriptionResponse,
        litellm.HttpxBinaryResponseContent,
    )  # fmt: skip
    assert not isinstance(litellm.ModelResponse(), kinds)
    images = litellm.ImageResponse(1700000000, [litellm.ImageObject("aGk=")])
    assert images.data[0].b64_json == "aGk="
    assert litellm.TranscriptionResponse("Hi.")["text"] == "Hi."


def test_a_file_can_be_mocked(litellm: Any) -> None:
    # As google-adk's tests do.
    assert isinstance(create_autospec(litellm.FileObject, instance=True), litellm.FileObject)
    assert litellm.FileObject(id="file_1", bytes=3).id == "file_1"


@pytest.mark.parametrize(
    ("name", "value"),
    [("route_all_chat_openai_to_responses", True), ("credential_list", [{"name": "a"}])],
)
def test_a_setting_without_effect_says_so(
    litellm: Any, caplog: pytest.LogCaptureFixture, name: str, value: object
) -> None:
    with caplog.at_level(logging.WARNING, "trunkline"):
        setattr(litellm, name, type(value)())
        assert not caplog.records
        setattr(litellm, name, value)
    [record] = caplog.records
    assert f"litellm.{name} has no effect: " in record.getMessage()


def test_a_provider_s_own_class_of_errors(litellm: Any) -> None:
    # crewAI's tests raise it.
    common_utils: Any = import_module("litellm.llms.anthropic.common_utils")
    error = common_utils.AnthropicError(status_code=500, message="no")
    assert isinstance(error, litellm.APIError)
    assert error.status_code == 500
    assert "no" in str(error)
    assert type(error).__module__.startswith("litellm.")
    assert "AnthropicError" not in dir(litellm)
