"""Redaction: nothing of it reaches the provider, and everything comes back."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import chunk_body
from tests.support.server import Server, answer_events, answer_json
from tests.support.tiny_gguf import CHAT_TEXT
from tests.support.worlds import WORLDS, World
from trunkline import Client, Redaction, Request, default_middlewares
from trunkline.middlewares.safety.placeholders import Restorer
from trunkline.testing import FakeProvider, tool_call

MODEL = "openai/gpt-4o"
EMAIL, CARD = "ada@example.com", "4111 1111 1111 1111"
QUESTION = [{"role": "user", "content": f"Write to {EMAIL} about {CARD}, cc {EMAIL}."}]


def sent(request: Request) -> str:
    return json.dumps(request.messages)


def ask(
    world: World, mode: str, item: Any, redaction: Redaction | None = None, **given: Any
) -> Any:
    fake = FakeProvider([item])
    client = fake.client([redaction or Redaction(), *default_middlewares()])
    response = world.answer(client, mode, MODEL, given.pop("messages", QUESTION), **given)
    (request,) = fake.requests
    assert EMAIL not in sent(request)
    return response, request


def test_values_leave_as_placeholders_and_come_back(world: World, mode: str) -> None:
    item = ["Sent to [EMA", "IL_1] ", "and [CARD_", "1", "]", ". [EMAIL_2] [x"]
    response, request = ask(world, mode, item)
    assert request.messages[0].get("content") == (
        "Write to [EMAIL_1] about [CARD_1], cc [EMAIL_1]."
    )
    assert response.choices[0].message.content == f"Sent to {EMAIL} and {CARD}. [EMAIL_2] [x"
    notes = [note for note in response.call.trail.notes if note.layer == "Redaction"]
    assert [note.attributes for note in notes] == [{"email": 1, "card": 1}]


def test_nothing_to_redact_changes_nothing(world: World, mode: str) -> None:
    messages = [{"role": "user", "content": "Hello"}]
    response, request = ask(world, mode, "Hi [EMAIL_1]", messages=messages)
    assert request.messages[0] is messages[0]
    assert response.choices[0].message.content == "Hi [EMAIL_1]"
    assert not [note for note in response.call.trail.notes if note.layer == "Redaction"]


def test_the_callers_messages_stay(world: World) -> None:
    messages = [{"role": "user", "content": f"Mail {EMAIL}"}]
    ask(world, "plain", "ok", messages=messages)
    assert messages == [{"role": "user", "content": f"Mail {EMAIL}"}]


def test_arguments_of_tool_calls(world: World, mode: str) -> None:
    call = tool_call("send", to="[EMAIL_1]", key="[KEY_1]")
    pem = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"
    messages = [{"role": "user", "content": f"Send {pem} to {EMAIL}"}]
    response, _ = ask(world, mode, ["ok ", call], messages=messages)
    (called,) = response.choices[0].message.tool_calls
    assert json.loads(called.function.arguments) == {"to": EMAIL, "key": pem}


def test_pieces_of_arguments() -> None:
    def piece(text: str) -> dict[str, Any]:
        call = {"index": 0, "function": {"arguments": text}}
        return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}

    head = {"index": 0, "id": "c", "function": {"name": "send", "arguments": '{"to": "[EM'}}
    first = {"choices": [{"index": 0, "delta": {"tool_calls": [head]}}]}
    fake = FakeProvider([[first, piece("AIL"), piece('_1]", "x": "['), piece('"}')]])
    stream = fake.client([Redaction()]).completion(MODEL, QUESTION, stream=True)
    response = stream.final()
    (call,) = response.choices[0].message.tool_calls or []
    assert json.loads(call.function.arguments) == {"to": EMAIL, "x": "["}


def test_history_with_tool_calls_results_and_parts(world: World, mode: str) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    call["function"]["arguments"] = json.dumps({"to": EMAIL, "n": 1})  # type: ignore[index]
    messages: list[Any] = [
        {"role": "system", "content": f"You write for {EMAIL}."},
        {"role": "user", "content": [{"type": "text", "text": f"I am {EMAIL}"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": f"sent to {EMAIL}"},
    ]
    response, request = ask(world, mode, "Hello [EMAIL_1]", messages=messages)
    assert sent(request).count("[EMAIL_1]") == 4
    assert response.choices[0].message.content == f"Hello {EMAIL}"


def test_placeholders_are_stable_as_the_conversation_goes_on(world: World, mode: str) -> None:
    fake = FakeProvider(["Hello [EMAIL_1]", "and [EMAIL_2]"])
    client = fake.client([Redaction()])
    first = [{"role": "user", "content": f"I am {EMAIL}"}]
    answer = world.answer(client, mode, MODEL, first).choices[0].message
    later = [*first, answer, {"role": "user", "content": "and bob@example.com"}]
    response = world.answer(client, mode, MODEL, later)
    contents = [message.get("content") for message in fake.requests[1].messages]
    assert contents == ["I am [EMAIL_1]", "Hello [EMAIL_1]", "and [EMAIL_2]"]
    assert response.choices[0].message.content == "and bob@example.com"


def test_a_text_that_looks_like_a_placeholder_is_the_callers(world: World, mode: str) -> None:
    messages = [{"role": "user", "content": f"What is [EMAIL_1]? I am {EMAIL}"}]
    response, _ = ask(world, mode, "[EMAIL_1] is not [EMAIL_2]", messages=messages)
    assert response.choices[0].message.content == f"[EMAIL_1] is not {EMAIL}"


def test_reasoning_is_restored(world: World, mode: str) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "It is [EMAIL_1]"}}]}
    response, _ = ask(world, mode, [thought, "ok"])
    assert response.choices[0].message.reasoning_content == f"It is {EMAIL}"


class Contact(msgspec.Struct):
    email: str


def test_parsed_answers_have_the_values(world: World, mode: str) -> None:
    response, _ = ask(world, mode, '{"email": "[EMAIL_1]"}', response_format=Contact)
    assert response.parsed == Contact(EMAIL)


def test_without_restoring(world: World, mode: str) -> None:
    response, _ = ask(world, mode, "Hello [EMAIL_1]", Redaction(restore=False))
    assert response.choices[0].message.content == "Hello [EMAIL_1]"


def test_some_kinds_and_own_patterns(world: World, mode: str) -> None:
    redaction = Redaction(["email"], patterns={"order": r"ORD-\d+"})
    messages = [{"role": "user", "content": f"{EMAIL} {CARD} ORD-17"}]
    response, request = ask(world, mode, "[ORDER_1]", redaction, messages=messages)
    assert request.messages[0].get("content") == f"[EMAIL_1] {CARD} [ORDER_1]"
    assert response.choices[0].message.content == "ORD-17"


class Analyzer:
    """What Presidio's AnalyzerEngine does, for one name."""

    def analyze(self, text: str, language: str) -> list[Any]:
        assert language == "de"
        at = text.find("Ada")
        near = SimpleNamespace(start=at, end=at + 3, entity_type="PERSON", score=0.9)
        unsure = SimpleNamespace(start=0, end=2, entity_type="PERSON", score=0.1)
        return [near, unsure] if at >= 0 else []


def test_an_analyzer(world: World, mode: str) -> None:
    redaction = Redaction(analyzer=Analyzer(), language="de")
    messages = [{"role": "user", "content": f"Ich bin Ada, {EMAIL}"}]
    response, request = ask(world, mode, "Hallo [PERSON_1]", redaction, messages=messages)
    assert request.messages[0].get("content") == "Ich bin [PERSON_1], [EMAIL_1]"
    assert response.choices[0].message.content == "Hallo Ada"


def test_presidio(world: World) -> None:
    presidio = pytest.importorskip("presidio_analyzer", reason="pip install 'trunkline[presidio]'")
    spacy = pytest.importorskip("spacy")
    engines = importlib.import_module("presidio_analyzer.nlp_engine")
    engine: Any = engines.SpacyNlpEngine()
    engine.nlp = {"en": spacy.blank("en")}
    registry = presidio.RecognizerRegistry()
    pattern = presidio.Pattern("zip", r"\b\d{5}\b", 0.9)
    registry.add_recognizer(presidio.PatternRecognizer("ZIP", patterns=[pattern]))
    analyzer = presidio.AnalyzerEngine(registry=registry, nlp_engine=engine)
    messages = [{"role": "user", "content": f"I live in 12345, {EMAIL}"}]
    response, request = ask(
        world, "plain", "In [ZIP_1]", Redaction(analyzer=analyzer), messages=messages
    )
    assert request.messages[0].get("content") == "I live in [ZIP_1], [EMAIL_1]"
    assert response.choices[0].message.content == "In 12345"


NAMES = {"[EMAIL_1]": "ada@example.com", "[EMAIL_11]": "[EM", "[KEY_1]": "x"}


@given(
    text=st.lists(
        st.sampled_from([*NAMES, "[", "[EMAIL_", "1", "]", "a", "[KEY"]), max_size=12
    ).map("".join),
    cuts=st.lists(st.integers(0, 120), max_size=10),
)
def test_pieces_are_restored_like_the_whole(text: str, cuts: list[int]) -> None:
    whole = Restorer(NAMES).whole(text)
    restorer, places = (
        Restorer(NAMES),
        sorted({0, *(cut % (len(text) + 1) for cut in cuts), len(text)}),
    )
    pieces = [text[one:other] for one, other in pairwise(places)]
    shown = [restorer.feed(piece) for piece in pieces]
    assert "".join(shown) + restorer.end() == whole


@given(world=st.sampled_from(WORLDS), mode=st.sampled_from(["plain", "stream"]))
def test_what_is_echoed_comes_back(world: World, mode: str) -> None:
    def echo(request: Request) -> Any:
        content = str(request.messages[0].get("content"))
        return [content[start : start + 3] for start in range(0, len(content), 3)]

    response, _ = ask(world, mode, echo)
    assert response.choices[0].message.content == QUESTION[0]["content"]


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    body = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [{"type": "text", "text": "Hello [EMAIL_1]"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    events = [
        {"type": "message_start", "message": {**body, "content": [], "stop_reason": None}},
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": "Hello [EMA"},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "IL_1]"},
        },
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 1},
        },
        {"type": "message_stop"},
    ]
    server.reply(answer_json(body) if mode == "plain" else answer_events(events, done=False))
    client = Client([Redaction(), *default_middlewares()])
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": "k" * 9, "max_tokens": 9}
    response = world.answer(client, mode, "anthropic/claude-sonnet-4-5", QUESTION, **arguments)
    assert response.choices[0].message.content == f"Hello {EMAIL}"
    assert EMAIL.encode() not in server.seen[0].body


def test_openais_wire_byte_by_byte(world: World, server: Server) -> None:
    letters = [chunk_body({"content": letter}) for letter in "Hello [EMAIL_1]!"]
    server.reply(answer_events([*letters, chunk_body({}, "stop")]))
    client = Client([Redaction()])
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": "k" * 9}
    _, stream = world.stream(client, MODEL, QUESTION, **arguments)
    assert stream.response.choices[0].message.content == f"Hello {EMAIL}!"


def test_a_real_model(world: World, mode: str, tiny_gguf: Path) -> None:
    client = Client([Redaction(), *default_middlewares()])
    response = world.answer(client, mode, f"local/{tiny_gguf}", QUESTION, temperature=0)
    assert response.choices[0].message.content == CHAT_TEXT


MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (lambda: Redaction(["e-mail"]), "kinds: 'e-mail' is unknown; expected some of key, email"),
    (lambda: Redaction(patterns={"A": "("}), "does not compile"),
    (lambda: Redaction(analyzer=3), "expected Presidio's AnalyzerEngine, got int"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    (lambda: Client([Redaction(), Redaction()]), "two Redaction layers"),
]


@pytest.mark.parametrize(("make", "message"), MISTAKES)
def test_mistakes(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_it_describes_itself() -> None:
    described = Client([Redaction(patterns={"order": "x"})]).describe()
    assert "Redaction([key, email, iban, card, ip, phone, order])" in described
