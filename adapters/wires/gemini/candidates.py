"""Gemini's candidates as the choices of a chunk.

https://ai.google.dev/api/generate-content#candidate and https://ai.google.dev/api/caching#Part
"""

from __future__ import annotations

import base64

from ....pipeline.errors import APIResponseValidationError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.parts import Audio, Delta, StreamingChoice, ThinkingBlock
from .field_names import snake_keys
from .finish_reasons import set_finish_reason, set_reason_after_calls
from .function_calls import FunctionCallReader
from .grounding import read_annotations
from .logprobs import read_logprobs
from .messages import NATIVE_PARTS
from .part_order import AUDIO, CALL, IMAGE, NATIVE, PartOrder
from .schema import Blob, Candidate, Enum, FunctionCall, Part, TextCandidate, TextPart
from .signatures import sign, signature_fields

# Fields of a candidate that have their own field in a choice.
_MAPPED = frozenset({"content", "finishReason", "index", "logprobsResult"})
# Fields of a part that are read.
_READ = frozenset({"functionCall", "inlineData", "text", "thought", "thoughtSignature"})


class CandidateReader:
    """Reads one candidate, event by event."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._begun = False
        self._text: list[str] = []
        self._calls = FunctionCallReader()
        self._thinking = False
        self._thoughts = -1
        self._images = 0
        self._natives = 0
        self._order = PartOrder()
        self._audio_begun = False
        self._audio_rest = b""

    def read(self, candidate: Candidate, sent: JSON) -> StreamingChoice:
        """Return what one event adds to the choice.

        Args:
            candidate: the candidate of the event.
            sent: the JSON object that it was read from, for what has no declared field.

        Raises:
            APIResponseValidationError: audio or streamed arguments cannot be read.
            APIError: the finish reason says that the response failed.
        """
        delta = self._begin_event()
        content = candidate.content
        if content is not None:
            for number, part in enumerate(content.parts or ()):
                whole: JSON = sent["content"]["parts"][number]
                if not self._read_part(part, delta):
                    self._add_native_part(whole, delta)
                elif not whole.keys() <= _READ:
                    self._add_others(whole, delta)
        choice = StreamingChoice(index=self._index, delta=delta)
        self._finish(choice, candidate.finish_reason, candidate.finish_message)
        if candidate.logprobs_result is not None:
            choice.logprobs = read_logprobs(candidate.logprobs_result)
        if candidate.grounding_metadata is not None:
            text = "".join(self._text)
            delta.annotations = read_annotations(candidate.grounding_metadata, text) or None
        others = {key: value for key, value in sent.items() if key not in _MAPPED}
        if others:
            known = choice.provider_specific_fields or {}
            choice.provider_specific_fields = {**known, **snake_keys(others)}
        return choice

    def read_text(self, candidate: TextCandidate) -> StreamingChoice:
        """Return what an event with nothing but text adds to the choice; raises as `read`."""
        delta = self._begin_event()
        for part in candidate.content.parts:
            self._thinking = self._thinking and bool(part.thought)
            self._read_text(part.text, part, delta)
        choice = StreamingChoice(index=self._index, delta=delta)
        if candidate.finish_reason is not None:
            self._finish(choice, candidate.finish_reason, None)
        return choice

    def _begin_event(self) -> Delta:
        self._order.begin_event()
        if self._begun:
            return Delta()
        self._begun = True
        return Delta(role="assistant")

    def _read_part(self, part: Part, delta: Delta) -> bool:
        """Add a part to a delta; return False if OpenAI has no field for its kind."""
        self._thinking = self._thinking and bool(part.thought)
        blob = part.inline_data
        mime = "" if blob is None else blob.mime_type or ""
        if part.function_call is not None:
            self._add_call(part.function_call, part.thought_signature, delta)
        elif blob is not None and mime.startswith("image/") and not part.thought:
            self._add_image(mime, blob, part.thought_signature, delta)
        elif blob is not None and mime.startswith("audio/"):
            self._add_audio(blob, part.thought_signature, delta)
        elif part.text is not None:
            self._read_text(part.text, part, delta)
        else:
            return False
        return True

    def _read_text(self, text: str, part: Part | TextPart, delta: Delta) -> None:
        signature = part.thought_signature
        if part.thought:
            self._add_thought(text, delta)
        else:
            self._order.add_text(text, signature, delta)
            if text:
                self._text.append(text)
                delta.content = (delta.content or "") + text
        if signature is not None:
            sign(delta, signature)

    def _add_call(self, call: FunctionCall, signature: str | None, delta: Delta) -> None:
        number = self._calls.count
        self._calls.read(call, signature, delta)
        if self._calls.count > number:
            self._order.add(CALL, number, delta)

    def _add_thought(self, text: str, delta: Delta) -> None:
        if not self._thinking:
            self._thinking = True
            self._thoughts += 1
        delta.reasoning_content = (delta.reasoning_content or "") + text
        block = ThinkingBlock(thinking=text, index=self._thoughts)
        delta.thinking_blocks = [*(delta.thinking_blocks or ()), block]

    def _add_image(self, mime: str, blob: Blob, signature: str | None, delta: Delta) -> None:
        image: JSON = {
            "type": "image_url",
            "image_url": {"url": f"data:{mime};base64,{blob.data or ''}"},
            "index": self._images,
        }
        self._order.add(IMAGE, self._images, delta)
        self._images += 1
        if signature is not None:
            image |= signature_fields(signature)
        delta.images = [*(delta.images or ()), image]

    def _add_audio(self, blob: Blob, signature: str | None, delta: Delta) -> None:
        """Add audio. Base64 of a multiple of three bytes can be joined to the base64 after it."""
        if not self._audio_begun:
            self._audio_begun = True
            self._order.add(AUDIO, 0, delta)
        if signature is not None:
            sign(delta, signature)
        try:
            audio = self._audio_rest + base64.b64decode(blob.data or "")
        except ValueError as error:
            raise APIResponseValidationError(
                f"inlineData.data: expected base64 ({error})"
            ) from error
        whole = len(audio) - len(audio) % 3
        self._audio_rest = audio[whole:]
        _append_audio(audio[:whole], delta)

    def _add_native_part(self, part: JSON, delta: Delta) -> None:
        """Add a part that OpenAI has no field for, such as code that Google ran."""
        self._order.add(NATIVE, self._natives, delta)
        self._natives += 1
        fields = delta.provider_specific_fields or {}
        parts = [*fields.get(NATIVE_PARTS, ()), part]
        delta.provider_specific_fields = {**fields, NATIVE_PARTS: parts}

    def _add_others(self, part: JSON, delta: Delta) -> None:
        """Add what a part has besides what was read: the transcript of audio, and metadata."""
        others = {name: value for name, value in part.items() if name not in _READ}
        said = as_object(others.pop("audioTranscription", None)) or {}
        if isinstance(said.get("text"), str) and delta.audio is not None:
            delta.audio.transcript = (delta.audio.transcript or "") + said["text"]
        if others and not part.get("thought"):
            self._order.add_fields(others, delta)

    def _finish(self, choice: StreamingChoice, reason: Enum | None, message: str | None) -> None:
        """Set the finish reason, if there is one, and add what was held back until the end."""
        if reason is None or reason == "":
            return
        self._calls.close(choice.delta)
        if self._audio_rest:
            _append_audio(self._audio_rest, choice.delta)
            self._audio_rest = b""
        set_reason = set_reason_after_calls if self._calls.count else set_finish_reason
        set_reason(choice, reason, message)


def _append_audio(audio: bytes, delta: Delta) -> None:
    if delta.audio is None:
        delta.audio = Audio()
    delta.audio.data = (delta.audio.data or "") + base64.b64encode(audio).decode()
