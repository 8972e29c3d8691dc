"""Responses that are nearly OpenAI's: bring known differences into the shape of our types.

Only reached when the strict decoder refused a body, so it may take its time. What is not a known
difference stays as it is, and msgspec refuses it with its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from math import isfinite
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import TopLogprob

AnswerT = TypeVar("AnswerT", ModelResponse, ModelResponseStream)

_COUNTS = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})
_TEXT_PARTS = ("text", "output_text")
_REASONING_PARTS = ("thinking", "reasoning")
_FIELDS_OF_TEXT = frozenset({"type", "text"})


class _ReasoningPiece(Struct):
    """A piece of a reasoning part; Databricks' have signatures."""

    text: str | None = None
    signature: str | UnsetType | None = UNSET


class _Reasoning(Struct):
    """A reasoning part: Mistral has `thinking`, Databricks `summary`."""

    thinking: str | list[_ReasoningPiece] | None = None
    summary: str | list[_ReasoningPiece] | None = None
    text: str | None = None
    signature: str | UnsetType | None = UNSET

    def pieces(self) -> list[_ReasoningPiece]:
        """Return the texts, each with its signature; a part's own belongs to all its text."""
        said = self.thinking or self.summary or self.text or ""
        pieces = [_ReasoningPiece(said)] if isinstance(said, str) else said
        if self.signature is UNSET:
            return pieces
        return [_ReasoningPiece(_text_of(pieces), self.signature)]


class _TextPart(Struct):
    text: str | None = None


def repair(body: JSON, kind: type[AnswerT]) -> AnswerT:
    """Return a decoded body as a response or chunk.

    Raises:
        msgspec.ValidationError: it differs in more than is known here.
    """
    fixed = _filled(body)
    for name in ("id", "model", "system_fingerprint", "service_tier"):
        _fix(fixed, name, _as_text)
    # Ignore a date that is not a number rather than fail the response.
    fixed["created"] = _as_integer(fixed.get("created"))
    if not isinstance(fixed["created"], int):
        fixed["created"] = 0
    _fix(fixed, "choices", _choices)
    _fix(fixed, "usage", _usage)
    repaired: AnswerT = msgspec.convert(fixed, kind, strict=False)
    return repaired


def _filled(fields: JSON) -> JSON:
    """Return a copy without nulls and empty lists and objects, which some send for no value."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _fix(fields: JSON, name: str, change: Callable[[object], object]) -> None:
    if name in fields:
        fields[name] = change(fields[name])


def _as_text(value: object) -> object:
    """Return numbers, which some providers send as ids, as text."""
    return str(value) if isinstance(value, int | float) else value


def _as_integer(value: object) -> object:
    """Return whole numbers that were sent as fractions or as text as integers."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value
    return int(value) if isinstance(value, float) and isfinite(value) else value


def _choices(choices: object) -> object:
    several = as_array(choices)
    if several is None:
        return choices
    return [_choice(choice, position) for position, choice in enumerate(several)]


def _choice(choice: object, position: int) -> object:
    fields = as_object(choice)
    if fields is None:
        return choice
    fixed = {"index": position, **_filled(fields)}
    _fix(fixed, "message", _message)
    _fix(fixed, "delta", _message)
    if isinstance(fixed.get("logprobs"), int | float):
        fixed["logprobs"] = _logprobs_of_one(fixed)
    _fix(fixed, "logprobs", _logprobs)
    return fixed


def _message(message: object) -> object:
    fields = as_object(message)
    if fields is None:
        return message
    fixed = _filled(fields)
    content = fields.get("content")
    parts = as_array(content)
    if parts is not None:
        # Parts that differ stay as they are, and msgspec refuses the list with its path.
        with suppress(msgspec.ValidationError):
            fixed.update(_content(parts, fixed))
    elif content is not None and not isinstance(content, str):
        # Some send the object itself where the answer is JSON.
        fixed["content"] = _as_json(content)
    _fix(fixed, "function_call", _function)
    calls = fixed.get("tool_calls")
    several = as_array([calls] if as_object(calls) else calls)
    if several is not None:
        fixed["tool_calls"] = [_tool_call(call) for call in several]
    return fixed


def _content(parts: list[Any], message: JSON) -> JSON:
    """Split a list of parts into text, reasoning, and what is neither."""
    texts: list[str] = []
    reasoning: list[_ReasoningPiece] = []
    others: list[Any] = []
    for item in parts:
        part = as_object(item) or {}
        kind = part.get("type")
        if isinstance(item, str):
            texts.append(item)
        elif kind in _TEXT_PARTS and "text" in part:
            texts.append(msgspec.convert(part, _TextPart).text or "")
            if any(value for name, value in part.items() if name not in _FIELDS_OF_TEXT):
                # Such as citations, with the text that they are for.
                others.append(item)
        elif kind in _REASONING_PARTS:
            reasoning += msgspec.convert(part, _Reasoning).pieces()
            others += _without_text(part)
        else:
            others.append(item)
    fixed: JSON = {"content": "".join(texts) if texts else None}
    if reasoning:
        fixed["reasoning_content"] = _text_of(reasoning)
    if any(piece.signature is not UNSET for piece in reasoning):
        fixed["thinking_blocks"] = [_thinking_block(piece) for piece in reasoning]
    if others:
        known = as_object(message.get("provider_specific_fields")) or {}
        fixed["provider_specific_fields"] = {**known, "content": others}
    return fixed


def _without_text(part: JSON) -> list[JSON]:
    """Return a reasoning part without its text, [] if nothing is left: Mistral has references."""
    name = "thinking" if part.get("thinking") else "summary"
    pieces = [as_object(piece) or {} for piece in as_array(part.get(name)) or ()]
    found = [piece for piece in pieces if piece and "text" not in piece]
    return [{"type": part["type"], name: found}] if found else []


def _text_of(pieces: list[_ReasoningPiece]) -> str:
    return "".join(piece.text or "" for piece in pieces)


def _thinking_block(piece: _ReasoningPiece) -> JSON:
    # In streams the signature comes last, and is "" until then.
    signature = None if piece.signature is UNSET else piece.signature or None
    return {"type": "thinking", "thinking": piece.text or "", "signature": signature}


def _tool_call(call: object) -> object:
    fields = as_object(call)
    if fields is None:
        return call
    fixed = _filled(fields)
    _fix(fixed, "id", _as_text)
    _fix(fixed, "function", _function)
    return fixed


def _function(function: object) -> object:
    fields = as_object(function)
    if fields is None:
        return function
    fixed = dict(fields)
    arguments = fixed.get("arguments")
    if arguments is None:
        fixed.pop("arguments", None)
    elif not isinstance(arguments, str):
        fixed["arguments"] = _as_json(arguments)
    return fixed


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _usage(usage: object) -> object:
    fields = as_object(usage)
    if fields is None:
        return usage
    fixed: JSON = {}
    for name, value in _filled(fields).items():
        if name in _COUNTS:
            fixed[name] = _as_integer(value)
        elif name.endswith("_details") and (counts := as_object(value)) is not None:
            fixed[name] = {key: _as_integer(count) for key, count in counts.items()}
        else:
            fixed[name] = value
    return fixed


def _logprobs(logprobs: object) -> object:
    """Leave out what does not have OpenAI's shape; it stays readable in the raw body."""
    tokens = as_array(logprobs)
    fields = as_object(logprobs) if tokens is None else {"content": tokens}
    if fields is None:
        return logprobs
    fitting = {
        name: value
        for name, value in fields.items()
        if name in ("content", "refusal") and (value is None or as_array(value) is not None)
    }
    return fitting or None


def _logprobs_of_one(choice: JSON) -> JSON | None:
    """Return the log probability of a chunk's only token, which is a number."""
    score = choice.get("logprobs")
    token = (as_object(choice.get("delta")) or {}).get("content")
    if isinstance(score, bool) or not token or not isinstance(token, str):
        return None
    likely = [
        {"token": top.token, "logprob": top.logprob}
        for top in likely_tokens(choice.get("top_logprobs"))
    ]
    return {"content": [{"token": token, "logprob": score, "top_logprobs": likely}]}


def likely_tokens(scores: object) -> Iterator[TopLogprob]:
    """Yield the likely tokens of a dictionary with a log probability for each."""
    for token, score in (as_object(scores) or {}).items():
        if isinstance(score, int | float):
            yield TopLogprob(token=token, logprob=score)
