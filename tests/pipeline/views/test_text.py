"""Calls as text, for any terminal."""

from __future__ import annotations

import io
import re
from typing import TextIO, cast

import pytest
from msgspec.structs import replace

from tests.support.drawings import BEGAN, eventful_response, hostile_response, note, response, view
from trunkline.pipeline.schema.parts import Function, ToolCall
from trunkline.pipeline.schema.trail import Trail
from trunkline.pipeline.views.call_view import view_call
from trunkline.pipeline.views.text import ASCII, UNICODE, Painter, draw_call, show_call

PICTURE = """\
claude-sonnet-4-5 (anthropic)  \u2713 completed
time 3.10 s \u00b7 first content 1.85 s \u00b7 attempts 3 \u00b7 tokens 1,812 in (1,024
cached), 94 out (40 reasoning) \u00b7 cost $0.003846 \u00b7 fallback
anthropic/claude-sonnet-4-5 \u00b7 dropped seed \u00b7 finish reason stop \u00b7 request id
req_011

guardrail* > Cache* > Fallback* > Retry* > Limit > Params* > ProviderAdapter*

guardrail        |................           checked rules 12
Cache            |................    18 ms  miss
ProviderAdapter  xx...............   290 ms  attempt 1, openai/gpt-4o:
                                             RateLimitError 429
Retry            .----............   600 ms  waited after RateLimitError
ProviderAdapter  ....xxx..........   370 ms  attempt 2, openai/gpt-4o:
                                             ServiceUnavailableError 503
Fallback         .......|.........           turned to
                                             anthropic/claude-sonnet-4-5, after
                                             ServiceUnavailableError
Params           .......|.........           dropped params seed
ProviderAdapter  .......###.......   568 ms  attempt 3,
                                             anthropic/claude-sonnet-4-5
Stream           ..........=======   1.25 s  streamed

answer
  Air scatters short waves more than long ones.

  So the sky is blue.

tool call
  look_up({"topic": "Rayleigh scattering"})

reasoning
  680 characters"""


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Narrow(io.TextIOWrapper):
    """A file of an encoding that has few characters."""

    def __init__(self, encoding: str) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, errors="strict")

    def text(self) -> str:
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


def bars(text: str) -> str:
    """The picture with ASCII's bars, which are easier to read in a test."""
    for kind, bar in UNICODE.bars.items():
        text = text.replace(bar, ASCII.bars[kind])
    text = text.replace(UNICODE.layer_separator, ASCII.layer_separator)
    head, _, rest = text.partition("guardrail  ")
    return head + "guardrail  " + rest.replace(UNICODE.track, ASCII.track)


def test_the_picture() -> None:
    assert bars(draw_call(view(eventful_response()), 80)) == PICTURE


@pytest.mark.parametrize("width", [52, 60, 80, 200])
def test_no_line_is_too_wide(width: int) -> None:
    drawn = view(eventful_response())
    text = draw_call(replace(drawn, provider="a-provider-with-a-long-name"), width)
    assert max(map(len, text.splitlines())) <= width
    assert "attempt 3" in text


def test_bars_keep_to_their_lane_and_their_order() -> None:
    lines = draw_call(view(eventful_response()), 120, ASCII).splitlines()
    rows = [match for line in lines if (match := re.match(r"\S+ +(\.*)([|x#=-]+)(\.*)  ", line))]
    assert len(rows) == 9
    assert len({len("".join(row.groups())) for row in rows}) == 1
    starts = [len(row[1]) for row in rows]
    assert starts == sorted(starts)


def test_a_bar_without_time() -> None:
    trail = Trail(began=BEGAN, notes=[note("mine", "did", 0, 0)])
    assert "mine  |..." in draw_call(view_call(trail, None, model="m"), 80, ASCII)


def test_wide_characters() -> None:
    trail = Trail(began=BEGAN, notes=[note("\u5c64", "did", 0, 1), note("mine", "did", 0, 1)])
    answer = response(trail, content="\u7a7a" * 100)
    text = draw_call(view(answer), 80, ASCII)
    one, other = (line for line in text.splitlines() if "did" in line)
    assert len(one) + 1 == len(other)
    assert max(len(line) + line.count("\u7a7a") for line in text.splitlines()) == 80


def test_long_answers_say_how_much_is_cut() -> None:
    call = ToolCall(function=Function(name="f", arguments="1" * 10_200))
    text = draw_call(view(response(content="x" * 3000, tool_calls=[call])))
    words = " ".join(text.split())
    assert "(2,000 more characters)" in words
    assert "(10,000 more characters)" in words


def test_more_notes_than_are_drawn() -> None:
    trail = Trail(began=BEGAN, notes=[note("mine", "did", 0, 0)] * 1107)
    assert "1,007 more notes not shown" in draw_call(view_call(trail, None, model="m"))


def test_colors_add_nothing_but_colors() -> None:
    drawn = view(eventful_response())
    colored = draw_call(drawn, 80, UNICODE, Painter())
    assert "\x1b[31m" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == draw_call(drawn, 80)


@pytest.mark.parametrize("outcome", ["completed", "failed", "truncated", "abandoned", "open"])
def test_outcomes(outcome: str) -> None:
    assert outcome in draw_call(view(eventful_response(), outcome)).splitlines()[0]


class TestShow:
    def shown(self, file: TextIO, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
        for name in ("NO_COLOR", "TERM", "COLUMNS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        show_call(view(eventful_response()), file)

    def test_into_a_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        file = io.StringIO()
        self.shown(file, monkeypatch)
        assert bars(file.getvalue()) == PICTURE + "\n"

    def test_on_standard_output(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        show_call(view(eventful_response()))
        assert bars(capsys.readouterr().out) == PICTURE + "\n"

    def test_as_wide_as_the_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        file = io.StringIO()
        self.shown(file, monkeypatch, COLUMNS="60")
        assert 55 < max(map(len, file.getvalue().splitlines())) <= 60

    @pytest.mark.parametrize(
        ("variables", "colored"),
        [
            ({}, True),
            ({"NO_COLOR": "1"}, False),
            ({"NO_COLOR": ""}, True),
            ({"TERM": "dumb"}, False),
        ],
    )
    def test_colors(
        self, variables: dict[str, str], colored: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = Terminal()
        self.shown(file, monkeypatch, **variables)
        assert ("\x1b" in file.getvalue()) is colored

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
    def test_an_encoding_without_bars(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        file = Narrow(encoding)
        self.shown(file, monkeypatch)
        assert file.text().isascii()
        assert "....xxx...." in file.text()

    def test_text_that_an_encoding_has_not(self) -> None:
        file = Narrow("ascii")
        show_call(view(response(content="na\u00efve \U0001f600")), file)
        assert "na?ve ?" in file.text()

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "ascii"])
    def test_hostile_text(self, encoding: str) -> None:
        file = Narrow(encoding)
        show_call(
            view(hostile_response(), error=ValueError("\x1b]0;title\x07")), cast("TextIO", file)
        )
        text = file.text()
        assert not [letter for letter in text if not letter.isprintable() and letter != "\n"]
