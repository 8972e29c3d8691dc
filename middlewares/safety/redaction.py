"""Keep personal data and secrets from providers, and put them back into answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable, Mapping
from typing import ClassVar

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import InvalidArgumentError
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.parts import Message
from ...pipeline.stream.stream import Stream
from ...pipeline.stream.text_change import ARGUMENTS, TextChange
from ..checked_arguments import check_flag, check_text, is_list, is_number
from .detectors import (
    DETECTORS,
    Analyzer,
    Detector,
    custom_detector,
    find_all,
    may_contain_any,
    presidio_detector,
)
from .message_texts import change_message, texts_of
from .placeholders import Placeholders

_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")


class Redaction:
    """Replaces personal data and secrets in messages by placeholders, and restores them in answers.

    "Write to ada@example.com" is sent as "Write to [EMAIL_1]". The answer, the reasoning and the
    arguments of tool calls get the values back, even where a placeholder is split between chunks of
    a stream. A value has the same placeholder in the whole conversation, and as the conversation
    goes on. Nothing is stored: the values are in the messages of each call.

    Found by default: e-mail addresses ("email"), phone numbers ("phone"), card numbers with a
    valid check digit ("card"), IBANs with valid check digits ("iban"), IP addresses ("ip"), and
    API keys, tokens and private keys of known formats ("key"). Patterns cannot find everything:
    names and addresses need a model, which `analyzer` brings.

    Images, audio, files, the names of tools and signed reasoning are sent as they are.

    Args:
        kinds: what to find of the above; all by default.
        patterns: further patterns: {"ORDER": r"ORD-[0-9]{6}"} makes [ORDER_1].
        analyzer: an AnalyzerEngine of Presidio (the extra `presidio`), with the models and
            recognizers that you choose.
        language: the language of the texts, for `analyzer`.
        score: the score from which on a result of `analyzer` counts, 0 to 1.
        restore: whether to put the values back into answers.

    Raises:
        InvalidArgumentError: a kind is unknown, or a pattern does not compile.
    """

    single: ClassVar[bool] = True

    def __init__(
        self,
        kinds: Iterable[str] | None = None,
        *,
        patterns: Mapping[str, str | re.Pattern[str]] | None = None,
        analyzer: Analyzer | None = None,
        language: str = "en",
        score: float = 0.4,
        restore: bool = True,
    ) -> None:
        if patterns is not None and not isinstance(patterns, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            raise InvalidArgumentError(f"patterns: expected a dictionary, got {patterns!r}")
        check_text("language", language)
        check_flag("restore", restore)
        if not is_number(score) or not 0 <= score <= 1:
            raise InvalidArgumentError(f"score: expected 0 to 1, got {score!r}")
        self.kinds = tuple(DETECTORS) if kinds is None else _check(kinds)
        self.restore = restore
        self._only_known = not patterns and analyzer is None
        self._patterns = tuple(patterns or ())
        # Users' own patterns go first: they know best what their texts contain.
        self._detectors: list[Detector] = [
            custom_detector(name, pattern) for name, pattern in (patterns or {}).items()
        ]
        self._detectors += [DETECTORS[kind] for kind in DETECTORS if kind in self.kinds]
        if analyzer is not None:
            if not callable(getattr(analyzer, "analyze", None)):
                raise InvalidArgumentError(
                    f"analyzer: expected Presidio's AnalyzerEngine, got {type(analyzer).__name__}"
                )
            self._detectors.append(presidio_detector(analyzer, language, score))

    def __repr__(self) -> str:
        return f"Redaction([{', '.join((*self.kinds, *self._patterns))}])"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer with placeholders; restore the values in its reply."""
        if self._only_known and not any(map(_may_contain_any, request.messages)):
            return call_next(request)
        texts = list(texts_of(request.messages))
        if not any(find_all(text, self._detectors) for text in texts):
            return call_next(request)
        return self._redacted(request, call_next, texts)

    async def _redacted(self, request: Request, call_next: Handler, texts: list[str]) -> Reply:
        placeholders = Placeholders(self._detectors, texts)
        messages = tuple(
            change_message(message, placeholders.redact) for message in request.messages
        )
        request.trail.add("Redaction", "redacted", **placeholders.counts)
        reply = await call_next(replace(request, messages=messages))
        if not self.restore:
            return reply
        if isinstance(reply, Stream):
            return _restore_stream(reply, placeholders)
        _restore(reply, placeholders)
        return reply


def _may_contain_any(message: MessageParam) -> bool:
    """Return whether a message needs a closer look; a short one takes no time."""
    content = message.get("content")
    return len(message) > 2 or not isinstance(content, str) or may_contain_any(content)


def _check(kinds: Iterable[str]) -> tuple[str, ...]:
    if not is_list(kinds) and not isinstance(kinds, str):
        raise InvalidArgumentError(f"kinds: expected a list of names, got {kinds!r}")
    given = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for kind in given:
        if not isinstance(kind, str) or kind not in DETECTORS:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError(
                f"kinds: {kind!r} is unknown; expected some of {', '.join(DETECTORS)}"
            )
    return given


def _restore_stream(stream: Stream, placeholders: Placeholders) -> Stream:
    change = TextChange(
        lambda name: placeholders.restorer(in_json=name == ARGUMENTS), (*_TEXTS, ARGUMENTS)
    )
    return stream.map(change.read, flush=change.flush)


def _restore(response: ModelResponse, placeholders: Placeholders) -> None:
    plain, in_json = placeholders.restorer(), placeholders.restorer(in_json=True)
    for choice in response.choices:
        message: Message = choice.message
        for name in _TEXTS:
            text: str | None = getattr(message, name)
            if text:
                setattr(message, name, plain.whole(text))
        for call in message.tool_calls or ():
            if call.custom is not None:
                call.custom.input = plain.whole(call.custom.input)
            else:
                call.function.arguments = in_json.whole(call.function.arguments)
        if message.function_call is not None:
            message.function_call.arguments = in_json.whole(message.function_call.arguments)
        # Parsed from the text with placeholders.
        vars(message).pop("_parsed", None)
