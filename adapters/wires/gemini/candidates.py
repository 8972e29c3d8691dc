"""Gemini's candidates as the choices of a chunk.

https://ai.google.dev/api/generate-content#candidate and https://ai.google.dev/api/caching#Part
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.schema.parts import (
    Audio,
    ChoiceLogprobs,
    Delta,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
    ThinkingBlock,
    TokenLogprob,
    TopLogprob,
)
from ...decode.finish_reasons import map_finish_reason
from ...decode.stamps import new_call_id
from .arguments import set_argument
from .messages import NATIVE_PARTS

#: https://ai.google.dev/api/generate-content#FinishReason and Vertex's further ones.
FINISH_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "STOP": "stop",
        "FINISH_REASON_UNSPECIFIED": "stop",
        "MALFORMED_FUNCTION_CALL": "stop",
        "MALFORMED_RESPONSE": "stop",
        "MISSING_THOUGHT_SIGNATURE": "stop",
        "TOO_MANY_TOOL_CALLS": "stop",
        "UNEXPECTED_TOOL_CALL": "stop",
        "MAX_TOKENS": "length",
        "CONTINUATION": "length",
        **dict.fromkeys(
            (
                "BLOCKLIST",
                "ESCALATION",
                "IMAGE_OTHER",
                "IMAGE_PROHIBITED_CONTENT",
                "IMAGE_RECITATION",
                "IMAGE_SAFETY",
                "JAILBREAK",
                "LANGUAGE",
                "MODEL_ARMOR",
                "NO_IMAGE",
                "OTHER",
                "PROHIBITED_CONTENT",
                "PUP_LIMITED_DISABLED",
                "RECITATION",
                "SAFETY",
                "SPII",
                "BLOCKED_REASON_UNSPECIFIED",
            ),
            "content_filter",
        ),
    }
)

# Fields of a candidate that have a place of their own in a choice.
_PLACED = ("content", "finishReason", "index", "logprobsResult")


class CandidateReader:
    """Reads the pieces of one candidate, one after the other."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._begun = False
        self._text: list[str] = []
        self._calls = 0
        self._open_call: JSON | None = None
        self._thinking = False
        self._thoughts = -1
        self._images = 0
        self._sound = b""

    def read(self, candidate: JSON) -> StreamingChoice:
        """Return what one event adds to the answer."""
        delta = Delta(role=None if self._begun else "assistant")
        self._begun = True
        content = as_object(candidate.get("content")) or {}
        for part in as_array(content.get("parts")) or ():
            self._take(part, delta)
        choice = StreamingChoice(index=self._index, delta=delta)
        reason: object = candidate.get("finishReason")
        if reason is not None:
            self._finish(choice, str(reason))
        logprobs = as_object(candidate.get("logprobsResult"))
        if logprobs is not None:
            choice.logprobs = _logprobs(logprobs)
        delta.annotations = self._annotations(candidate) or None
        others = {key: value for key, value in candidate.items() if key not in _PLACED}
        if others:
            known = choice.provider_specific_fields or {}
            choice.provider_specific_fields = {**known, **snake_keys(others)}
        return choice

    def _take(self, part: JSON, delta: Delta) -> None:
        """Add one part to what the event says."""
        signature: object = part.get("thoughtSignature")
        call = as_object(part.get("functionCall"))
        blob = as_object(part.get("inlineData")) or {}
        mime = str(blob.get("mimeType", ""))
        self._thinking = self._thinking and bool(part.get("thought"))
        if call is not None:
            self._call(call, signature, delta)
        elif mime.startswith("image/") and not part.get("thought"):
            picture = self._picture(mime, str(blob.get("data", "")), signature)
            delta.images = [*(delta.images or ()), picture]
        elif mime.startswith("audio/"):
            self._speak(str(blob.get("data", "")), delta)
        elif isinstance(part.get("text"), str):
            self._say(part, delta)
            if isinstance(signature, str):
                _sign(delta, signature)
        else:
            fields = delta.provider_specific_fields or {}
            parts = [*fields.get(NATIVE_PARTS, ()), part]
            delta.provider_specific_fields = {**fields, NATIVE_PARTS: parts}

    def _say(self, part: JSON, delta: Delta) -> None:
        text: str = part["text"]
        if not part.get("thought"):
            if text:
                self._text.append(text)
                delta.content = (delta.content or "") + text
            return
        if not self._thinking:
            self._thinking = True
            self._thoughts += 1
        delta.reasoning_content = (delta.reasoning_content or "") + text
        block = ThinkingBlock(thinking=text, index=self._thoughts)
        delta.thinking_blocks = [*(delta.thinking_blocks or ()), block]

    def _call(self, call: JSON, signature: object, delta: Delta) -> None:
        """Add a call, or a piece of one whose arguments come one by one (on Vertex)."""
        arguments = self._open_call
        if arguments is None or call.get("name"):
            self._close_call(delta)
            arguments = self._open_call = {}
            piece = DeltaToolCall(
                index=self._calls,
                id=call.get("id") or new_call_id(),
                type="function",
                function=DeltaFunction(name=str(call.get("name", ""))),
            )
            self._calls += 1
            delta.tool_calls = [*(delta.tool_calls or ()), piece]
            if isinstance(signature, str):
                _sign(piece, signature)
        arguments.update(as_object(call.get("args")) or {})
        for argument in as_array(call.get("partialArgs")) or ():
            set_argument(arguments, argument)
        if not call.get("willContinue"):
            self._close_call(delta)

    def _close_call(self, delta: Delta) -> None:
        """Hand out the arguments of the call whose pieces have come."""
        if self._open_call is None:
            return
        text = msgspec.json.encode(self._open_call).decode()
        self._open_call = None
        index = self._calls - 1
        for piece in delta.tool_calls or ():
            if piece.index == index and piece.function is not None:
                piece.function.arguments = text
                return
        piece = DeltaToolCall(index=index, function=DeltaFunction(arguments=text))
        delta.tool_calls = [*(delta.tool_calls or ()), piece]

    def _picture(self, mime: str, data: str, signature: object) -> JSON:
        picture: JSON = {
            "type": "image_url",
            "image_url": {"url": f"data:{mime};base64,{data}"},
            "index": self._images,
        }
        self._images += 1
        return {**picture, **_signed(signature)} if isinstance(signature, str) else picture

    def _speak(self, data: str, delta: Delta) -> None:
        """Add sound: base64 that was cut into pieces of three bytes can be put together again."""
        sound = self._sound + base64.b64decode(data)
        whole = len(sound) - len(sound) % 3
        self._sound = sound[whole:]
        known = delta.audio.data if delta.audio is not None else None
        delta.audio = Audio(data=(known or "") + base64.b64encode(sound[:whole]).decode())

    def _finish(self, choice: StreamingChoice, reason: str) -> None:
        delta = choice.delta
        self._close_call(delta)
        if self._sound:
            known = delta.audio.data if delta.audio is not None else None
            delta.audio = Audio(data=(known or "") + base64.b64encode(self._sound).decode())
            self._sound = b""
        choice.finish_reason = reason
        map_finish_reason(choice, FINISH_REASONS)
        if self._calls and choice.finish_reason == "stop":
            choice.finish_reason = "tool_calls"

    def _annotations(self, candidate: JSON) -> list[JSON]:
        """Return which text came from which page, as OpenAI's `url_citation`.

        Google counts bytes from the start of the answer.
        https://ai.google.dev/api/generate-content#GroundingSupport
        """
        metadata = as_object(candidate.get("groundingMetadata")) or {}
        supports = as_array(metadata.get("groundingSupports")) or []
        if not supports:
            return []
        pages: list[JSON | None] = [
            _page(chunk) for chunk in as_array(metadata.get("groundingChunks")) or ()
        ]
        text = "".join(self._text).encode()
        found: list[JSON] = []
        for support in supports:
            segment = as_object(support.get("segment")) or {}
            start, end = segment.get("startIndex") or 0, segment.get("endIndex") or 0
            span = {
                "start_index": len(text[:start].decode(errors="ignore")),
                "end_index": len(text[:end].decode(errors="ignore")),
            }
            for number in map(int, as_array(support.get("groundingChunkIndices")) or ()):
                page = pages[number] if number < len(pages) else None
                if page is not None:
                    found.append({"type": "url_citation", "url_citation": {**span, **page}})
        return found


def _page(chunk: JSON) -> JSON | None:
    """Return address and title of a source, None where it has no address."""
    for kind in ("web", "maps", "retrievedContext", "image"):
        fields = as_object(chunk.get(kind)) or {}
        url: object = fields.get("uri") or fields.get("sourceUri")
        if url:
            return {"url": url, "title": fields.get("title") or fields.get("domain") or ""}
    return None


def _signed(signature: str) -> JSON:
    """Return the two places where clients look for a signature."""
    return {
        "extra_content": {"google": {"thought_signature": signature}},
        "provider_specific_fields": {"thought_signature": signature},
    }


def _sign(holder: Delta | DeltaToolCall, signature: str) -> None:
    places = _signed(signature)
    holder.extra_content = places["extra_content"]
    known = holder.provider_specific_fields or {}
    holder.provider_specific_fields = {**known, **places["provider_specific_fields"]}


def _logprobs(result: JSON) -> ChoiceLogprobs:
    chosen = as_array(result.get("chosenCandidates")) or []
    tops = as_array(result.get("topCandidates")) or []
    found: list[TokenLogprob] = []
    for number, token in enumerate(chosen):
        likely = as_array(tops[number].get("candidates")) if number < len(tops) else None
        found.append(
            TokenLogprob(
                **_token(token),
                top_logprobs=[TopLogprob(**_token(other)) for other in likely or ()],
            )
        )
    return ChoiceLogprobs(content=found)


def _token(fields: JSON) -> JSON:
    token = str(fields.get("token", ""))
    logprob = float(fields.get("logProbability", 0.0))
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


def snake_keys(fields: JSON) -> JSON:
    """Return an object with its own keys in snake case; what is in it stays as it is."""
    return {
        re.sub(r"[A-Z]", lambda found: "_" + found.group().lower(), key): value
        for key, value in fields.items()
    }
