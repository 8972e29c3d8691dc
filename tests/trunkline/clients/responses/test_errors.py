"""What responses() refuses, and how its errors name it."""

from __future__ import annotations

import json
from typing import Any, cast

import httpx
import pytest

from trunkline import (
    BadRequestError,
    Client,
    NotFoundError,
    RateLimitError,
    Response,
    ResponseStream,
    StreamInterruptedError,
    UnsupportedParamsError,
)
from trunkline.pipeline.json_values import JSON

CLAUDE = "anthropic/claude-sonnet-4-5"
GPT = "openai/gpt-5.4"
HELLO: list[JSON] = [{"role": "user", "content": "Hi"}]
CALL: JSON = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
RESULT: JSON = {"type": "function_call_output", "call_id": "c1", "output": "x"}
BASE: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "gpt-5.4",
    "output": [],
}


class Network:
    """Counts the requests that leave, and answers with what a test says."""

    def __init__(self, content: str = "", kind: str = "application/json") -> None:
        self.sent: list[JSON] = []
        self._answer = {"headers": {"content-type": kind}, "content": content}
        self.http = httpx.Client(transport=httpx.MockTransport(self._react))

    def _react(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.content or b"null"))
        return httpx.Response(200, **self._answer)  # type: ignore[arg-type]  # by name


def call(
    network: Network, model: str, input: Any = "Hi", *, stream: bool = False, **arguments: Any
) -> Any:
    given: JSON = {"client": network.http, "api_key": "a-key", "num_retries": 0, **arguments}
    return Client().responses(model, input, stream=stream, **given)


@pytest.mark.parametrize(
    ("items", "place"),
    [
        ([*HELLO, {"type": "something_new"}], "input[1]"),
        ([*HELLO, {"type": "item_reference", "id": "msg_1"}], "input[1]"),
        (["Hi"], "input[0]"),
        ([{"type": ["message"], "role": "user", "content": "Hi"}], "input[0].type"),
        ([{"role": "robot", "content": "Hi"}], "input[0].role"),
        ([{"role": "user", "content": 5}], "input[0].content"),
        ([{"role": "user", "content": [{"type": "input_video"}]}], "input[0].content[0]"),
        ([{"role": "user", "content": [{"type": "input_image"}]}], "input[0].content[0]"),
        (
            [{"role": "user", "content": [{"type": "input_text", "text": 5}]}],
            "input[0].content[0].text",
        ),
        ([{**CALL, "call_id": None}], "input[0].call_id"),
        ([{**CALL, "call_id": ["c1"]}], "input[0].call_id"),
        ([{**CALL, "name": ""}], "input[0].name"),
        ([*HELLO, {**CALL, "arguments": {"a": 1}}, RESULT], "input[1].arguments"),
        ([*HELLO, {**CALL, "arguments": "[]"}, RESULT], "input[1]"),
        ([*HELLO, RESULT], "input[1].call_id"),
        ([*HELLO, CALL, {**RESULT, "call_id": None}], "input[2].call_id"),
        ([*HELLO, CALL, {**RESULT, "output": 5}], "input[2].output"),
        ([], "input"),
    ],
)
def test_malformed_input_for_providers_without_the_api(items: list[Any], place: str) -> None:
    network = Network()
    with pytest.raises(BadRequestError) as caught:
        call(network, CLAUDE, items)
    assert caught.value.param == place
    assert caught.value.message.startswith(f"{place}: ") or place == "input[1]"
    assert caught.value.provider == "anthropic"
    assert not network.sent


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"instructions": ["Be brief."]}, "instructions"),
        ({"tools": {"type": "function"}}, "tools"),
        ({"tools": ["look"]}, "tools[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": [{"type": "function", "name": "f", "parameters": "x"}]}, "tools[0].parameters"),
        ({"reasoning": "high"}, "reasoning"),
        ({"text": "json"}, "text"),
        ({"include": "all"}, "include"),
    ],
)
def test_malformed_parameters_for_providers_without_the_api(arguments: JSON, place: str) -> None:
    network = Network()
    with pytest.raises(BadRequestError) as caught:
        call(network, CLAUDE, **arguments)
    assert caught.value.param == place
    assert not network.sent


def test_input_of_another_type_is_refused_everywhere() -> None:
    network = Network()
    with pytest.raises(BadRequestError, match="input: expected str or list, got int"):
        call(network, GPT, 5)
    assert not network.sent


def test_providers_with_the_api_get_every_item_unchecked() -> None:
    network = Network(json.dumps({**BASE, "status": "completed", "output": []}))
    odd: list[JSON] = [{"type": "something_new", "a": None}, RESULT, {**CALL, "call_id": None}]
    call(network, GPT, odd, tools=[{"type": "new_tool"}], new_parameter={"a": 1})
    assert network.sent[0]["input"] == odd
    assert network.sent[0]["tools"] == [{"type": "new_tool"}]
    assert network.sent[0]["new_parameter"] == {"a": 1}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools (web_search)"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "tools (mcp)"),
        ({"tool_choice": {"type": "file_search"}}, "tool_choice (file_search)"),
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"max_tool_calls": 3}, "max_tool_calls"),
        ({"truncation": "auto"}, "truncation"),
        ({"include": ["file_search_call.results"]}, "include (file_search_call.results)"),
        ({"previous_response_id": "resp_0"}, "previous_response_id"),
    ],
)
def test_what_only_the_api_has(arguments: JSON, named: str) -> None:
    network = Network(
        json.dumps(
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m",
                "content": [{"type": "text", "text": "Hi"}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 1, "output_tokens": 1},
            }
        )
    )
    with pytest.raises(UnsupportedParamsError) as caught:
        call(network, CLAUDE, **arguments)
    assert named in caught.value.message
    assert "anthropic" in caught.value.message
    assert not network.sent
    assert call(network, CLAUDE, drop_params=True, **arguments).output_text == "Hi"
    assert named.partition(" ")[0] not in network.sent[0]


@pytest.mark.parametrize("kind", ["function", "custom"])
@pytest.mark.parametrize("model", [GPT, CLAUDE])
@pytest.mark.parametrize("stream", [False, True])
def test_the_form_of_tools_in_chat_completions_is_explained(
    model: str, kind: str, stream: bool
) -> None:
    network = Network()
    flat = {"type": kind, "name": "look"}
    nested = {"type": kind, kind: {"name": "look"}}
    with pytest.raises(BadRequestError, match=r"tools\[1\]\.\w+: .* not inside '\w+'"):
        call(network, model, tools=[flat, nested], stream=stream)
    with pytest.raises(BadRequestError, match=r"tool_choice\.\w+: .* not inside '\w+'") as caught:
        call(network, model, tools=[flat], tool_choice=nested, stream=stream)
    assert caught.value.param == f"tool_choice.{kind}"
    assert not network.sent


@pytest.mark.parametrize("given", ["", [], None])
def test_input_that_is_empty(given: Any) -> None:
    network = Network()
    with pytest.raises(BadRequestError, match=": input: expected text or at least one item"):
        call(network, CLAUDE, given)
    assert not network.sent


def test_parameters_have_the_names_of_the_api() -> None:
    network = Network()
    with pytest.raises(UnsupportedParamsError, match=r": text\.verbosity: .*remove text") as caught:
        call(network, CLAUDE, text={"verbosity": "low"})
    assert caught.value.param == "text.verbosity"


def test_a_provider_with_the_api_checks_the_parameters_itself() -> None:
    network = Network(json.dumps({**BASE, "status": "completed"}))
    given: JSON = {"temperature": 0.5, "top_logprobs": 3, "seed": 1}
    call(network, "openai/gpt-5.6", **given)
    assert network.sent[0] == {"model": "gpt-5.6", "input": "Hi", **given}
    call(network, "openai/gpt-5.6", drop_params=True, **given)
    assert network.sent[1] == {"model": "gpt-5.6", "input": "Hi"}


@pytest.mark.parametrize("model", [GPT, CLAUDE])
@pytest.mark.parametrize("name", ["metadata", "litellm_metadata"])
def test_metadata_of_another_type(model: str, name: str) -> None:
    with pytest.raises(BadRequestError, match=f"{name}: expected dict, got str"):
        Client().responses(model, "Hi", api_key="a-key", **cast("JSON", {name: "odd"}))


@pytest.mark.parametrize("model", [GPT, CLAUDE])
def test_the_conversation_of_completion(model: str) -> None:
    with pytest.raises(BadRequestError, match=r"messages: responses\(\) takes a conversation"):
        call(Network(), model, None, messages=HELLO)


@pytest.mark.parametrize("ask", ["retrieve_response", "cancel_response"])
def test_responses_of_a_provider_that_stores_none(ask: str) -> None:
    with pytest.raises(BadRequestError, match=rf"^{ask}\(\): anthropic does not have") as caught:
        getattr(Client(wire="chat"), ask)(CLAUDE, "resp_1", api_key="a-key")
    assert "wire" not in caught.value.message
    assert "openai" in caught.value.message


@pytest.mark.parametrize("model", ["openai/chat/gpt-5.4", "openai/gpt-5.4"])
def test_responses_are_retrieved_whatever_the_setting(model: str) -> None:
    network = Network(json.dumps({**BASE, "status": "completed"}))
    client = Client(wire="chat", num_retries=0)
    assert client.retrieve_response(model, "resp_1", api_key="a-key", client=network.http).id


def test_an_output_without_its_call_may_continue_a_conversation() -> None:
    network = Network()
    with pytest.raises(UnsupportedParamsError, match="previous_response_id"):
        call(network, CLAUDE, [RESULT], previous_response_id="resp_0")


def test_an_earlier_response_that_openai_does_not_have() -> None:
    problem = {"code": "previous_response_not_found", "message": "not found", "type": "x"}
    body = {**BASE, "status": "failed", "error": problem}
    with pytest.raises(NotFoundError) as caught:
        call(Network(json.dumps(body)), GPT, previous_response_id="resp_0")
    assert caught.value.code == "previous_response_not_found"


def test_a_row_without_the_api() -> None:
    network = Network()
    with pytest.raises(BadRequestError, match=r"anthropic .*Responses API.*openai"):
        call(network, "anthropic/responses/claude-sonnet-4-5")
    assert not network.sent


def streamed(*events: JSON) -> ResponseStream:
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    stream = call(Network("".join(lines), "text/event-stream"), GPT, stream=True)
    assert isinstance(stream, ResponseStream)
    return stream


CREATED: JSON = {"type": "response.created", "response": {**BASE, "status": "in_progress"}}
HALF: JSON = {
    "type": "response.output_text.delta",
    "output_index": 0,
    "content_index": 0,
    "item_id": "msg_1",
    "delta": "Half a",
}
UNKNOWN: JSON = {"type": "response.something_new", "item": "not an object", "part": [1, None]}


def test_a_stream_that_ends_early_has_what_had_arrived() -> None:
    stream = streamed(CREATED, HALF)
    with pytest.raises(StreamInterruptedError) as caught:
        list(stream)
    partial = caught.value.partial
    assert isinstance(partial, Response)
    assert (partial.id, partial.output_text) == ("resp_1", "Half a")
    assert stream.response.model_dump() == partial.model_dump()


def test_failures_before_content_are_errors_of_the_call() -> None:
    problem = {"code": "rate_limit_exceeded", "message": "Slow down."}
    failed = {"type": "response.failed", "response": {**BASE, "status": "failed", "error": problem}}
    for event in (failed, {"type": "error", **problem}):
        with pytest.raises(RateLimitError, match="Slow down"):
            streamed(CREATED, event)
        stream = streamed(CREATED, HALF, event)
        with pytest.raises(StreamInterruptedError, match="Slow down"):
            list(stream)


def test_unknown_events_are_kept_whatever_they_hold() -> None:
    whole = {**BASE, "status": "completed", "tools": "odd", "text": None}
    end = {"type": "response.completed", "response": whole}
    stream = streamed(CREATED, UNKNOWN, HALF, end)
    assert [event.model_dump() for event in stream] == [CREATED, UNKNOWN, HALF, end]


def test_a_response_with_odd_fields_is_kept_whole() -> None:
    body: JSON = {
        **BASE,
        "status": "completed",
        "output": [{"type": "something_new", "content": "odd", "id": 5}],
        "metadata": ["odd"],
        "tools": None,
        "instructions": [{"role": "user"}],
    }
    response = call(Network(json.dumps(body)), GPT)
    assert response.model_dump() == body
    assert response.metadata == ["odd"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools (web_search)"),
        ({"background": True}, "background"),
    ],
)
def test_a_custom_address_may_have_the_responses_api(given: JSON, named: str) -> None:
    network = Network()
    address: JSON = {"base_url": "https://gateway.example.com/v1"}
    with pytest.raises(UnsupportedParamsError) as caught:
        call(network, "openai/gpt-4o", **address, **given)
    said = f'pass wire="responses" if the server has that API, remove {named}, or'
    assert said in str(caught.value)
    assert network.sent == []


def test_a_provider_without_the_responses_api_cannot_be_asked_for_it() -> None:
    with pytest.raises(UnsupportedParamsError) as caught:
        call(Network(), CLAUDE, tools=[{"type": "code_interpreter"}])
    assert "wire=" not in str(caught.value)
