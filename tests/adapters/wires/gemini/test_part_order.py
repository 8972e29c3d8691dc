"""Messages go back to Gemini with their parts and signatures as they came."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.support.calls.gemini_calls import HELLO, NEWER, PNG_PART, answer, call
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import Client
from trunkline.pipeline.json_values import JSON

CODE: JSON = {"executableCode": {"code": "1+1", "language": "PYTHON"}}
RESULT: JSON = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}
SEARCHED: JSON = {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB", "id": "s1", "args": {}}}
FOUND: JSON = {"toolResponse": {"toolType": "GOOGLE_SEARCH_WEB", "id": "s1", "response": {}}}
SOUND: JSON = {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "AAAA"}}


def signed(part: JSON, signature: str) -> JSON:
    return {**part, "thoughtSignature": signature}


def text(said: str, signature: str = "") -> JSON:
    return signed({"text": said}, signature) if signature else {"text": said}


def called(name: str, signature: str = "") -> JSON:
    part: JSON = {"functionCall": {"id": name, "name": name, "args": {"a": 1}}}
    return signed(part, signature) if signature else part


CASES: list[list[JSON]] = [
    [text("A", "S1"), signed(PNG_PART, "S2"), text("B")],
    [text("A", "S1"), PNG_PART, text("B")],
    [text("A", "S1"), PNG_PART],
    [text("A", "S1"), text("B", "S2")],
    [text("A", "S1"), text("B")],
    [text("A"), PNG_PART, text("B"), signed(PNG_PART, "S1"), text("C", "S2")],
    [PNG_PART, text("B")],
    [text("A"), CODE, RESULT, text("B")],
    [text("A"), signed(CODE, "S1"), signed(RESULT, "S2"), text("B", "S3")],
    [CODE, RESULT, text("A"), CODE, RESULT, text("B")],
    [signed(SEARCHED, "S1"), FOUND, called("f", "S2")],
    [called("f", "S1"), signed(SEARCHED, "S2"), FOUND, called("g")],
    [text("A", "S1"), called("f", "S2"), text("B"), called("g")],
    [text("A"), SOUND, text("B", "S1")],
    [text("", "S1"), CODE, text("B")],
    [text("A"), text("", "S1")],
    [text("A", "S1"), text("", "S2")],
    [text("", "S1"), text("B")],
    [text("", "S1")],
    [{**text("A"), "partMetadata": {"k": 1}}, text("B")],
    [{**text("A", "S1"), "speechMetadata": {"speaker": "x"}}, {**called("f", "S2"), "new": [1]}],
    [text("A"), {**PNG_PART, "partMetadata": {"k": 1}}, text("B")],
    [text("", "S1"), called("f", "S2")],
    [PNG_PART, text("", "S1")],
    [CODE, text("", "S1"), RESULT, text("", "S2")],
    [text("Ünï 😀", "S1"), signed(PNG_PART, "S2"), text("cödé", "S3")],
    # What needs no marks.
    [text("A", "S1")],
    [text("A", "S1"), called("f", "S2"), called("g")],
    [CODE, RESULT, text("A", "S1"), PNG_PART, called("f", "S2")],
]


def events_of(parts: list[JSON]) -> list[JSON]:
    """Return events that bring the parts one by one, with texts in two pieces."""
    pieces: list[JSON] = []
    for part in parts:
        if len(part.get("text", "")) > 1:
            pieces += [{"text": part["text"][:1]}, {**part, "text": part["text"][1:]}]
        else:
            pieces.append(part)
    events = [answer(piece) for piece in pieces]
    for event in events[:-1]:
        del event["candidates"][0]["finishReason"]
    return events


def sent_back(server: Server, message: Any) -> list[JSON]:
    """Return the parts that a message becomes in the next turn."""
    calls = [one["id"] for one in message.get("tool_calls") or ()]
    results = [{"role": "tool", "tool_call_id": one, "content": "ok"} for one in calls]
    conversation = [*HELLO, message, *(results or HELLO)]
    server.reply(answer_json(answer({"text": "Bye"})))
    with Client() as client:
        client.completion(NEWER, conversation, base_url=server.url, api_key="k-12345")
    parts: list[JSON] = server.seen[-1].json["contents"][1]["parts"]
    return parts


@pytest.mark.parametrize("parts", CASES)
def test_parts_go_back_as_they_came(
    server: Server, world: World, mode: str, parts: list[JSON]
) -> None:
    plain = mode == "plain"
    server.reply(
        answer_json(answer(*parts)) if plain else answer_events(events_of(parts), done=False)
    )
    with Client() as client:
        response = world.answer(client, mode, NEWER, HELLO, base_url=server.url, api_key="k-12345")
    message = response.choices[0].message
    assert (message.content or "") == "".join(part.get("text", "") for part in parts)
    assert sent_back(server, message) == parts
    assert sent_back(server, json.loads(message.model_dump_json())) == parts


def test_the_transcript_of_audio(server: Server, mode: str) -> None:
    pieces = [{**SOUND, "audioTranscription": {"text": said}} for said in ("Good ", "day")]
    plain = mode == "plain"
    server.reply(
        answer_json(answer(*pieces)) if plain else answer_events(events_of(pieces), done=False)
    )
    with Client() as client:
        response = World("sync").answer(
            client, mode, NEWER, HELLO, base_url=server.url, api_key="k-12345"
        )
    audio = response.choices[0].message.audio
    assert audio is not None
    assert (audio.transcript, audio.data) == ("Good day", "AAAAAAAA")


def test_a_signed_text_stays_apart_from_the_text_before_it(server: Server) -> None:
    parts = [text("A"), text("B", "S1"), text("C"), text("D", "S2")]
    server.reply(answer_json(answer(*parts)))
    with Client() as client:
        response = client.completion(NEWER, HELLO, base_url=server.url, api_key="k-12345")
    assert response.choices[0].message.content == "ABCD"
    assert sent_back(server, response.choices[0].message) == parts


def test_marks_are_only_in_messages_that_need_them(server: Server) -> None:
    server.reply(
        answer_json(answer(text("A", "S1"), called("f"))),
        answer_json(answer(text("A", "S1"), PNG_PART)),
    )
    with Client() as client:
        messages = [
            client.completion(NEWER, HELLO, base_url=server.url, api_key="k-12345")
            .choices[0]
            .message
            for _ in range(2)
        ]
    needless, needed = (message.provider_specific_fields or {} for message in messages)
    assert "gemini_order" not in needless
    assert needed["gemini_order"] == [{"at": 1, "signature": "S1"}, {"at": 1, "image": 0}]


MARKED: JSON = {
    "role": "assistant",
    "content": "AB",
    "images": [{"image_url": {"url": "data:image/png;base64,iVBORw0="}}],
    "provider_specific_fields": {
        "gemini_order": [{"at": 1, "signature": "S1"}, {"at": 1, "image": 0}]
    },
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"content": ""}, [PNG_PART]),
        ({"content": "ABC"}, [text("A", "S1"), PNG_PART, text("BC")]),
        ({"content": [{"type": "text", "text": "AB"}]}, [text("A", "S1"), PNG_PART, text("B")]),
        ({"images": []}, [text("A", "S1"), text("B")]),
        ({"tool_calls": [call()]}, None),
        ({"provider_specific_fields": {"gemini_order": [5]}}, [text("AB"), PNG_PART]),
        ({"provider_specific_fields": {"gemini_order": "x"}}, [text("AB"), PNG_PART]),
        ({"provider_specific_fields": {"gemini_order": [{"at": -1}]}}, [text("AB"), PNG_PART]),
        ({"provider_specific_fields": {"gemini_order": [{"at": "1"}]}}, [text("AB"), PNG_PART]),
        (
            {"provider_specific_fields": {"gemini_order": [{"at": 1, "image": [7]}]}},
            [text("A"), text("B"), PNG_PART],
        ),
        (
            {"provider_specific_fields": {"gemini_order": [{"at": 2}, {"at": 1}]}},
            [text("AB"), PNG_PART],
        ),
    ],
)
def test_changed_messages_are_sent_without_loss(
    server: Server, changes: JSON, expected: list[JSON] | None
) -> None:
    before = copy.deepcopy(MARKED)
    parts = sent_back(server, {**MARKED, **changes})
    if expected is None:
        assert [part.get("text") for part in parts] == ["A", None, "B", None]
        assert parts[3]["functionCall"]["name"] == "get_weather"
    else:
        assert parts == expected
    assert before == MARKED


@pytest.mark.parametrize("opening", [[], [{"role": "system", "content": "Be brief."}]])
def test_a_history_that_opens_with_a_call_gets_a_user_turn(
    server: Server, opening: list[JSON]
) -> None:
    server.reply(answer_json(answer({"text": "Bye"})))
    conversation = [
        *opening,
        {"role": "assistant", "content": "I look.", "tool_calls": [call()]},
        {"role": "tool", "tool_call_id": "c1", "content": "blue"},
    ]
    with Client() as client:
        client.completion(NEWER, conversation, base_url=server.url, api_key="k-12345")
    contents = server.seen[-1].json["contents"]
    assert [content["role"] for content in contents] == ["user", "model", "user"]
    assert contents[0]["parts"] == [{"text": " "}]
    assert "functionResponse" in contents[2]["parts"][0]


def test_a_history_that_opens_with_a_greeting_stays(server: Server) -> None:
    server.reply(answer_json(answer({"text": "Bye"})))
    with Client() as client:
        client.completion(
            NEWER,
            [{"role": "assistant", "content": "Hello!"}, *HELLO],
            base_url=server.url,
            api_key="k-12345",
        )
    assert [one["role"] for one in server.seen[-1].json["contents"]] == ["model", "user"]
