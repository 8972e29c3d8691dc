"""An answer that is already here, as a stream."""

from __future__ import annotations

import msgspec

from ..json_values import JSON
from ..schema.model_response import ModelResponse, ModelResponseStream, link
from .outcome import OutcomeKind

# What each chunk of an answer says again.
_HEAD = ("id", "created", "model", "system_fingerprint", "service_tier")
# Callers that look for reasoning or else for text would miss one of them in the same chunk.
_REASONING = frozenset({"reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"})
_AFTER_REASONING = frozenset({"content", "refusal", "tool_calls", "function_call"})
_ENDING = frozenset({"finish_reason", "provider_specific_fields"})

_decode = msgspec.json.Decoder(ModelResponseStream).decode


class ReplaySource:
    """A response as a stream: its content, then its finish reasons, then its usage.

    The chunks share nothing with the response. They fold to an equal one, but for what is empty
    in it, since streams do not speak of that.
    """

    def __init__(self, answer: ModelResponse) -> None:
        self._batches = replay_chunks(answer)
        self._batches.reverse()

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        return [self._batches.pop()] if self._batches else []

    async def aclose(self, kind: OutcomeKind) -> None:
        """See `Source.aclose`."""


def replay_chunks(answer: ModelResponse) -> list[ModelResponseStream]:
    """Return an answer as the chunks that a provider would have sent.

    Raises:
        msgspec.ValidationError: something in it has a type that no answer has.
    """
    whole = answer.model_dump()
    usage: JSON | None = whole.pop("usage", None)
    choices: list[JSON] = whole.pop("choices")
    head: JSON = {name: whole[name] for name in _HEAD if name in whole}
    first, *others = [*_contents(choices), [_ending(choice) for choice in choices]]
    # Only the first chunk and the last ones are asked for fields that the types do not know.
    bodies = [{**whole, "choices": first}, *({**head, "choices": piece} for piece in others)]
    if usage is not None:
        bodies.append({**head, "choices": [], "usage": usage})
    return [_chunk(body) for body in bodies]


def _contents(choices: list[JSON]) -> list[list[JSON]]:
    """Return the choices of each chunk that has content."""
    if not any(_REASONING & choice["message"].keys() for choice in choices):
        return [[_piece(choice, _delta(choice["message"])) for choice in choices]]
    first: list[JSON] = []
    second: list[JSON] = []
    for choice in choices:
        delta = _delta(choice["message"])
        later = {name: delta.pop(name) for name in _AFTER_REASONING & delta.keys()}
        first.append(_piece(choice, delta))
        second.append({"index": choice["index"], "delta": later})
    return [first, second]


def _piece(choice: JSON, delta: JSON) -> JSON:
    kept = {name: value for name, value in choice.items() if name not in _ENDING}
    del kept["message"]
    return {**kept, "delta": delta}


def _delta(message: JSON) -> JSON:
    delta = dict(message)
    for name in ("tool_calls", "thinking_blocks"):
        if delta.get(name):
            delta[name] = [{"index": n, **part} for n, part in enumerate(delta[name])]
    return delta


def _ending(choice: JSON) -> JSON:
    ending = {name: choice[name] for name in _ENDING & choice.keys()}
    reason = choice.get("finish_reason") or "stop"
    return {**ending, "index": choice["index"], "delta": {}, "finish_reason": reason}


def _chunk(body: JSON) -> ModelResponseStream:
    encoded = msgspec.json.encode({**body, "object": "chat.completion.chunk"})
    chunk = _decode(encoded)
    link(chunk, encoded)
    return chunk
