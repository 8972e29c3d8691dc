"""Calls and chains as HTML: parsed here, rendered in test_browser.py."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.drawings import (
    HOSTILE,
    draw,
    eventful_response,
    hostile_response,
    response,
    view,
)
from tests.support.worlds import World
from trunkline import Client, ModelResponse, Retry
from trunkline.pipeline.views.call_view import view_layer
from trunkline.pipeline.views.html_page import COLORS, draw_call, draw_chain
from trunkline.testing import FakeProvider

VOID = {"br", "hr", "img", "input", "link", "meta"}


class Page(HTMLParser):
    """Elements, attributes and text of a piece of HTML; complains of what is not nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data


def assert_harmless(html: str) -> None:
    page = Page(html)
    assert not {"script", "img", "iframe", "link", "object", "base", "form"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert names <= {"aria-label", "class", "role", "scope", "style", "title"}
    assert "url(" not in html
    assert "@import" not in html


def test_a_call_says_everything() -> None:
    page = Page(draw_call(view(eventful_response())))
    for text in (
        "claude-sonnet-4-5",
        "\u2713 completed",
        "3.10 s",
        "1,812 in (1,024 cached), 94 out (40 reasoning)",
        "$0.003846",
        "guardrail \u203a Cache \u203a Fallback \u203a Retry \u203a Limit",
        "attempt 2, openai/gpt-4o: ServiceUnavailableError 503",
        "waited after RateLimitError",
        "So the sky is blue.",
        'look_up({"topic": "Rayleigh scattering"})',
        "reasoning (680 characters)",
    ):
        assert text in page.text
    assert_harmless(draw_call(view(eventful_response())))


def test_reasoning_is_folded() -> None:
    html = draw_call(view(eventful_response()))
    assert "<details><summary>reasoning" in html


def test_hostile_text_is_shown_and_does_nothing() -> None:
    html = draw_call(view(hostile_response(), error=ValueError(HOSTILE)))
    assert_harmless(html)
    assert Page(html).text.count("<script>window.hacked = 1</script>") > 10
    html.encode()


def test_hostile_layers() -> None:
    class Hostile:
        __doc__ = HOSTILE.replace("\ud800", "")
        options = (HOSTILE,)

    html = draw_chain(HOSTILE, [view_layer(HOSTILE, Hostile())])
    assert_harmless(html)
    assert Page(html).text.count("<script>") == 4


def test_long_answers_say_how_much_is_cut() -> None:
    page = Page(draw_call(view(response(content="x" * 5234, reasoning_content="y" * 4001))))
    assert "\u2026 (1,234 more characters)" in page.text
    assert "\u2026 (1 more characters)" in page.text


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("completed", "completed"),
        ("failed", "failed"),
        ("truncated", "broke off"),
        ("abandoned", "left by the caller"),
        ("open", "not ended"),
    ],
)
def test_outcomes(outcome: str, word: str) -> None:
    assert word in Page(draw_call(view(eventful_response(), outcome))).text


def luminance(color: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("background", ["#ffffff", "#f8f8f8", "#1e1e1e", "#111111", "#0d1117"])
def test_bars_stand_out_from_any_theme(background: str) -> None:
    for color in COLORS.values():
        dark, light = sorted((luminance(color), luminance(background)))
        assert (light + 0.05) / (dark + 0.05) >= 3, color


class TestObjects:
    """What a notebook asks for."""

    def html(self, thing: Any) -> str:
        drawn = draw(thing)
        assert_harmless(drawn)
        return Page(drawn).text

    def test_a_response(self, world: World, mode: str) -> None:
        client = FakeProvider([503, "Hello there"]).client([Retry(wait=_no_wait)])
        text = self.html(world.answer(client, mode, "openai/gpt-4o", MESSAGES))
        assert "attempt 1, openai/gpt-4o: ServiceUnavailableError 503" in text
        assert "attempt 2, openai/gpt-4o" in text
        assert "Hello there" in text
        assert "Retry" in text

    def test_a_response_made_by_hand(self) -> None:
        text = self.html(ModelResponse(model="mine"))
        assert text.split() == ["mine"]

    def test_a_stream(self) -> None:
        client = FakeProvider(["Hello there"]).client()
        stream = client.completion("openai/gpt-4o", MESSAGES, stream=True)
        next(stream)
        text = self.html(stream)
        assert "not ended" in text
        assert "arriving" in text
        assert "there" not in text
        for _ in stream:
            pass
        text = self.html(stream)
        assert "completed" in text
        assert "streamed" in text
        assert "Hello there" in text

    def test_a_stream_that_was_left(self) -> None:
        stream = FakeProvider(["Hello there"]).client().completion("m", MESSAGES, stream=True)
        next(stream)
        stream.close()
        assert "left by the caller" in self.html(stream)

    def test_a_client(self) -> None:
        async def guardrail(request: Any, call_next: Any) -> Any:
            """Checks what is asked."""

        with Client([guardrail, Retry()], adapter=FakeProvider()) as client:
            text = self.html(client)
        for part in ("guardrail", "Checks what is asked.", "Retry(attempts=3)", "num_retries"):
            assert part in text
        assert "FakeProvider" in text

    def test_no_key_is_drawn(self) -> None:
        key = "sk-0123456789"
        client = FakeProvider(["Hello"]).client()
        response = client.completion("openai/gpt-4o", MESSAGES, api_key=key)
        assert key not in draw(response) + draw(client)


def _no_wait(_state: object) -> float:
    return 0.0
