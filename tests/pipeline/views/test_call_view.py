"""What is drawn of a call: rows, facts, answers."""

from __future__ import annotations

import pytest

from tests.support.drawings import (
    BEGAN,
    HOSTILE,
    eventful_response,
    hostile_response,
    note,
    response,
    view,
)
from trunkline.pipeline.schema.model_response import ModelResponse
from trunkline.pipeline.schema.parts import (
    Audio,
    Choice,
    CustomTool,
    Function,
    Message,
    ToolCall,
)
from trunkline.pipeline.schema.trail import Trail
from trunkline.pipeline.views.call_view import (
    MAX_LABEL,
    MAX_ROWS,
    clean,
    cut,
    format_seconds,
    label,
    view_call,
    view_layer,
    view_response,
)
from trunkline.pipeline.views.html_page import draw_call
from trunkline.pipeline.views.text import draw_call as draw_text


def test_the_waterfall() -> None:
    drawn = view(eventful_response())
    assert [(row.layer, row.kind) for row in drawn.rows] == [
        ("guardrail", "note"),
        ("Cache", "note"),
        ("ProviderAdapter", "failed"),
        ("Retry", "waited"),
        ("ProviderAdapter", "failed"),
        ("Fallback", "note"),
        ("Params", "note"),
        ("ProviderAdapter", "attempt"),
        ("Stream", "stream"),
    ]
    texts = [row.text for row in drawn.rows]
    assert texts[0] == "checked rules 12"
    assert texts[2] == "attempt 1, openai/gpt-4o: RateLimitError 429"
    assert texts[3] == "waited after RateLimitError"
    assert texts[7] == "attempt 3, anthropic/claude-sonnet-4-5"
    assert texts[8] == "streamed"
    assert [row.start for row in drawn.rows] == sorted(row.start for row in drawn.rows)
    assert drawn.seconds == pytest.approx(3.1)
    assert (drawn.rows[0].took, drawn.rows[3].took) == ("", "600 ms")


def test_the_facts() -> None:
    assert dict(view(eventful_response()).facts) == {
        "time": "3.10 s",
        "first content": "1.85 s",
        "attempts": "3",
        "tokens": "1,812 in (1,024 cached), 94 out (40 reasoning)",
        "cost": "$0.003846",
        "fallback": "anthropic/claude-sonnet-4-5",
        "dropped": "seed",
        "finish reason": "stop",
        "request id": "req_011",
    }


def test_the_chain() -> None:
    assert view(eventful_response()).layers == (
        ("guardrail", True),
        ("Cache", True),
        ("Fallback", True),
        ("Retry", True),
        ("Limit", False),
        ("Params", True),
        ("ProviderAdapter", True),
    )


def test_the_answers() -> None:
    [answer] = view(eventful_response()).answers
    assert answer.title == "answer"
    assert answer.text.endswith("So the sky is blue.")
    assert answer.reasoning.startswith("The question")
    assert answer.calls == (("look_up", '{"topic": "Rayleigh scattering"}'),)


def test_calls_of_custom_tools() -> None:
    call = ToolCall(type="custom", custom=CustomTool(name="shell", input="ls -l"))
    made = ModelResponse(choices=[Choice(message=Message(tool_calls=[call]))])
    [answer] = view_response(made).answers
    assert answer.calls == (("shell", "ls -l"),)
    assert "shell(ls -l)" in draw_text(view_response(made))


def test_several_answers_and_media() -> None:
    images = [{"type": "image_url"}] * 2
    several = ModelResponse(
        choices=[
            Choice(message=Message(images=images, audio=Audio(transcript="Hi"))),
            Choice(
                message=Message(
                    images=images[:1], audio=Audio(), function_call=Function(name="old")
                )
            ),
        ]
    )
    one, other = view_response(several).answers
    assert (one.title, one.media) == ("answer 1 of 2", "2 images, audio: Hi")
    assert (other.title, other.media) == ("answer 2 of 2", "1 image, audio: without transcript")
    assert other.calls == (("old", ""),)
    assert "audio: without transcript" in draw_call(view_response(several))


def test_a_stream_that_has_not_ended() -> None:
    answer = eventful_response()
    answer.call.ended_at = None
    answer.choices[0].finish_reason = None
    drawn = view_response(answer, "open")
    assert (drawn.rows[-1].text, drawn.outcome) == ("arriving", "open")
    assert drawn.seconds >= 1.85
    assert "finish reason" not in dict(drawn.facts)


def test_a_response_made_by_hand() -> None:
    drawn = view_response(
        ModelResponse(model="mine", choices=[Choice(message=Message(content="Hi"))])
    )
    assert (drawn.model, drawn.provider, drawn.outcome) == ("mine", "", "")
    assert (drawn.facts, drawn.layers, drawn.rows, drawn.seconds) == ((), (), (), 0)
    assert [answer.text for answer in drawn.answers] == ["Hi"]


def test_a_time_without_a_trail() -> None:
    answer = ModelResponse(model="mine")
    answer.call.response_ms = 1500
    assert dict(view_response(answer).facts) == {"time": "1.50 s"}


def test_a_trail_that_no_client_began() -> None:
    trail = Trail(notes=[note("mine", "did", 2, 3), note("mine", "did", 1, 2)])
    drawn = view_call(trail, None, model="m")
    assert [row.start for row in drawn.rows] == [0, 1]
    assert drawn.seconds == 2


def test_an_error_and_its_notes() -> None:
    error = ValueError("no \x1b[31m")
    error.add_note("before that: KeyError")
    drawn = view_call(Trail(), None, model="m", outcome="failed", error=error)
    assert drawn.error == "ValueError: no \ufffd[31m\nbefore that: KeyError"


def test_more_notes_than_are_drawn() -> None:
    trail = Trail(began=BEGAN, notes=[note("mine", "did", 0, 0)] * (MAX_ROWS + 7))
    drawn = view_call(trail, None, model="m")
    assert (len(drawn.rows), drawn.more) == (MAX_ROWS, 7)


def test_nothing_that_is_drawn_does_anything() -> None:
    drawn = view(hostile_response(), error=ValueError(HOSTILE))
    text = repr(drawn)
    for escape in ("\\x1b", "\\u202e", "\\ud800"):
        assert escape in repr(HOSTILE)
        assert escape not in text


def test_marks_that_scripts_are_written_with_stay() -> None:
    assert clean("\u200e1\u200f\u061c") == "\u200e1\u200f\u061c"


def test_layers() -> None:
    class Mine:
        """Does a thing.

        And another.
        """

        options = frozenset({"b", "a"})

    drawn = view_layer("Mine(1)", Mine())
    assert (drawn.name, drawn.summary, drawn.options) == ("Mine(1)", "Does a thing.", "a, b")

    def plain() -> None:
        pass

    assert view_layer("plain", plain).summary == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00004, "0.0 ms"),
        (0.00021, "0.2 ms"),
        (0.00994, "9.9 ms"),
        (0.00996, "10 ms"),
        (0.4124, "412 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (2.314, "2.31 s"),
        (125.3, "125 s"),
    ],
)
def test_spans_of_time(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_long_text_says_how_much_was_cut() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("x" * 1235, 1) == "x\u2026 (1,234 more characters)"
    assert label("a\n b\t" + "x" * MAX_LABEL).startswith("a b x")
    assert label("x" * (MAX_LABEL + 5)).endswith("\u2026 (5 more characters)")


def test_lines_and_tabs_stay() -> None:
    assert clean("a\r\nb\tc\rd") == "a\nb\tc\ufffdd"


def test_an_attempt_keeps_what_else_is_noted_of_it() -> None:
    trail = Trail(
        began=BEGAN, notes=[note("A", "attempt", 0, 1, model="m", region="eu", share=0.5)]
    )
    [row] = view_call(trail, response(trail, content="Hi"), model="m").rows[:1]
    assert row.text == "attempt 1, m, region eu, share 0.5"
