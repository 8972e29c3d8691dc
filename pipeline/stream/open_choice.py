"""A choice of a streamed response while its pieces arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import astuple

from ..schema.parts import (
    Audio,
    Choice,
    ChoiceLogprobs,
    Delta,
    DeltaFunction,
    DeltaToolCall,
    Message,
    StreamingChoice,
    ThinkingBlock,
)

if TYPE_CHECKING:
    from .open_calls import OpenCall, OpenCalls

#: How many fields of a delta are None if it has only text, besides where it was in the body.
OTHER_FIELDS = len(Delta.__struct_fields__) - len(("content", "raw_", "path_"))


class OpenChoice:
    """A choice that is still incomplete."""

    __slots__ = (
        "audio",
        "begun",
        "calls",
        "choice_fields",
        "content",
        "details",
        "extra_content",
        "finish_reason",
        "function",
        "index",
        "items",
        "logprobs",
        "message_fields",
        "raw",
        "role",
        "texts",
        "thinking",
        "undeclared",
    )

    def __init__(self, index: int) -> None:
        self.index = index
        self.role = "assistant"
        self.finish_reason: str | None = None
        self.content: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.calls: OpenCalls | None = None
        self.function: OpenCall | None = None
        self.thinking: dict[int, ThinkingBlock] = {}
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.details: list[dict[str, Any]] = []
        self.audio: Audio | None = None
        self.logprobs: ChoiceLogprobs | None = None
        self.message_fields: dict[str, Any] = {}
        self.extra_content: dict[str, Any] = {}
        self.choice_fields: dict[str, Any] = {}
        self.undeclared: dict[str, list[Any]] = {}
        self.begun = False
        self.raw: tuple[bytes, ...] = ()

    def add(self, choice: StreamingChoice) -> bool:
        """Add what a chunk has of the choice; return whether it has its finish reason."""
        delta = choice.delta
        content = delta.content
        if content is not None:
            self.content.append(content)
        # Counting them is four times as fast as looking at each.
        if astuple(delta).count(None) < OTHER_FIELDS + (content is None):
            self._add_others(delta)
        finish_reason = choice.finish_reason
        if finish_reason is not None:
            self.finish_reason = finish_reason
        # What a provider adds comes from the first text on, or in chunks of its own.
        without_text = not content and finish_reason is None
        if without_text or self.undeclared or not self.begun:
            self.begun = not without_text
            self._add_undeclared(delta)
        if choice.logprobs is not None:
            self._logprobs(choice.logprobs)
        if choice.provider_specific_fields:
            self.choice_fields.update(choice.provider_specific_fields)
        return finish_reason is not None

    @property
    def is_plain(self) -> bool:
        """Whether text has come, and nothing under a name that is not declared."""
        return self.begun and not self.undeclared

    def _add_undeclared(self, delta: Delta) -> None:
        """Keep what no field is declared for: texts come in pieces, lists in parts."""
        if not delta.raw_ or (delta.tool_calls and not self.undeclared):
            return
        for name, piece in delta.model_extra.items():
            if isinstance(piece, str | list):
                self.undeclared.setdefault(name, []).append(piece)
            elif piece is not None:
                self.undeclared[name] = [piece]

    def _add_others(self, delta: Delta) -> None:
        for name in ("reasoning_content", "reasoning"):
            # Some providers require reasoning that is empty to come back.
            if (thought := getattr(delta, name)) is not None:
                self.texts.setdefault(name, []).append(thought)
        if delta.refusal:
            self.texts.setdefault("refusal", []).append(delta.refusal)
        for name in ("images", "annotations"):
            if items := getattr(delta, name):
                self.items.setdefault(name, []).extend(items)
        if delta.role:
            self.role = delta.role
        for call in delta.tool_calls or ():
            self._tool_call(call)
        if delta.function_call is not None:
            self._function_call(delta.function_call)
        for block in delta.thinking_blocks or ():
            self._thinking(block)
        for detail in delta.reasoning_details or ():
            self._detail(detail)
        if delta.audio is not None:
            self._audio(delta.audio)
        self._specific(delta.provider_specific_fields or {})
        self.extra_content.update(delta.extra_content or {})

    def _tool_call(self, piece: DeltaToolCall) -> None:
        if self.calls is None:
            from .open_calls import OpenCalls  # noqa: PLC0415  # most responses call nothing

            self.calls = OpenCalls()
        self.calls.add(piece)

    def _function_call(self, piece: DeltaFunction) -> None:
        if self.function is None:
            from .open_calls import OpenCall  # noqa: PLC0415  # an old form

            self.function = OpenCall()
        self.function.add(DeltaToolCall(function=piece))

    def _thinking(self, piece: ThinkingBlock) -> None:
        index = piece.index if piece.index is not None else self._open_thinking(piece)
        block = self.thinking.get(index)
        if block is None:
            block = self.thinking[index] = ThinkingBlock(type=piece.type)
        if piece.thinking is not None:
            block.thinking = (block.thinking or "") + piece.thinking
        if piece.signature is not None:
            block.signature = (block.signature or "") + piece.signature
        if piece.data is not None:
            block.data = piece.data
        estimated = piece.get("estimated_tokens")
        if isinstance(estimated, int):
            # Anthropic's are increments.
            block["estimated_tokens"] = block.get("estimated_tokens", 0) + estimated

    def _open_thinking(self, piece: ThinkingBlock) -> int:
        """Return the key of a block without index: it ends with its signature or is redacted."""
        if not self.thinking:
            return 0
        last = max(self.thinking)
        block = self.thinking[last]
        whole = block.signature is not None or "redacted_thinking" in (block.type, piece.type)
        return last + 1 if whole else last

    def _detail(self, piece: dict[str, Any]) -> None:
        """Join OpenRouter's `reasoning_details`, whose chunks share an index.

        Encrypted details of several tool calls share an index too, but have different ids.
        """
        last = self.details[-1] if self.details else None
        same = (
            last is not None
            and all(last.get(key) == piece.get(key) for key in ("type", "index"))
            and (last.get("id") == piece.get("id") or None in (last.get("id"), piece.get("id")))
        )
        if last is None or not same:
            self.details.append(dict(piece))
            return
        for key, value in piece.items():
            if key in ("text", "summary", "data") and isinstance(value, str):
                last[key] = (last.get(key) or "") + value
            elif value is not None:
                last[key] = value

    def _audio(self, piece: Audio) -> None:
        audio = self.audio
        if audio is None:
            audio = self.audio = Audio()
        audio.id = piece.id or audio.id
        audio.expires_at = piece.expires_at or audio.expires_at
        if piece.data is not None:
            audio.data = (audio.data or "") + piece.data
        if piece.transcript is not None:
            audio.transcript = (audio.transcript or "") + piece.transcript

    def _logprobs(self, piece: ChoiceLogprobs) -> None:
        if self.logprobs is None:
            self.logprobs = ChoiceLogprobs()
        for name in ("content", "refusal"):
            found = getattr(piece, name)
            if found is not None:
                setattr(self.logprobs, name, [*(getattr(self.logprobs, name) or ()), *found])

    def _specific(self, piece: dict[str, Any]) -> None:
        for key, value in piece.items():
            known = self.message_fields.get(key)
            if isinstance(known, list) and isinstance(value, list):
                self.message_fields[key] = [*known, *value]
            else:
                self.message_fields[key] = value

    def done(self) -> Choice:
        """Return the choice as a response has it."""
        texts = {name: "".join(parts) for name, parts in self.texts.items()}
        calls = self.calls.done() if self.calls is not None else []
        function = self.function.done().function if self.function is not None else None
        content = "".join(self.content) if self.content else None
        message = Message(
            role=self.role,
            # A stream has "" or no content where a complete response has null.
            content=content if content or not (calls or function) else None,
            refusal=texts.get("refusal"),
            reasoning_content=texts.get("reasoning_content"),
            reasoning=texts.get("reasoning"),
            tool_calls=calls or None,
            function_call=function,
            audio=self.audio,
            images=self.items.get("images"),
            annotations=self.items.get("annotations"),
            reasoning_details=self.details or None,
            thinking_blocks=[self.thinking[key] for key in sorted(self.thinking)] or None,
            extra_content=self.extra_content or None,
            provider_specific_fields=self.message_fields or None,
            raw_=self.raw,
            path_=("choices", self.index, "delta"),
        )
        for name, pieces in self.undeclared.items():
            setattr(message, name, _joined(pieces))
        return Choice(
            index=self.index,
            message=message,
            finish_reason=self.finish_reason,
            logprobs=self.logprobs,
            provider_specific_fields=self.choice_fields or None,
            raw_=self.raw,
            path_=("choices", self.index),
        )


def _joined(pieces: list[Any]) -> Any:
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces)
    if all(isinstance(piece, list) for piece in pieces):
        return [one for piece in pieces for one in piece]
    return pieces[-1]
