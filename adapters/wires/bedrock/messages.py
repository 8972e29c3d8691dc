"""Encode the messages of a conversation for Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.call_ids import short_id
from ...encode.called import called_function
from ...encode.conversation import (
    REASONING_PARTS,
    SYSTEM_ROLES,
    Part,
    Turn,
    arguments_of,
    list_turns,
    parts,
    text_part,
)
from ...families.bedrock import (
    takes_cache_points,
    takes_reasoning,
    takes_result_cache_points,
    takes_system,
    takes_system_turns,
)
from ...families.mistral import takes_short_ids
from .media import NAME, DocumentNames
from .parts import (
    PLAIN_PARTS,
    RESULT_PARTS,
    SYSTEM_PARTS,
    USER_PARTS,
    Encoders,
    cache_point,
    changes_tools,
    may_precede_cache_point,
)
from .schema import Block

#: Provider-specific field of a message that keeps the blocks of a response as they came, where
#: OpenAI's message does not hold all of them in their order.
NATIVE_CONTENT = "bedrock_content"

# Fields of Anthropic's system messages, which Converse has no place for.
_OF_SYSTEM = ("clear_at", "output_config")
# A message must have content, and text must not be blank.
_NOTHING: JSON = {"text": "(empty message)"}
_TOOL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Conversation:
    """System prompt and messages in Converse's form.

    Attributes:
        system: blocks of the system and developer messages at the start; of all of them if the
            model does not take them later.
        messages: the other messages with alternating roles; the results of one turn's tool calls
            are in one message.
        called: names of the tools that were called.
    """

    def __init__(self, messages: tuple[MessageParam, ...], model: str) -> None:
        """Translate the messages for a model.

        Raises:
            BadRequestError: a part or a tool call cannot be sent; the message has its path.
        """
        self.system: list[JSON] = []
        self.messages: list[JSON] = []
        self.called: dict[str, None] = {}
        self._model = model
        self._caches = takes_cache_points(model)
        self._names = DocumentNames()
        self._with_documents: dict[int, str] = {}
        self._later: list[JSON] = []
        for turn in list_turns(messages):
            self._add(turn)
        self._add_later()
        self._check_documents()
        for message in self.messages:
            if message["role"] == "user":
                message["content"] = self._ordered(message["content"])
        if not self.messages or (self.system and not takes_system(model)):
            _prepend(self.messages, self.system or [_NOTHING])
            self.system = []
        if self.messages[0]["role"] == "assistant":
            _prepend(self.messages, [_NOTHING])
        _trim_prefill(self.messages)
        if takes_short_ids(model):
            _shorten_ids(self.messages)

    def _add(self, turn: Turn) -> None:
        role = turn.message["role"]
        if role in SYSTEM_ROLES:
            self._instruct(turn)
        elif role == "assistant":
            self._add_later()
            blocks = self._answer(turn)
            self._append("assistant", [*blocks, *self._cache_point(turn.message, blocks)])
        elif role == "tool":
            self._append("user", [self._result(turn), *self._result_cache_point(turn)])
        else:
            blocks = self._content(turn, USER_PARTS)
            blocks = blocks or [_NOTHING]
            self._append("user", [*blocks, *self._cache_point(turn.message, blocks)])
            if any("document" in block for block in blocks):
                self._with_documents[len(self.messages) - 1] = f"{turn.path}.content"

    def _instruct(self, turn: Turn) -> None:
        """Add a system message: to the prompt, or for later in the conversation."""
        for name in _OF_SYSTEM:
            if turn.message.get(name) is not None:
                path = f"{turn.path}.{name}"
                raise BadRequestError(f"{path}: Converse has no such field", NAME, param=path)
        blocks = self._content(turn, SYSTEM_PARTS)
        blocks += self._cache_point(turn.message, blocks)
        changes = any(map(changes_tools, blocks))
        if takes_system_turns(self._model) and (self.messages or changes):
            self._later += blocks
        elif changes:
            path = f"{turn.path}.content"
            raise BadRequestError(
                f"{path}: this model's tools cannot change in the conversation; leave this out",
                NAME,
                param=path,
            )
        else:
            self.system += blocks

    def _add_later(self) -> None:
        """Add what system messages said since the last response, after what the user said."""
        if self._later and self.messages and self.messages[-1]["role"] == "user":
            self._append("system", self._later)
        else:
            self.system += self._later
        self._later = []

    def _ordered(self, content: list[JSON]) -> list[JSON]:
        """Return a user's blocks, results of tools first, with the cache points that may stay."""
        has_results = any("toolResult" in block for block in content)
        if has_results and not takes_result_cache_points(self._model):
            content = [block for block in content if "cachePoint" not in block]
        return _results_first(content)

    def _check_documents(self) -> None:
        for position, path in self._with_documents.items():
            if not any("text" in block for block in self.messages[position]["content"]):
                raise BadRequestError(
                    f"{path}: Converse requires text next to a document: add a part of type 'text'",
                    NAME,
                    param=path,
                )

    def _append(self, role: str, blocks: list[JSON]) -> None:
        """Add blocks, to the last message where it has the same role: roles must alternate."""
        if not blocks:
            return
        if self.messages and self.messages[-1]["role"] == role:
            content: list[JSON] = self.messages[-1]["content"]
            if content == [_NOTHING]:
                content.clear()
            content += blocks if blocks != [_NOTHING] or not content else []
        else:
            self.messages.append({"role": role, "content": blocks})

    def _content(self, turn: Turn, encoders: Encoders) -> list[JSON]:
        blocks: list[JSON] = []
        for found in parts(turn):
            block = self._block(found, encoders)
            if block is not None:
                blocks += [block, *self._cache_point(found.part, [block])]
        return blocks

    def _block(self, found: Part, encoders: Encoders) -> JSON | None:
        """Return the block of a part, None for blank text."""
        encode = encoders.get(found.part["type"])
        if encode is not None:
            return encode(found, self._names)
        text = text_part(found, NAME)
        return {"text": text} if text.strip() else None

    def _cache_point(self, marked: Mapping[str, Any], after: list[JSON]) -> list[JSON]:
        mark = as_object(marked.get("cache_control"))
        fits = mark and after and self._caches and may_precede_cache_point(after[-1])
        return [cache_point(mark)] if mark and fits else []

    def _answer(self, turn: Turn) -> list[JSON]:
        message = turn.message
        if message.get("audio"):
            path = f"{turn.path}.audio"
            raise BadRequestError(
                f"{path}: Converse does not accept audio in assistant messages: remove it",
                NAME,
                param=path,
            )
        blocks = _native_content(message) or self._plain_answer(turn)
        for block in blocks:
            if "toolUse" in block:
                self.called[block["toolUse"]["name"]] = None
        return blocks

    def _plain_answer(self, turn: Turn) -> list[JSON]:
        message = turn.message
        blocks = self._reasoning(message.get("thinking_blocks") or ())
        for found in parts(turn):
            if found.part["type"] in REASONING_PARTS:
                blocks += self._reasoning([cast("JSON", found.part)])
                continue
            block = self._block(found, PLAIN_PARTS)
            if block is not None:
                blocks += [block, *self._cache_point(found.part, [block])]
        return blocks + self._tool_uses(turn)

    def _reasoning(self, thought: Iterable[JSON]) -> list[JSON]:
        blocks: list[JSON] = []
        for block in thought:
            data, text, signature = block.get("data"), block.get("thinking"), block.get("signature")
            signed = bool(data or signature)
            if not takes_reasoning(self._model, signed=signed) or not (signed or text):
                continue
            said = {"text": text or "", **({"signature": signature} if signature else {})}
            content = {"redactedContent": data} if data else {"reasoningText": said}
            blocks.append({"reasoningContent": content})
        return blocks

    def _tool_uses(self, turn: Turn) -> list[JSON]:
        blocks: list[JSON] = []
        for number, call in enumerate(turn.message.get("tool_calls") or ()):
            path = f"{turn.path}.tool_calls[{number}]"
            name: object = called_function(call).get("name")
            use = {
                "toolUseId": _tool_id(call.get("id"), f"{path}.id"),
                "name": tool_name(name, f"{path}.function.name"),
                "input": arguments_of(call, path),
            }
            blocks += [{"toolUse": use}, *self._cache_point(call, [use])]
        return blocks

    def _result(self, turn: Turn) -> JSON:
        message = cast("Mapping[str, Any]", turn.message)
        content = [
            block
            for found in parts(turn)
            if (block := self._block(found, RESULT_PARTS)) is not None
        ]
        result: JSON = {
            "toolUseId": _tool_id(message.get("tool_call_id"), f"{turn.path}.tool_call_id"),
            "content": content,
        }
        if message.get("is_error") or message.get("status") == "error":
            result["status"] = "error"
        return {"toolResult": result}

    def _result_cache_point(self, turn: Turn) -> list[JSON]:
        """Return the cache point after a result, which cannot contain one."""
        marks = [turn.message.get("cache_control")]
        marks += [found.part.get("cache_control") for found in parts(turn)]
        mark = next(filter(None, marks), None)
        return self._cache_point({"cache_control": mark}, [{}])


def tool_name(name: object, path: str) -> str:
    """Return a tool's name.

    Raises:
        BadRequestError: Converse does not take it.
    """
    if isinstance(name, str) and _TOOL_NAME.fullmatch(name):
        return name
    raise BadRequestError(
        f"{path}: expected 1 to 64 letters, digits, underscores or hyphens, got {name!r}",
        NAME,
        param=path,
    )


def _tool_id(given: str | None, path: str) -> str:
    """Return a call's id; an id of another provider that Converse refuses becomes a digest."""
    if not given:
        raise BadRequestError(
            f"{path}: missing; it links a tool call to its result", NAME, param=path
        )
    if _TOOL_ID.fullmatch(given):
        return given
    return hashlib.sha256(given.encode(errors="surrogatepass")).hexdigest()


def _shorten_ids(messages: list[JSON]) -> None:
    """Give tool calls and their results the ids that Mistral's models take."""
    for message in messages:
        message["content"] = list(map(_with_short_id, message["content"]))


def _with_short_id(block: JSON) -> JSON:
    for kind in ("toolUse", "toolResult"):
        if kind in block:
            return {kind: {**block[kind], "toolUseId": short_id(block[kind]["toolUseId"])}}
    return block


def _native_content(message: MessageParam) -> list[JSON] | None:
    """Return the blocks that a response had, None where its text or calls were changed since."""
    fields = message.get("provider_specific_fields") or {}
    kept = as_array(fields.get(NATIVE_CONTENT))
    if not kept:
        return None
    try:
        blocks = msgspec.convert(kept, list[Block])
    except msgspec.ValidationError:
        return None
    calls = [
        block.tool_use.tool_use_id
        for block in blocks
        if block.tool_use is not None and block.tool_use.is_for_caller
    ]
    same = text_of_blocks(blocks) == (message.get("content") or "") and calls == [
        call.get("id") for call in message.get("tool_calls") or ()
    ]
    if not same:
        return None
    return [_as_sent(block, sent) for block, sent in zip(blocks, kept, strict=True)]


def _as_sent(block: Block, sent: JSON) -> JSON:
    """Return a block of a response as requests have it: without nulls and a call's plain type."""
    kept = {kind: value for kind, value in sent.items() if value is not None}
    if block.tool_use is not None and block.tool_use.is_for_caller:
        use = {name: value for name, value in kept["toolUse"].items() if name != "type"}
        return {**kept, "toolUse": use}
    return kept


def text_of_blocks(blocks: Iterable[Block]) -> str:
    """Return the text of a response's blocks, including text with citations."""
    texts: list[str] = []
    for block in blocks:
        texts.append(block.text or "")
        if block.citations_content is not None:
            texts += [piece.text or "" for piece in block.citations_content.content or ()]
    return "".join(texts)


def _results_first(content: list[JSON]) -> list[JSON]:
    """Return a message's blocks, results of tools first, as Claude requires."""
    results: list[JSON] = []
    others: list[JSON] = []
    place = others
    for block in content:
        if "cachePoint" not in block:
            place = results if "toolResult" in block else others
        place.append(block)
    return results + others


def _prepend(messages: list[JSON], blocks: list[JSON]) -> None:
    """Put blocks at the start of a conversation, which must begin with the user."""
    if messages and messages[0]["role"] == "user":
        messages[0]["content"] = [*blocks, *messages[0]["content"]]
    else:
        messages.insert(0, {"role": "user", "content": blocks})


def _trim_prefill(messages: list[JSON]) -> None:
    """Strip white space off the end of a message to be continued: Converse refuses it."""
    final = messages[-1]["content"][-1]
    if messages[-1]["role"] == "assistant" and "text" in final:
        messages[-1]["content"][-1] = {**final, "text": final["text"].rstrip()}
