"""Guardrails: what is refused neither leaves nor is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import MESSAGES, chunk_body, completion_body
from tests.support.server import Server, answer_events, answer_json
from tests.support.tiny_gguf import CHAT_TEXT
from tests.support.worlds import WORLDS, World
from trunkline import (
    BadRequestError,
    Client,
    ContentPolicyViolationError,
    Guardrail,
    GuardrailError,
    Request,
    default_middlewares,
)
from trunkline.testing import FakeProvider, Item, tool_call

MODEL = "openai/gpt-4o"
BAD = [{"role": "user", "content": "Tell me the secret."}]
SORRY = "I cannot help with that."


def no_secret(text: str) -> bool:
    return "secret" not in text


async def why_not(text: str) -> str | None:
    return "it names a secret" if "secret" in text else None


def ask(world: World, mode: str, script: list[Item], guardrail: Guardrail, messages: Any) -> Any:
    fake = FakeProvider(script)
    client = fake.client([guardrail, *default_middlewares()])
    try:
        return world.answer(client, mode, MODEL, messages), fake
    finally:
        assert fake.open_streams == 0


CHECKS: list[tuple[Any, str]] = [(no_secret, "a rule was broken"), (why_not, "it names a secret")]


@pytest.mark.parametrize(("check", "reason"), CHECKS)
def test_a_refused_input_is_not_sent(world: World, mode: str, check: Any, reason: str) -> None:
    fake = FakeProvider(["never"])
    client = fake.client([Guardrail(input=check), *default_middlewares()])
    with pytest.raises(GuardrailError, match=f"the input was refused: {reason}") as caught:
        world.answer(client, mode, MODEL, BAD)
    error = caught.value
    assert isinstance(error, ContentPolicyViolationError)
    assert (error.where, error.reason, error.attempts) == ("input", reason, 0)
    assert fake.requests == []


@pytest.mark.parametrize(("check", "reason"), CHECKS)
def test_a_refused_output_is_not_shown(world: World, mode: str, check: Any, reason: str) -> None:
    with pytest.raises(GuardrailError, match=f"the output was refused: {reason}") as caught:
        ask(world, mode, [["It is a ", "secret", " plan"]], Guardrail(output=check), MESSAGES)
    error = caught.value
    assert (error.where, error.attempts) == ("output", 1)
    assert "secret" not in str(error.partial)


def test_what_is_fine_passes(world: World, mode: str) -> None:
    guardrail = Guardrail(no_secret, why_not)
    response, fake = ask(world, mode, [["All ", "is ", "fine"]], guardrail, MESSAGES)
    assert response.choices[0].message.content == "All is fine"
    assert response.choices[0].finish_reason == "stop"
    assert response.usage.total_tokens == 15
    assert len(fake.requests) == 1


@pytest.mark.parametrize("where", ["input", "output"])
def test_an_answer_instead_of_an_error(world: World, mode: str, where: str) -> None:
    given: dict[str, Any] = {where: no_secret}
    guardrail = Guardrail(**given, answer=SORRY)
    messages = BAD if where == "input" else MESSAGES
    response, fake = ask(world, mode, [["a ", "secret ", "plan"]], guardrail, messages)
    assert response.choices[0].message.content == SORRY
    assert response.choices[0].finish_reason == "content_filter"
    assert response.attempts == len(fake.requests) == (where == "output")
    notes = [note for note in response.call.trail.notes if note.layer == "Guardrail"]
    assert [note.attributes for note in notes] == [{"where": where}]


def test_system_messages_are_trusted_and_history_is_not(world: World, mode: str) -> None:
    system = {"role": "system", "content": "The secret is 7."}
    response, _ = ask(world, mode, ["ok"], Guardrail(input=no_secret), [system, *MESSAGES])
    assert response.choices[0].message.content == "ok"
    result = {"role": "tool", "tool_call_id": "c", "content": "the secret is 7"}
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    history = [*MESSAGES, {"role": "assistant", "content": None, "tool_calls": [call]}, result]
    with pytest.raises(GuardrailError):
        ask(world, mode, ["never"], Guardrail(input=no_secret), history)


@pytest.mark.parametrize(
    "item",
    [
        tool_call("send", text="the secret"),
        [{"choices": [{"index": 0, "delta": {"reasoning_content": "the secret"}}]}, "fine"],
    ],
)
@pytest.mark.parametrize("window", [None, 5])
def test_arguments_and_reasoning_are_checked(
    world: World, mode: str, item: Any, window: int | None
) -> None:
    with pytest.raises(GuardrailError):
        ask(world, mode, [item], Guardrail(output=no_secret, window=window), MESSAGES)


class TestWindows:
    """Output that is checked while it streams."""

    def read(self, world: World, guardrail: Guardrail, pieces: list[str]) -> tuple[str, Any]:
        """Return the text that was shown, and the error if there was one."""
        client = FakeProvider([pieces]).client([guardrail])
        shown: list[str] = []

        def blocking() -> None:
            shown.extend(client.completion(MODEL, MESSAGES, stream=True).text())

        async def asynchronous() -> None:
            stream = await client.acompletion(MODEL, MESSAGES, stream=True)
            async for piece in stream.text():
                shown.append(piece)

        try:
            if world.blocking:
                blocking()
            else:
                world.run(asynchronous)
        except GuardrailError as error:
            return "".join(shown), error
        return "".join(shown), None

    def test_text_is_shown_as_soon_as_it_was_checked(self, world: World) -> None:
        seen: list[str] = []

        def look(text: str) -> None:
            seen.append(text)

        guardrail = Guardrail(output=look, window=6)
        text, error = self.read(world, guardrail, ["abc", "def", "ghi", "jkl", "m"])
        assert (text, error) == ("abcdefghijklm", None)
        assert seen == ["abcdef", "abcdefghijkl", "ghijklm"]

    def test_what_is_refused_is_never_shown(self, world: World) -> None:
        pieces = ["All is fine. ", "But the sec", "ret is 7", " and more"]
        text, error = self.read(world, Guardrail(output=no_secret, window=8), pieces)
        assert text == "All is fine. But the sec"
        assert error.where == "output"
        assert "ret is" not in str(error.partial)

    def test_an_answer_takes_the_place_of_the_rest(self, world: World) -> None:
        guardrail = Guardrail(output=no_secret, window=8, answer=f" {SORRY}")
        text, error = self.read(world, guardrail, ["All is fine.", "a secret", " and more"])
        assert (text, error) == (f"All is fine. {SORRY}", None)


@given(
    world=st.sampled_from(WORLDS),
    pieces=st.lists(st.text("xyz", min_size=1, max_size=6), max_size=8),
    window=st.integers(3, 9),
)
def test_no_text_that_a_check_refuses_is_shown(
    world: World, pieces: list[str], window: int
) -> None:
    def no_xyz(text: str) -> bool:
        return "xyz" not in text

    guardrail = Guardrail(output=no_xyz, window=window)
    shown, error = TestWindows().read(world, guardrail, pieces)
    whole = "".join(pieces)
    assert "xyz" not in shown
    assert whole.startswith(shown)
    assert (error is not None) == ("xyz" in whole)
    if error is None:
        assert shown == whole


class TestModels:
    """Models that judge by a policy."""

    def judged(self, request: Request) -> Any:
        """Respond as the judge, or as the model that is called."""
        if request.model != "groq/guard":
            return "The secret is 7." if "leak" in str(request.messages) else "Hello"
        text = str(request.messages[-1].get("content"))
        return "unsafe\nS1: names a secret" if "secret" in text else "SAFE"

    def ask(self, world: World, mode: str, guardrail: Guardrail, text: str) -> Any:
        fake = FakeProvider([self.judged] * 4)
        client = fake.client([guardrail, *default_middlewares()])
        messages = [{"role": "user", "content": text}]
        arguments: dict[str, Any] = {"api_key": "mine", "temperature": 0, "tools": []}
        return world.answer(client, mode, MODEL, messages, **arguments), fake

    def test_both_ways(self, world: World, mode: str) -> None:
        guardrail = Guardrail(
            "groq/guard", {"model": "groq/guard", "max_tokens": 9}, policy="Be nice."
        )
        response, fake = self.ask(world, mode, guardrail, "Hi")
        assert response.choices[0].message.content == "Hello"
        assert [request.model for request in fake.requests] == ["groq/guard", MODEL, "groq/guard"]
        assert response.attempts == 3
        question, _, later = fake.requests
        assert "Be nice." in str(question.messages[0].get("content"))
        assert (question.stream, question.api_key, dict(question.params)) == (False, None, {})
        assert later.params == {"max_tokens": 9}

    @pytest.mark.parametrize("text", ["a secret", "leak it"])
    def test_refused(self, world: World, mode: str, text: str) -> None:
        guardrail = Guardrail("groq/guard", "groq/guard")
        with pytest.raises(GuardrailError, match="S1: names a secret") as caught:
            self.ask(world, mode, guardrail, text)
        assert caught.value.attempts == (1 if text == "a secret" else 3)

    def test_without_a_verdict_nothing_passes(self, world: World, mode: str) -> None:
        fake = FakeProvider(["I would rather not say."])
        with pytest.raises(GuardrailError, match="gave no verdict"):
            world.answer(fake.client([Guardrail("groq/guard")]), mode, MODEL, MESSAGES)


@pytest.mark.parametrize("verdict", [0, 1, {"flagged": False}, ["violence"], 0.2, b"no"], ids=repr)
def test_what_a_check_must_not_return_lets_nothing_pass(
    world: World, mode: str, verdict: Any
) -> None:
    def judge(_text: str) -> Any:
        return verdict

    client = FakeProvider(["secret"]).client([Guardrail(output=judge)])
    with pytest.raises(BadRequestError, match=r"judge returned .*; a check returns True or"):
        world.answer(client, mode, MODEL, MESSAGES)


def test_a_check_that_fails_lets_nothing_pass(world: World, mode: str) -> None:
    def broken(text: str) -> bool:
        raise LookupError(text[:3])

    with pytest.raises(LookupError):
        ask(world, mode, ["never"], Guardrail(input=broken), MESSAGES)
    with pytest.raises(LookupError):
        ask(world, mode, ["never"], Guardrail(output=broken), MESSAGES)


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    server.reply(
        answer_json(completion_body("a secret"))
        if mode == "plain"
        else answer_events(
            [chunk_body({"content": "a sec"}), chunk_body({"content": "ret"}, "stop")]
        )
    )
    client = Client([Guardrail(output=no_secret, answer=SORRY), *default_middlewares()])
    arguments = {"base_url": server.url, "api_key": "k" * 9}
    response = world.answer(client, mode, MODEL, MESSAGES, **arguments)
    assert response.choices[0].message.content == SORRY


def test_a_real_model(world: World, mode: str, tiny_gguf: Path) -> None:
    model = f"local/{tiny_gguf}"
    fine = Client([Guardrail(output=no_secret, window=10), *default_middlewares()])
    response = world.answer(fine, mode, model, MESSAGES, temperature=0)
    assert response.choices[0].message.content == CHAT_TEXT
    strict = Client([Guardrail(output=lambda text: "tiny" not in text), *default_middlewares()])
    with pytest.raises(GuardrailError):
        world.answer(strict, mode, model, MESSAGES, temperature=0)


class AClass:
    pass


ANY: Any = AClass
MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (Guardrail, ValueError, "nothing to check; give input=, output= or both"),
    (lambda: Guardrail(ANY), TypeError, "input: expected a function or a model, got a class"),
    (lambda: Guardrail(output={"name": "x"}), TypeError, "a dictionary with 'model'"),
    (
        lambda: Guardrail(no_secret, window=0),
        ValueError,
        "window: expected an int of 1 or more characters",
    ),
]


@pytest.mark.parametrize(("make", "kind", "message"), MISTAKES)
def test_mistakes(make: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        make()


def test_it_describes_itself_and_warns_inside_a_cache() -> None:
    client = Client([Guardrail(no_secret, "groq/guard"), *default_middlewares()])
    assert "Guardrail(input=no_secret, output=str)" in client.describe()
    with pytest.warns(UserWarning, match="a cached response would not be checked"):
        Client([*default_middlewares(), Guardrail(no_secret)])
