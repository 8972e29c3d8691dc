"""litellm's trim_messages, which shortens a conversation to a number of tokens."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import Any

from ...pipeline.errors import APIError
from .table import model_cost
from .tokenizers import token_counter

__all__ = ["trim_messages"]

_log = logging.getLogger("trunkline")

# What a prompt without messages counts, because a response begins.
_REPLY = 3
# With this many tokens left, nothing more is added.
_TOO_FEW = 3
# A message of one of OpenAI's models is not shortened to so few tokens.
_LEAST = 10
_TRIES = 10


def trim_messages(
    messages: Sequence[Any],
    model: str | None = None,
    trim_ratio: float = 0.75,
    return_response_tokens: bool = False,  # callers of litellm pass it so
    max_tokens: int | None = None,
) -> Any:
    """Return a conversation that fits, as a copy: the latest messages, one of them shortened.

    Messages of the system become one, which stays. The results of tools at the end stay. Tokens are
    those of `token_counter`, so they are an estimate for models that tiktoken does not count.
    Sends nothing. If a message that has to be shortened is not text, or is invalid, the
    conversation is returned as it is, with a warning to the logger `trunkline`.

    Args:
        messages: the conversation.
        model: whose tokens are counted, and whose context window is the limit; a conversation for
            an unknown model is returned as it is, unless `max_tokens` is given.
        trim_ratio: the share of the context window to use.
        return_response_tokens: if anything was trimmed, return a tuple of the messages and the
            number of tokens that are left.
        max_tokens: the limit, which takes precedence over the model's.
    """
    limit = _limit_of(model, trim_ratio) if max_tokens is None else max_tokens
    if limit is None:
        return copy.deepcopy(messages)
    try:
        return _Trimming(model or "", limit).trim(
            copy.deepcopy(list(messages)), return_response_tokens
        )
    except (APIError, KeyError, TypeError) as error:
        _log.warning("litellm.trim_messages: nothing was trimmed: %s", error)
        return messages


def _limit_of(model: str | None, ratio: float) -> int | None:
    known = model_cost()
    window = known[model].get("max_input_tokens") if model is not None and model in known else None
    return None if window is None else int(window * ratio)


class _Trimming:
    """Trims to a number of tokens, which is smaller once the system's message is known."""

    def __init__(self, model: str, limit: int) -> None:
        self._model = model
        self._left = limit

    def trim(self, messages: list[Any], with_rest: bool) -> Any:  # the caller's argument
        results: list[Any] = []
        while messages and messages[-1]["role"] == "tool":
            results.insert(0, messages.pop())
        if self._count(messages) < self._left:
            return messages + results
        texts = [each["content"] for each in messages if each["role"] == "system"]
        system: list[Any] = []
        if any(texts):
            system = [{"role": "system", "content": "\n".join(texts)}]
            if self._count(system) > self._left:
                self._shorten(system[0], self._left)
            self._left -= self._count(system)
            if self._left == 0:
                return system
            messages = [each for each in messages if each["role"] != "system"]
        trimmed = [*system, *self._latest(messages), *results]
        return (trimmed, self._left - self._count(trimmed)) if with_rest else trimmed

    def _latest(self, messages: list[Any]) -> list[Any]:
        """Return the latest messages that fit; those that do not are shortened if they can be."""
        kept: list[Any] = []
        for message in reversed(messages):
            free = self._left - self._count(kept)
            if free <= _TOO_FEW:
                break
            if self._count([message, *kept]) > self._left:
                if "function_call" in message:
                    continue
                self._shorten(message, free)
                if self._count([*kept, message]) > self._left:
                    continue
            kept.insert(0, message)
        return kept

    def _shorten(self, message: Any, limit: int) -> None:
        """Cut out the middle of a message's text until it fits, or a number of attempts is over."""
        if "gpt" in self._model and limit <= _LEAST:
            return
        for _ in range(_TRIES):
            tokens = self._count([message])
            if tokens <= limit:
                return
            text: object = message["content"]
            if not isinstance(text, str):
                role = message["role"]
                raise TypeError(f"the content of a message ({role!r}) is not text that can be cut")
            half = max(0, int(len(text) * limit / tokens) - 1) // 2
            # With a half of 0 the second part is the whole text, as in litellm.
            message["content"] = f"{text[:half]}..{text[-half:]}"

    def _count(self, messages: Sequence[Any]) -> int:
        return token_counter(self._model, messages=messages) if messages else _REPLY
