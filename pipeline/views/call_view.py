"""What a drawing of a call shows, as plain data; text.py and html_page.py lay it out.

A drawing must never fail, so values that a caller or a wire has set to a wrong type are shown as
they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from ..schema.charges import unasked
from ..schema.trail import ATTEMPT, Attribute, Note, Trail

if TYPE_CHECKING:
    from ..schema.call_info import CallInfo
    from ..schema.model_response import ModelResponse
    from ..schema.parts import Choice, Message, Usage

#: Maximum number of rows in the drawing of a call.
MAX_ROWS = 100
#: Maximum number of characters of a label.
MAX_LABEL = 160

# Control characters, which a terminal executes; characters that override the direction of text; and
# surrogates, which cannot be encoded. The marks U+200E, U+200F and U+061C stay: Arabic and Hebrew
# text uses them, and they do not override anything.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Events in which a layer only waited.
_WAITS = frozenset({"joined", "waited"})

Kind = Literal["attempt", "failed", "stream", "waited", "note"]
Facts = tuple[tuple[str, str], ...]


class Row(Struct, frozen=True, kw_only=True):
    """A bar of the waterfall; `start` is in seconds since the call began."""

    layer: str
    text: str
    kind: Kind
    start: float
    seconds: float

    @property
    def took(self) -> str:
        """The duration as text, "" for an event without a duration."""
        return format_seconds(self.seconds) if self.seconds else ""


class AnswerView(Struct, frozen=True, kw_only=True):
    """One choice of a response; `calls` has the names of tool calls and what they pass."""

    title: str
    text: str
    refusal: str
    reasoning: str
    calls: Facts
    media: str


class CallView(Struct, frozen=True, kw_only=True):
    """The contents of a drawing; all text is free of control characters.

    Attributes:
        model, provider: the model that was called.
        outcome: how the call ended, "" if only the response is known.
        error: the exception, "" if there was none.
        facts: labels and values.
        layers: the chain, with whether each layer did anything.
        rows: the waterfall, by time.
        more: how many notes have no row because there are too many.
        seconds: duration of the call, 0 if unknown.
        answers: the choices of the response.
    """

    model: str
    provider: str
    outcome: str
    error: str
    facts: Facts
    layers: tuple[tuple[str, bool], ...]
    rows: tuple[Row, ...]
    more: int
    seconds: float
    answers: tuple[AnswerView, ...]


class LayerView(Struct, frozen=True, kw_only=True):
    """A layer of a client's chain; `options` lists the arguments of completion() that it takes."""

    name: str
    summary: str
    options: str


def view_call(
    trail: Trail,
    response: ModelResponse | None,
    *,
    model: str,
    provider: str = "",
    outcome: str = "",
    error: BaseException | None = None,
    attempts: int = 1,
    cost: float | None = None,
) -> CallView:
    """Return the contents of a drawing of a call from what is known now."""
    call = response.call if response is not None else None
    began = trail.began or min((note.start for note in trail.notes), default=0.0)
    rows = _rows(trail, call, began)
    seconds = max((row.start + row.seconds for row in rows), default=0.0)
    if not seconds and call is not None and call.response_ms is not None:
        seconds = call.response_ms / 1000
    known = _times(call, began, seconds)
    if rows or provider:
        known.append(("attempts", str(attempts)))
    known += _facts(response, cost)
    did = {note.layer for note in trail.notes}
    return CallView(
        model=label(model),
        provider=label(provider),
        outcome=outcome,
        error="" if error is None else clean(_describe(error)),
        facts=tuple((name, label(value)) for name, value in known),
        layers=tuple((label(name), name in did) for name in trail.layers),
        rows=tuple(rows[:MAX_ROWS]),
        more=max(0, len(rows) - MAX_ROWS),
        seconds=seconds,
        answers=tuple(_answers(response)),
    )


def view_response(
    response: ModelResponse, outcome: str = "", error: BaseException | None = None
) -> CallView:
    """Return the contents of a drawing of a response, also of one made by hand."""
    call = response.call
    return view_call(
        call.trail,
        response,
        model=call.model or response.model,
        provider=call.provider,
        outcome=outcome,
        error=error,
        attempts=call.attempts,
        cost=unasked(lambda: response.cost),
    )


def view_layer(name: str, layer: object) -> LayerView:
    """Return the contents of a row of a chain: name, first line of the docstring, options."""
    lines = (layer.__doc__ or "").strip().splitlines()
    return LayerView(
        name=label(name),
        summary=label(lines[0]) if lines else "",
        options=label(", ".join(sorted(getattr(layer, "options", ())))),
    )


def clean(text: object) -> str:
    """Return text without control characters."""
    return _UNSHOWABLE.sub("\ufffd", str(text).replace("\r\n", "\n"))


def label(text: object) -> str:
    """Return text as a single line."""
    return cut(" ".join(clean(text).split()), MAX_LABEL)


def cut(text: str, limit: int) -> str:
    """Return the beginning of a text, with the number of further characters."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\u2026 ({len(text) - limit:,} more characters)"


def format_seconds(seconds: float) -> str:
    """Return a duration as text: "0.2 ms", "412 ms", "2.31 s", "125 s"."""
    if seconds < 0.00995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:.0f} s"


def _rows(trail: Trail, call: CallInfo | None, began: float) -> list[Row]:
    rows: list[Row] = []
    attempts = 0
    for note in sorted(trail.notes, key=lambda note: note.start):
        attempts += note.event == ATTEMPT
        rows.append(_row(note, attempts, began))
    if rows and call is not None and call.first_content_at is not None:
        first, ended = call.first_content_at, call.ended_at
        row = Row(
            layer="Stream",
            text="arriving" if ended is None else "streamed",
            kind="stream",
            start=max(0.0, first - began),
            seconds=max(0.0, (perf_counter() if ended is None else ended) - first),
        )
        rows.append(row)
        rows.sort(key=lambda row: row.start)
    return rows


def _row(note: Note, attempt: int, began: float) -> Row:
    attributes = dict(note.attributes)
    kind: Kind = "waited" if note.event in _WAITS else "note"
    parts = [note.event]
    if note.event == ATTEMPT:
        error = attributes.pop("error_type", None)
        failed = "" if error is None else f": {error} {attributes.pop('status_code', '')}"
        parts = [f"attempt {attempt}", f"{attributes.pop('model', '')}{failed}".strip()]
        kind = "attempt" if error is None else "failed"
    details = [f"{name.replace('_', ' ')} {_plain(attributes[name])}" for name in attributes]
    if details and len(parts) == 1:
        parts = [f"{note.event} {details.pop(0)}"]
    return Row(
        layer=label(note.layer),
        text=label(", ".join([*parts, *details])),
        kind=kind,
        start=max(0.0, note.start - began),
        seconds=max(0.0, note.seconds),
    )


def _plain(value: Attribute) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _times(call: CallInfo | None, began: float, seconds: float) -> list[tuple[str, str]]:
    times: list[tuple[str, str]] = []
    if seconds:
        times.append(("time", format_seconds(seconds)))
    if call is not None and call.first_content_at is not None and began:
        times.append(("first content", format_seconds(call.first_content_at - began)))
    return times


def _facts(response: ModelResponse | None, cost: float | None) -> list[tuple[str, str]]:
    if response is None:
        return []
    call = response.call
    reasons = {str(choice.finish_reason) for choice in response.choices if choice.finish_reason}
    facts = [
        ("tokens", "" if response.usage is None else _tokens(response.usage)),
        ("cost", "" if cost is None else f"${cost:.6f}".rstrip("0").rstrip(".")),
        ("cache", "hit" if call.cache_hit else ""),
        ("fallback", call.fallback or ""),
        ("dropped", ", ".join(call.dropped_params)),
        ("finish reason", ", ".join(sorted(reasons))),
        ("request id", response.request_id or ""),
    ]
    return [(name, value) for name, value in facts if value]


def _tokens(usage: Usage) -> str:
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    cached = prompt.cached_tokens if prompt is not None else None
    reasoning = completion.reasoning_tokens if completion is not None else None
    more_in = f" ({_count(cached)} cached)" if cached else ""
    more_out = f" ({_count(reasoning)} reasoning)" if reasoning else ""
    return (
        f"{_count(usage.prompt_tokens)} in{more_in}, "
        f"{_count(usage.completion_tokens)} out{more_out}"
    )


def _count(tokens: object) -> str:
    return f"{tokens:,}" if isinstance(tokens, int) else label(tokens)


def _answers(response: ModelResponse | None) -> Iterator[AnswerView]:
    choices: list[Choice] = [] if response is None else response.choices
    for number, choice in enumerate(choices, 1):
        message = choice.message
        yield AnswerView(
            title="answer" if len(choices) == 1 else f"answer {number} of {len(choices)}",
            text=clean(message.content or ""),
            refusal=clean(message.refusal or ""),
            reasoning=clean(message.reasoning_content or message.reasoning or ""),
            calls=tuple((label(name or "?"), clean(given)) for name, given in _calls(message)),
            media=_media(message),
        )


def _calls(message: Message) -> Iterator[tuple[str | None, str]]:
    """Yield the name of each tool that is called, and its arguments or its free text."""
    for call in message.tool_calls or ():
        if call.custom is not None:
            yield call.custom.name, call.custom.input
        else:
            yield call.function.name, call.function.arguments
    if message.function_call is not None:
        yield message.function_call.name, message.function_call.arguments


def _media(message: Message) -> str:
    parts: list[str] = []
    if message.images:
        parts.append(f"{len(message.images)} images" if len(message.images) > 1 else "1 image")
    if message.audio is not None:
        parts.append(clean(f"audio: {message.audio.transcript or 'without transcript'}"))
    return ", ".join(parts)


def _describe(error: BaseException) -> str:
    lines = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]
    return "\n".join(lines)
