"""Function calls and thought signatures, read and sent back."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.support.calls.gemini_calls import (
    NEWER,
    OLDER,
    WEATHER,
    answer,
    call,
    contents_of,
    decode,
    decode_stream,
)
from tests.support.server import Server, answer_events, answer_json
from tests.support.vendors.genai_types import check_request
from tests.support.worlds import World
from trunkline import Client
from trunkline.adapters.wires.gemini.schema import PartialArg
from trunkline.adapters.wires.gemini.streamed_arguments import set_argument
from trunkline.pipeline.json_values import JSON

KEY = "secret-key-1"


def test_calls_have_an_id_an_index_and_arguments() -> None:
    response = decode(
        answer(
            {"functionCall": {"name": "a"}},
            {"functionCall": {"name": "b", "args": {"x": 1}, "id": "theirs"}},
        )
    )
    first, second = response.choices[0].message.tool_calls or []
    assert first.id
    assert first.id.startswith("call_")
    assert first.function.arguments == "{}"
    assert (second.id, second.function.name) == ("theirs", "b")
    assert json.loads(second.function.arguments) == {"x": 1}
    assert response.choices[0].finish_reason == "tool_calls"
    assert response.choices[0].message.content is None


@pytest.mark.parametrize(
    "holder",
    [
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
        {"provider_specific_fields": {"thought_signature": "c2ln"}},
        {"id": "c1__thought__c2ln"},
    ],
)
def test_signatures_of_calls_under_every_name(holder: JSON) -> None:
    made = {**call(), **holder}
    model, user = contents_of(
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [made, call("time", id="c2")]},
        {"role": "tool", "tool_call_id": made["id"], "content": "blue"},
        {"role": "tool", "tool_call_id": "c2", "content": "noon"},
    )[1:]
    first, second = model["parts"]
    assert first["thoughtSignature"] == "c2ln"
    assert first["functionCall"]["id"] == "c1"
    assert "thoughtSignature" not in second
    assert user["parts"][0]["functionResponse"]["id"] == "c1"


def test_calls_of_another_model_get_a_placeholder_for_the_signature() -> None:
    messages: list[JSON] = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [call(), call("time", id="c2")]},
    ]
    newer, older = contents_of(*messages)[1], contents_of(*messages, model=OLDER)[1]
    signatures = [part.get("thoughtSignature") for part in newer["parts"]]
    assert signatures == ["skip_thought_signature_validator", None]
    assert [part.get("thoughtSignature") for part in older["parts"]] == [None, None]


def test_a_signature_without_text_is_sent_back_with_empty_text() -> None:
    message = decode(answer({"text": "", "thoughtSignature": "c2ln"})).choices[0].message
    back = contents_of({"role": "user", "content": "x"}, message.model_dump())[1]
    assert back["parts"] == [{"text": "", "thoughtSignature": "c2ln"}]


def test_streamed_arguments() -> None:
    arguments: JSON = {}
    for path, value in (
        ("$.a[0].b", {"stringValue": "x"}),
        ("$.a[0].b", {"stringValue": "y"}),
        ("$.a[1]['c d']", {"numberValue": 2.0}),
        ("$.e", {"boolValue": False}),
        ("$.f", {"nullValue": "NULL_VALUE"}),
        ('$["g"]', {"numberValue": 0.5}),
    ):
        set_argument(arguments, msgspec.convert({"jsonPath": path, **value}, PartialArg))
    assert arguments == {"a": [{"b": "xy"}, {"c d": 2}], "e": False, "f": None, "g": 0.5}


def test_a_call_that_is_cut_off_keeps_its_arguments() -> None:
    begun = answer({"functionCall": {"name": "a", "args": {"x": 1}, "willContinue": True}})
    del begun["candidates"][0]["finishReason"]
    response, _ = decode_stream(begun, answer(finish="MAX_TOKENS"))
    (made,) = response.choices[0].message.tool_calls or []
    assert json.loads(made.function.arguments) == {"x": 1}
    assert response.choices[0].finish_reason == "length"


def test_three_turns_with_tools_and_signatures(server: Server, world: World, mode: str) -> None:
    client = Client()
    answers = [
        answer(
            {"text": "Which city?", "thought": True},
            {"functionCall": {"name": "get_weather", "args": {"city": "Rome"}, "id": "f1"},
             "thoughtSignature": "b25l"},
            {"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}, "id": "f2"}},
        ),
        answer(
            {"functionCall": {"name": "get_weather", "args": {"city": "Bonn"}, "id": "f3"},
             "thoughtSignature": "dHdv"},
        ),
        answer({"text": "All blue."}, {"text": "", "thoughtSignature": "dGhyZWU="}),
        answer({"text": "Goodbye."}),
    ]  # fmt: skip
    messages: list[Any] = [{"role": "user", "content": "Weather?"}]
    sent: JSON = {}
    for body in answers:
        reply = answer_json(body) if mode == "plain" else answer_events([body], done=False)
        server.reply(reply)
        response = world.answer(
            client, mode, NEWER, messages, tools=[WEATHER], base_url=server.url, api_key=KEY
        )
        sent = server.seen[0].json
        check_request(sent)
        message = response.choices[0].message
        messages.append(message)
        for made in message.tool_calls or ():
            messages.append({"role": "tool", "tool_call_id": made.id, "content": "blue"})
        if not message.tool_calls:
            messages.append({"role": "user", "content": "Thanks"})
    contents: list[JSON] = sent["contents"]
    theirs = [content for content in contents if content["role"] == "model"]
    expected = [body["candidates"][0]["content"]["parts"] for body in answers[:3]]
    assert theirs[0]["parts"] == expected[0][1:]
    assert theirs[1]["parts"] == expected[1]
    assert theirs[2]["parts"] == expected[2]
    results: list[list[JSON]] = [content["parts"] for content in contents[2:5:2]]
    assert [[part["functionResponse"]["id"] for part in parts] for parts in results] == [
        ["f1", "f2"],
        ["f3"],
    ]
    client.close()


@pytest.mark.parametrize("wire", ["gemini/gemini-3-flash-preview", "gemini/gemini-2.5-flash"])
def test_arguments_that_were_cut_off_are_sent_with_what_there_is(server: Server, wire: str) -> None:
    server.reply(answer_json(answer({"text": "Again, then."})))
    conversation: list[Any] = [
        {"role": "user", "content": "Write"},
        {
            "role": "assistant",
            "tool_calls": [call("write", arguments='{"path": "a.txt", "text": "abc')],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "cut off"},
    ]
    with Client() as client:
        client.completion(wire, conversation, base_url=server.url, api_key=KEY)
    (part,) = server.seen[0].json["contents"][1]["parts"]
    assert part["functionCall"]["args"] == {"path": "a.txt", "text": "abc"}
