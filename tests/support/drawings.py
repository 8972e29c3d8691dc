"""Calls to draw, with fixed times instead of measured ones."""

from __future__ import annotations

from typing import Any

from trunkline.pipeline.schema.call_info import CallInfo
from trunkline.pipeline.schema.model_response import ModelResponse
from trunkline.pipeline.schema.parts import (
    Choice,
    CompletionTokensDetails,
    Function,
    Message,
    PromptTokensDetails,
    ToolCall,
    Usage,
)
from trunkline.pipeline.schema.trail import Note, Trail
from trunkline.pipeline.views.call_view import CallView, view_response

#: Text that does harm in HTML that does not escape it, or in a terminal.
HOSTILE = (
    "<script>window.hacked = 1</script><img src=x onerror=hacked=1>\x1b[2J\u202e\ud800\"'&amp;"
)
BEGAN = 1000.0


def note(layer: str, event: str, start: float, end: float, **attributes: Any) -> Note:
    """Return a note; `start` and `end` are in seconds since the call began."""
    return Note(
        layer=layer, event=event, start=BEGAN + start, end=BEGAN + end, attributes=attributes
    )


def eventful_trail() -> Trail:
    """Return a trail: a cache miss, a rate limit, a wait, an overload, a fallback that responds."""
    other = "anthropic/claude-sonnet-4-5"
    adapter, overload = "ProviderAdapter", "ServiceUnavailableError"
    return Trail(
        layers=("guardrail", "Cache", "Fallback", "Retry", "Limit", "Params", adapter),
        began=BEGAN,
        notes=[
            note("guardrail", "checked", 0.001, 0.001, rules=12),
            note("Cache", "miss", 0.002, 0.020),
            note(adapter, "attempt", 0.02, 0.31, model="openai/gpt-4o",
                 error_type="RateLimitError", status_code=429),
            note("Retry", "waited", 0.31, 0.91, after="RateLimitError"),
            note(adapter, "attempt", 0.91, 1.28, model="openai/gpt-4o",
                 error_type=overload, status_code=503),
            note("Fallback", "turned", 1.28, 1.28, to=other, after=overload),
            note("Params", "dropped", 1.281, 1.281, params="seed"),
            note(adapter, "attempt", 1.282, 1.85, model=other),
        ],
    )  # fmt: skip


def response(trail: Trail | None = None, **message: Any) -> ModelResponse:
    """Return a response that was streamed from 1.85 to 3.1 seconds."""
    answer = ModelResponse(
        model="claude-sonnet-4-5",
        choices=[Choice(message=Message(**message), finish_reason="stop")],
        usage=Usage(
            prompt_tokens=1812,
            completion_tokens=94,
            prompt_tokens_details=PromptTokensDetails(cached_tokens=1024),
            completion_tokens_details=CompletionTokensDetails(reasoning_tokens=40),
        ),
    )
    answer.call = CallInfo(
        provider="anthropic",
        model="claude-sonnet-4-5",
        headers={"request-id": "req_011"},
        attempts=3,
        fallback="anthropic/claude-sonnet-4-5",
        dropped_params=["seed"],
        trail=trail or eventful_trail(),
        first_content_at=BEGAN + 1.85,
        ended_at=BEGAN + 3.1,
        cost=0.003846,
    )
    return answer


def eventful_response() -> ModelResponse:
    """Return a response with everything that can be drawn."""
    look_up = Function(name="look_up", arguments='{"topic": "Rayleigh scattering"}')
    return response(
        content="Air scatters short waves more than long ones.\n\nSo the sky is blue.",
        reasoning_content="The question is about scattering. " * 20,
        tool_calls=[ToolCall(id="call_1", function=look_up)],
    )


def view(
    answer: ModelResponse, outcome: str = "completed", error: BaseException | None = None
) -> CallView:
    """Return the view of a response, by default of a complete one."""
    return view_response(answer, outcome, error)


def draw(thing: Any) -> str:
    """Return the HTML that a notebook shows for an object."""
    html: str = thing._repr_html_()
    return html


def hostile_response() -> ModelResponse:
    """Return a response with hostile text in every field that others control."""
    trail = Trail(
        layers=(HOSTILE, "ProviderAdapter"),
        began=BEGAN,
        notes=[
            note(HOSTILE, HOSTILE, 0, 0, why=HOSTILE),
            note("ProviderAdapter", "attempt", 0, 1, model=HOSTILE, error_type=HOSTILE),
        ],
    )
    call = ToolCall(function=Function(name=HOSTILE, arguments=HOSTILE))
    answer = response(
        trail, content=HOSTILE, refusal=HOSTILE, reasoning_content=HOSTILE, tool_calls=[call]
    )
    answer.choices[0].finish_reason = HOSTILE
    answer.call.model = answer.call.provider = answer.call.fallback = HOSTILE
    answer.call.dropped_params = [HOSTILE]
    answer.call.headers = {"request-id": HOSTILE}
    return answer
