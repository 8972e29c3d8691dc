"""Responses, chunks, messages and usage as users of litellm build and read them."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import msgspec
import pytest

from tests.support.answers import MESSAGES, TEXT, completion_body, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    ChatCompletionMessageToolCall,
    Choices,
    Client,
    Delta,
    Function,
    Message,
    ModelResponse,
    ModelResponseStream,
    StreamingChoices,
    Usage,
)

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


class TestBuilding:
    def test_of_objects(self) -> None:
        call = ChatCompletionMessageToolCall(id="c", function=Function(name="f", arguments="{}"))
        made = ModelResponse(
            id="r",
            created=1,
            model="m",
            choices=[
                Choices(
                    finish_reason="stop",
                    index=0,
                    message=Message(content="x", role="assistant", tool_calls=[call]),
                )
            ],
            usage=Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3),
        )
        assert made["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "f"
        assert made.usage is not None
        assert made.usage.total_tokens == 3

    def test_of_dictionaries(self) -> None:
        body: Any = completion_body("x", tool_calls=[CALL], mood="good")
        body["usage"] = {**body["usage"], "prompt_tokens_details": {"cached_tokens": 4, "new": 5}}
        made = ModelResponse(id="r", choices=body["choices"], usage=body["usage"])
        choice = made.choices[0]
        assert isinstance(choice, Choices)
        assert isinstance(choice.message, Message)
        assert choice.message.tool_calls is not None
        assert choice.message.tool_calls[0].function.name == "f"
        assert choice.message["mood"] == "good"
        assert made.usage is not None
        assert made.usage.cache_read_input_tokens == 4
        assert made.model_dump()["usage"] == body["usage"]

    def test_of_both(self) -> None:
        parts: Any = [{"message": {"content": "a"}}, Choices(message=Message(content="b"))]
        made = ModelResponse(choices=parts)
        assert [choice.message.content for choice in made.choices] == ["a", "b"]

    def test_what_is_wrong_is_said(self) -> None:
        wrong: Any = [{"message": {"content": 1}}]
        with pytest.raises(msgspec.ValidationError, match=r"\$\.message\.content"):
            ModelResponse(choices=wrong)

    @pytest.mark.parametrize("kind", [ModelResponse, ModelResponseStream])
    def test_a_body_with_fields_of_its_own(self, kind: Any) -> None:
        part = "message" if kind is ModelResponse else "delta"
        choice = {"index": 1, part: {"content": "x", "a": 1}, "b": [2], "finish_reason": None}
        head = {"id": "r", "created": 1, "model": "m", "object": "chat.completion", "c": {"d": 3}}
        body = {**head, "choices": [choice]}
        for made in (kind.model_validate(body), kind.model_validate_json(json.dumps(body))):
            assert made.c == {"d": 3}
            assert made.choices[0][part].a == 1
            dumped = made.model_dump(exclude_none=False)
            dumped["choices"][0][part].pop("role", None)
            assert dumped == body
            assert kind.model_validate(made) is made
            assert pickle.loads(pickle.dumps(made)).c == copy.deepcopy(made).c == {"d": 3}

    def test_a_copy_with_changes(self) -> None:
        message = Message(content="x", tool_calls=[ChatCompletionMessageToolCall(id="c")])
        shallow = message.model_copy(update={"content": "y", "extra": 1})
        assert (shallow.content, shallow.extra, message.content) == ("y", 1, "x")
        assert shallow.tool_calls is message.tool_calls
        assert message.model_copy(deep=True).tool_calls is not message.tool_calls


class TestReading:
    """What frameworks do with answers."""

    def test_items(self) -> None:
        delta = Delta(content="x")
        assert "tool_calls" not in delta
        assert delta["tool_calls"] is None
        assert delta.get("tool_calls") is None
        delta.tool_calls = []
        assert "tool_calls" in delta
        assert dict(delta) == {"content": "x", "tool_calls": []}
        assert list(Message(content="x")) == [("role", "assistant"), ("content", "x")]

    def test_own_names_on_chunks(self) -> None:
        chunk: Any = ModelResponseStream(choices=[StreamingChoices(delta=Delta(content="x"))])
        chunk.predict_id = 7
        assert (chunk.predict_id, chunk.model_dump(mode="json")["predict_id"]) == (7, 7)

    def test_usage_is_where_litellm_has_it(self) -> None:
        response = ModelResponse(usage=Usage(prompt_tokens=1))
        assert response.model_extra["usage"] is response["usage"] is response.get("usage")
        assert "usage" not in ModelResponse().model_extra
        dumped = {"prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 0}
        assert response.usage is not None
        assert response.usage.model_dump() == response.usage.to_dict() == dumped
        assert json.loads(response.usage.json()) == response.usage.dict() == dumped
        assert json.loads(response.to_json())["usage"] == dumped

    def test_cached_tokens_under_anthropic_s_names(self) -> None:
        details: Any = {"cached_tokens": 3, "cache_creation_tokens": 4}
        usage = Usage(prompt_tokens_details=details)
        assert usage.cache_read_input_tokens == usage.get("cache_read_input_tokens") == 3
        assert usage.cache_creation_input_tokens == usage["cache_creation_input_tokens"] == 4
        assert "cache_read_input_tokens" not in usage.model_dump()
        assert Usage().cache_read_input_tokens is Usage().get("cache_creation_input_tokens") is None


class TestHidden:
    def test_how_a_call_went(self, server: Server, world: World, mode: str) -> None:
        answer = good(mode)
        answer.headers |= {"x-ratelimit-remaining-requests": "9", "x-request-id": "req_1"}
        server.reply(answer)
        # What stands in a query may be a credential.
        given = {"base_url": f"{server.url}?key=secret", "api_key": "k" * 9}
        made: Any = world.answer(Client(), mode, "openai/m", MESSAGES, **given)
        hidden = made._hidden_params
        assert hidden["custom_llm_provider"] == "openai"
        assert hidden["litellm_model_name"] == "m"
        assert hidden["api_base"] == server.url
        assert hidden["model_id"] is None
        assert hidden["response_cost"] is made.call.cost
        assert hidden["cache_hit"] is False
        assert hidden["litellm_call_id"] == made.call.call_id
        assert hidden["_response_ms"] == made._response_ms == made.response_ms
        headers = hidden["additional_headers"]
        assert headers["llm_provider-x-request-id"] == made._request_id == "req_1"
        assert headers["x-ratelimit-remaining-requests"] == "9"
        assert headers["x-litellm-attempted-retries"] == 0
        assert headers["x-litellm-attempted-fallbacks"] == 0
        assert made._response_headers["x-request-id"] == "req_1"
        assert made.choices[0].message.content == TEXT

    def test_what_is_added_stays(self) -> None:
        response: Any = ModelResponse()
        response._hidden_params["response_cost"] = 0.5
        assert response._hidden_params["response_cost"] == 0.5
        assert "_hidden_params" not in response.model_dump()
        response._hidden_params = {"mine": 1}
        assert pickle.loads(pickle.dumps(response))._hidden_params == {"mine": 1}

    def test_a_stream_has_them_too(self, server: Server) -> None:
        server.reply(good("stream"))
        with Client() as client:
            stream: Any = client.completion(
                "openai/m", MESSAGES, base_url=server.url, api_key="k" * 9, stream=True
            )
            assert stream._hidden_params["custom_llm_provider"] == "openai"
            assert "content-type" in stream._response_headers
            stream.close()
