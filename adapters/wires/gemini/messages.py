"""A conversation as Gemini's `contents` and `systemInstruction`.

https://ai.google.dev/api/caching#Content, https://ai.google.dev/gemini-api/docs/function-calling
and https://ai.google.dev/gemini-api/docs/thought-signatures
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ....pipeline.call.messages import MessageParam
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.conversation import (
    REASONING_PARTS,
    SYSTEM_ROLES,
    Turn,
    arguments_of,
    called_name,
    list_turns,
    part_error,
    parts,
    text_of,
)
from ...encode.data_urls import parse_data_url
from ...families.gemini import NO_SIGNATURE, Family
from ...provider.row import Provider
from .part_order import AUDIO, CALL, IMAGE, NATIVE, PART_ORDER, arrange_parts
from .parts import PartEncoder
from .signatures import signature_of

#: The key in `provider_specific_fields` of a message for parts that OpenAI has no field for, such
#: as code that Google ran and searches that it made.
NATIVE_PARTS = "gemini_parts"

# The format of Gemini's voices, OpenAI's pcm16.
_SPEECH = "audio/L16;rate=24000"

# The text of a content that must not be missing. Gemini rejects empty text.
_NOTHING = " "

# litellm appends a tool call's signature to its id, after this: some clients keep only the id.
_ID_MARK = "__thought__"


def encode_messages(messages: tuple[MessageParam, ...], provider: Provider, family: Family) -> JSON:
    """Return `contents`, and `systemInstruction` if there are system messages.

    All system messages become one instruction. Consecutive messages of the same role become one
    content, so that all results of a message's calls are together. If there are only system
    messages, they become a user content: `contents` may not be empty.

    Thoughts are not sent back, only their signatures, as Google requires.

    Raises:
        BadRequestError: a part, a call or a result cannot be sent; the error has its path.
    """
    conversation = _Conversation(PartEncoder(provider, family), provider, family)
    for turn in list_turns(messages):
        conversation.add(turn)
    return conversation.finish()


class _Conversation:
    """Collects contents, message by message."""

    def __init__(self, encoder: PartEncoder, provider: Provider, family: Family) -> None:
        self._encoder = encoder
        self._provider = provider
        self._family = family
        self._system: list[JSON] = []
        self._contents: list[JSON] = []
        self._names: dict[str, str] = {}
        self._media: list[JSON] = []

    def add(self, turn: Turn) -> None:
        """Add one message."""
        role = turn.message["role"]
        if role in SYSTEM_ROLES:
            text = text_of(turn, self._provider.name)
            self._system += [{"text": text}] if text else []
        elif role in ("tool", "function"):
            self._append("user", [self._result(turn)])
        elif role == "assistant":
            self._append("model", self._assistant_parts(turn))
        else:
            self._append("user", self._user_parts(turn))

    def finish(self) -> JSON:
        """Return the messages as fields of the request."""
        self._flush_media()
        if self._contents and self._opens_with_call():
            self._contents.insert(0, {"role": "user", "parts": [{"text": _NOTHING}]})
        if not self._contents:
            return {"contents": [{"role": "user", "parts": self._system or [{"text": _NOTHING}]}]}
        if not self._system:
            return {"contents": self._contents}
        return {
            "systemInstruction": {"parts": self._system},
            "contents": self._contents,
        }

    def _opens_with_call(self) -> bool:
        """Return whether no user content is before the first call, as Gemini requires."""
        first = self._contents[0]
        return first["role"] == "model" and any("functionCall" in part for part in first["parts"])

    def _append(self, role: str, found: list[JSON]) -> None:
        if not found:
            return
        if "functionResponse" not in found[0]:
            self._flush_media()
        last = self._contents[-1] if self._contents else None
        if last is not None and last["role"] == role:
            last["parts"] += found
        else:
            self._contents.append({"role": role, "parts": found})

    def _flush_media(self) -> None:
        """Add the media of results after the last result: results must be consecutive."""
        media, self._media = self._media, []
        self._append("user", media)

    def _user_parts(self, turn: Turn) -> list[JSON]:
        return [part for found in parts(turn) for part in self._encoder.encode(found)]

    def _assistant_parts(self, turn: Turn) -> list[JSON]:
        """Return the parts of an assistant message in the order in which Gemini sent them.

        Without marks, the order is: Google's own parts, text, images, audio, calls.
        """
        message: Mapping[str, Any] = turn.message
        fields = as_object(message.get("provider_specific_fields")) or {}
        kept = map(as_object, as_array(fields.get(NATIVE_PARTS)) or ())
        native = [dict(part) for part in kept if part]
        said = [
            part
            for found in parts(turn)
            if found.part["type"] not in REASONING_PARTS
            for part in self._encoder.encode(found)
        ]
        images = [_image(image, turn.path) for image in as_array(message.get("images")) or ()]
        audio = _audio(message)
        calls = self._calls(turn)
        others = {NATIVE: native, IMAGE: images, AUDIO: audio, CALL: calls}
        found = _arranged(fields, said, others)
        if found is None:
            said = [*said, *images, *audio]
        else:
            said = [part for part in found if "functionCall" not in part]
        signature = signature_of(message)
        if signature is not None and not _holds_signature(found or (), signature):
            _sign(signature, said, calls)
        if calls and self._family.signs_calls and not _is_signed(calls):
            calls[0]["thoughtSignature"] = NO_SIGNATURE
        return [*native, *said, *calls] if found is None else found

    def _calls(self, turn: Turn) -> list[JSON]:
        found: list[JSON] = []
        for number, call in enumerate(turn.message.get("tool_calls") or ()):
            path = f"{turn.path}.tool_calls[{number}]"
            name = called_name(call, path)
            identity, _, in_id = (call.get("id") or "").partition(_ID_MARK)
            self._names[identity] = name
            part: JSON = {
                "functionCall": {
                    "name": name,
                    "args": arguments_of(call, path),
                    **({"id": identity} if identity else {}),
                }
            }
            signature = signature_of(call) or in_id
            if signature:
                part["thoughtSignature"] = signature
            found.append(part)
        legacy = turn.message.get("function_call")
        if legacy:
            arguments = arguments_of({"function": legacy}, f"{turn.path}.function_call")
            found.append({"functionCall": {"name": legacy["name"], "args": arguments}})
        return found

    def _result(self, turn: Turn) -> JSON:
        """Return a tool's result; its images and files go into it, or after it for older models."""
        message = turn.message
        identity = (message.get("tool_call_id") or "").partition(_ID_MARK)[0]
        name = self._names.get(identity) or message.get("name")
        if not name:
            path = f"{turn.path}.tool_call_id"
            raise part_error(path, f"no earlier tool call has the id {identity!r}")
        text: list[str] = []
        media: list[JSON] = []
        for part in self._user_parts(turn):
            if "text" in part:
                text.append(part["text"])
            else:
                media.append(part)
        response: JSON = {"name": name, "response": _response("".join(text))}
        if identity:
            response["id"] = identity
        if media and self._family.media_results:
            response["parts"] = media
        else:
            self._media += media
        return {"functionResponse": response}


def _arranged(
    fields: JSON, said: list[JSON], others: Mapping[str, list[JSON]]
) -> list[JSON] | None:
    """Return the parts in their original order, None if there are no marks that fit."""
    marks = as_array(fields.get(PART_ORDER))
    if not marks or any(part.keys() != {"text"} for part in said):
        return None
    return arrange_parts(marks, "".join(part["text"] for part in said), others)


def _holds_signature(parts: Iterable[JSON], signature: str) -> bool:
    return any(part.get("thoughtSignature") == signature for part in parts)


def _sign(signature: str, said: list[JSON], calls: list[JSON]) -> None:
    """Add a message's signature to the part it came with: the text, else the first call."""
    if said:
        said[-1].setdefault("thoughtSignature", signature)
    elif calls and not _is_signed(calls):
        calls[0]["thoughtSignature"] = signature
    else:
        said.append({"text": "", "thoughtSignature": signature})


def _is_signed(calls: list[JSON]) -> bool:
    return any("thoughtSignature" in call for call in calls)


def _image(image: Any, path: str) -> JSON:
    fields = as_object(image) or {}
    url: object = (as_object(fields.get("image_url")) or {}).get("url")
    media = parse_data_url(str(url), f"{path}.images")
    part: JSON = {"inlineData": {"mimeType": media.mime, "data": media.data}}
    signature = signature_of(fields)
    return {**part, "thoughtSignature": signature} if signature else part


def _audio(message: Mapping[str, Any]) -> list[JSON]:
    """Return the audio of a message, or its transcript if the audio was not kept."""
    audio = as_object(message.get("audio")) or {}
    if audio.get("data"):
        return [{"inlineData": {"mimeType": _SPEECH, "data": audio["data"]}}]
    return [{"text": audio["transcript"]}] if audio.get("transcript") else []


def _response(text: str) -> JSON:
    """Return a result as an object, as Gemini requires: its JSON object, or one with its text."""
    try:
        decoded: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        decoded = None
    found = as_object(decoded)
    return {"output": text} if found is None else found
