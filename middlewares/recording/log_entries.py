"""What a log of prompts says about a call: taken when it ends, completed in the background."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from ...pipeline.call.request import Request
from ...pipeline.errors import APIError
from ...pipeline.json_values import as_array, as_object, change_texts
from ...pipeline.schema.charges import unasked
from ...pipeline.schema.hybrid import plain
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.nesting import encode_json
from ...pipeline.stream.outcome import Outcome
from ..listening.record import CallTimer, make_record
from .texts import Redact, redacting

# A part of a message that holds a file as base64.
_DATA_URL = re.compile(r"^data:([\w.+/-]*)[^,]{0,80},.{200}", re.DOTALL)
_DATA_FIELDS = frozenset({"data", "file_data"})
_LONG = 200

_decode = msgspec.json.Decoder().decode


class LogEntry(Struct, frozen=True, kw_only=True):
    """A call in the log.

    Attributes:
        time: when it began, ISO 8601 in UTC.
        call_id: its ID, the same as in spans and callbacks.
        provider, model: what responded, or what was requested if nothing did.
        outcome: "completed", "failed", "truncated" or "abandoned".
        stream: whether it was a stream.
        messages, params: what was asked; credentials are hidden.
        response: the response as an OpenAI JSON body, or the part that had arrived.
        error: class and message of the error, if one was raised.
        prompt_tokens, completion_tokens, cost: None if they are not known.
        seconds: how long it took, a stream until its end.
        attempts: HTTP requests that it made.
        cache_hit: whether the response came from a cache.
        metadata: the call's metadata.
    """

    time: str
    call_id: str
    provider: str
    model: str
    outcome: str
    stream: bool
    messages: Any
    params: Any
    response: Any
    error: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    seconds: float
    attempts: int
    cache_hit: bool
    metadata: Any


class Ended(Struct, frozen=True):
    """A call that has ended, encoded so that later changes of its objects do not matter.

    Attributes:
        body: messages, params, response and metadata as JSON text.
        fields: the other fields of the entry.
        response: knows its cost, whose calculation may take a while.
    """

    body: bytes
    fields: Mapping[str, Any]
    response: ModelResponse | None

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return len(self.body) + 1000


def take(request: Request, outcome: Outcome, timer: CallTimer) -> Ended:
    """Return a call that has ended.

    Raises:
        TypeError: a value cannot be represented as JSON.
    """
    record = make_record(request, outcome, timer)
    response, usage = record.response, record.usage
    body: dict[str, Any] = {
        "messages": plain(list(record.request.messages)),
        "params": _readable(record.request.params),
        "response": None if response is None else response.model_dump(),
        "metadata": _readable(record.metadata),
    }
    fields: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.start, UTC).isoformat(),
        "call_id": record.call_id,
        "provider": record.provider,
        "model": record.model,
        "outcome": record.outcome,
        "stream": request.stream,
        "error": _describe(record.error),
        "prompt_tokens": None if usage is None else usage.prompt_tokens,
        "completion_tokens": None if usage is None else usage.completion_tokens,
        "seconds": record.seconds,
        "attempts": record.attempts,
        "cache_hit": record.cache_hit,
    }
    return Ended(encode_json(body), fields, response)


def complete(ended: Ended, redact: Redact | None, *, media: bool) -> LogEntry:
    """Return the entry of a call, with its texts changed and its files shortened."""
    body: dict[str, Any] = _decode(ended.body)
    if not media:
        body = _shorten(body)
    error: str | None = ended.fields["error"]
    if redact is not None:
        change = redacting(redact)
        body = change_texts(body, change)
        error = None if error is None else change(error)
    response = ended.response
    cost = None if response is None else unasked(lambda: response.cost)
    entry: dict[str, Any] = {**ended.fields, **body, "error": error, "cost": cost}
    return LogEntry(**entry)


def _describe(error: BaseException | None) -> str | None:
    if error is None:
        return None
    # Only our own errors are known to contain no credentials.
    text = error.message if isinstance(error, APIError) else ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _readable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON types, others as text."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        try:
            found[str(name)] = msgspec.to_builtins(plain(value))
        except (TypeError, ValueError, RecursionError):
            found[str(name)] = value.__name__ if isinstance(value, type) else type(value).__name__
    return found


def _shorten(value: Any, name: str = "") -> Any:
    """Return JSON data in which files in base64 are replaced by their type and length."""
    if isinstance(value, str):
        found = _DATA_URL.match(value)
        if found:
            return f"data:{found.group(1)},({len(value)} characters)"
        if name in _DATA_FIELDS and len(value) > _LONG:
            return f"({len(value)} characters)"
        return value
    if (fields := as_object(value)) is not None:
        return {key: _shorten(item, key) for key, item in fields.items()}
    if (items := as_array(value)) is not None:
        return [_shorten(item) for item in items]
    return value
