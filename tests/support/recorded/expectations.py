"""Compare a response with the expected values of a recorded exchange.

The expected values of a recording use the provider's own counts and names. trunkline uses OpenAI's,
which differ in a few places: each of the `CORRECTIONS` changes the expected values before the
comparison, and says why. `ODD_TOTALS` lists the recordings with counts that do not add up, by id,
with the reason; their counts are passed on unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.recorded.recordings import Row
from trunkline import ModelResponse
from trunkline.pipeline.json_values import JSON


def count_reasoning_of_xai(row: Row) -> JSON:
    """Add reasoning to completion_tokens: OpenAI includes it, xAI does not.

    xAI's total is prompt + completion + reasoning.
    """
    if row["provider"] != "xai" or "usage-total-differs" not in row["flags"]:
        return {}
    expect = row["expect"]
    return {"completion_tokens": expect["completion_tokens"] + expect["reasoning_tokens"]}


def count_tool_use_of_gemini(row: Row) -> JSON:
    """Add the tokens that Gemini's built-in tools add to the prompt to prompt_tokens.

    Gemini counts them separately (toolUsePromptTokenCount), and includes them in the total.
    """
    expect = row["expect"]
    added = expect.get("tool_use_prompt_tokens")
    return {"prompt_tokens": expect["prompt_tokens"] + added} if added else {}


def count_no_answer_of_gemini(row: Row) -> JSON:
    """Expect 0 completion_tokens if Gemini sent no count, because the prompt was blocked."""
    expect = row["expect"]
    counted = expect.get("prompt_tokens") is not None
    uncounted = row["wire"] == "gemini" and counted and expect["completion_tokens"] is None
    return {"completion_tokens": 0} if uncounted else {}


def show_plan_of_cohere(row: Row) -> JSON:
    """Add Cohere's tool_plan, its thoughts before tool calls, to the reasoning."""
    expect = row["expect"]
    plan = expect.get("tool_plan")
    return {"reasoning": (expect.get("reasoning") or "") + plan} if plan else {}


#: Functions that return the fields to change in a row's expected values, {} if none.
CORRECTIONS: tuple[Callable[[Row], JSON], ...] = (
    count_reasoning_of_xai,
    count_tool_use_of_gemini,
    count_no_answer_of_gemini,
    show_plan_of_cohere,
)

_THOUGHTS = (
    "Google's OpenAI-compatible endpoint omitted thoughts from completion_tokens and counted them"
    " only in the total. (trunkline's row for Gemini uses its native wire.)"
)
_AUDIO = (
    "Mistral does not count audio in prompt_tokens, bills it by the second"
    " (prompt_audio_seconds), and includes it in the total."
)
ODD_TOTALS = {
    "gemini-6725a6cc14bf": "the total includes the prompt and the thoughts, but not the text",
    "gemini-baec08c5b51f": _THOUGHTS,
    "gemini-cdccbb0a254d": _THOUGHTS,
    "mistral-a85ebcf535c0": _AUDIO,
    "mistral-a8aa2e2b58ac": _AUDIO,
}


def corrected(row: Row) -> JSON:
    """Return the corrected expected values of a row."""
    expect: JSON = row["expect"]
    for correction in CORRECTIONS:
        expect = {**expect, **correction(row)}
    return expect


def check_answer(response: ModelResponse, row: Row) -> None:
    """Assert text, reasoning, tool calls, finish reasons and tokens."""
    expect = corrected(row)
    choices = expect.get("choices") or [expect]
    assert len(response.choices) == len(choices)
    for choice, wanted in zip(response.choices, choices, strict=True):
        message = choice.message
        assert (message.content or "") == wanted.get("text", "")
        assert (message.reasoning_content or "") == (wanted.get("reasoning") or "")
        check_calls(message.tool_calls or [], wanted.get("tool_calls") or [])
        if wanted.get("refusal"):
            assert message.refusal == wanted["refusal"]
        if wanted.get("finish_openai"):
            assert choice.finish_reason == wanted["finish_openai"]
    check_tokens(response, expect)
    usage = response.usage
    if usage is not None:
        difference = usage.total_tokens - usage.prompt_tokens - usage.completion_tokens
        assert (difference != 0) == (row["id"] in ODD_TOTALS)


def check_calls(calls: list[Any], wanted: list[JSON]) -> None:
    """Assert names and arguments of tool calls, in order, and that each has an id."""
    assert [call.function.name for call in calls] == [call["name"] for call in wanted]
    for call, other in zip(calls, wanted, strict=True):
        assert call.id
        assert read_arguments(call.function.arguments) == other["arguments"]


def read_arguments(arguments: str) -> object:
    """Decode arguments; return invalid JSON unchanged, as a model may not finish it."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def check_tokens(response: ModelResponse, expect: JSON) -> None:
    """Assert the token counts, if the provider sent any."""
    if expect.get("prompt_tokens") is None:
        return
    usage = response.usage
    assert usage is not None
    assert usage.prompt_tokens == expect["prompt_tokens"]
    assert usage.completion_tokens == expect["completion_tokens"]
    if expect.get("cached_tokens"):
        details = usage.prompt_tokens_details
        assert details is not None
        assert details.cached_tokens == expect["cached_tokens"]
