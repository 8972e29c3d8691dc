"""Messages in the form that the Messages API takes them.

https://platform.claude.com/docs/en/api/messages/create and, for system messages in the middle,
https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import NamedTuple

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_object
from ...encode.conversation import (
    REASONING_PARTS,
    SYSTEM_ROLES,
    Turn,
    arguments_of,
    called_name,
    list_turns,
    parts,
)
from ...families.claude import ClaudeModel
from ...provider.row import Provider
from .blocks import unchanged_blocks
from .parts import TOOL_CHANGES, encode_instructions, encode_parts
from .schema import TextBlock

# The API's own fields of a tool's result, and of a system message later in the conversation.
_OF_RESULTS = ("is_error", "toolset_name")
_OF_SYSTEM = ("clear_at", "output_config")
# The API refuses a message without content, and text of white space only.
_NOTHING: JSON = {"type": "text", "text": "(empty message)"}
_BAD_ID = re.compile(r"[^a-zA-Z0-9_-]")


class Conversation(NamedTuple):
    """The system prompt and the messages, as blocks."""

    system: list[JSON]
    messages: list[JSON]


class _Turn(NamedTuple):
    """The blocks that one message becomes, and the role that they have here.

    Attributes:
        fixed: where the message stands in the request, if it has fields or blocks that are only
            for system messages later in the conversation.
    """

    role: str
    blocks: list[JSON]
    fields: JSON
    fixed: str

    @property
    def only_sets(self) -> bool:
        """Whether it only sets something, such as the effort, for the user's next message."""
        return self.role == "system" and not self.blocks


def encode_messages(
    messages: tuple[MessageParam, ...], provider: Provider, model: ClaudeModel
) -> Conversation:
    """Return the conversation, with tool results before the user's other content.

    A later system message keeps its position if the model supports that. Otherwise it joins those
    at the start, as in Anthropic's own OpenAI-compatible endpoint, unless it has fields that only
    later messages can have.

    Raises:
        BadRequestError: a part, a call or a system message's own field cannot be sent; the text
            has its location.
    """
    encoded = [_encode_turn(turn, provider) for turn in list_turns(messages)]
    encoded = [turn for turn in encoded if turn.role == "user" or turn.blocks or turn.fields]
    start = next((n for n, turn in enumerate(encoded) if turn.role != "system"), len(encoded))
    prompts = [turn for turn in encoded[:start] if not turn.fixed]
    others = [turn for turn in encoded[:start] if turn.fixed] + encoded[start:]
    _check_system(encoded, model)
    conversation = Conversation([block for turn in prompts for block in turn.blocks], [])
    for is_response, run in groupby(others, lambda turn: turn.role == "assistant"):
        if is_response:
            content = [block for turn in run for block in turn.blocks]
            conversation.messages.append({"role": "assistant", "content": content})
        else:
            _add_user_side(conversation, list(run), model.system_turns)
    if not conversation.messages:
        # The API requires a message, and there are only system messages.
        content = conversation.system or [_NOTHING]
        return Conversation([], [{"role": "user", "content": content}])
    _trim_prefill(conversation.messages)
    return conversation


def _check_system(turns: list[_Turn], model: ClaudeModel) -> None:
    fixed = next((turn.fixed for turn in turns if turn.fixed), None)
    if fixed is not None and not model.system_turns:
        raise BadRequestError(
            f"{fixed}: only for system messages later in the conversation, which this model does "
            "not take; leave it out",
            param=fixed,
        )


def _add_user_side(conversation: Conversation, run: list[_Turn], system_turns: bool) -> None:
    """Add what is between two responses: tool results, then user content, then system content.

    What only sets the effort for the user's next message stays before that message. The API takes
    it anywhere, and system content only after the user.
    """
    by_role: dict[str, list[JSON]] = {"tool": [], "user": []}
    instructions: list[JSON] = []
    last_user = max((n for n, turn in enumerate(run) if turn.role != "system"), default=-1)
    for number, turn in enumerate(run):
        if turn.only_sets and number < last_user:
            _add_instructions(conversation.messages, turn)
        elif turn.role == "system":
            _add_instructions(instructions, turn)
        else:
            by_role[turn.role] += turn.blocks
    has_user = last_user >= 0
    if has_user:
        content = [*by_role["tool"], *by_role["user"]] or [_NOTHING]
        conversation.messages.append({"role": "user", "content": content})
    if (has_user and system_turns) or any(turn.fixed for turn in run):
        conversation.messages.extend(instructions)
    else:
        conversation.system.extend(block for one in instructions for block in one["content"])


def _add_instructions(messages: list[JSON], turn: _Turn) -> None:
    """Add a system message; it joins the one before if neither has fields of its own."""
    if messages and not turn.fields and messages[-1].keys() == {"role", "content"}:
        messages[-1]["content"] = [*messages[-1]["content"], *turn.blocks]
    else:
        messages.append({"role": "system", "content": turn.blocks, **turn.fields})


def _trim_prefill(messages: list[JSON]) -> None:
    """Strip white space from the end of a response to be continued: the API refuses it."""
    last = messages[-1]
    if last["role"] != "assistant":
        return
    final = last["content"][-1]
    if final["type"] == "text":
        last["content"][-1] = {**final, "text": final["text"].rstrip()}


def _encode_turn(turn: Turn, provider: Provider) -> _Turn:
    message = turn.message
    role = message["role"]
    own: JSON = {}
    fixed = ""
    if role in SYSTEM_ROLES:
        blocks = encode_instructions(parts(turn), provider)
        role = "system"
        own, fixed = _own_fields(turn, blocks)
    elif role == "assistant":
        blocks = _response(turn, provider)
    elif role == "tool":
        blocks = [_tool_result(turn, provider)]
    else:
        blocks = encode_parts(parts(turn), provider)
        role = "user"
    mark = message.get("cache_control")
    markable = [n for n, block in enumerate(blocks) if block["type"] not in REASONING_PARTS]
    if mark and markable and "cache_control" not in blocks[markable[-1]]:
        blocks[markable[-1]] = {**blocks[markable[-1]], "cache_control": mark}
    return _Turn(role, blocks, own, fixed)


def _own_fields(turn: Turn, blocks: list[JSON]) -> tuple[JSON, str]:
    """Return the fields that only a later system message has, and the path of the first.

    Changes of tools are also only possible there, although they are blocks.
    """
    fields = as_object(turn.message) or {}
    own = {name: fields[name] for name in _OF_SYSTEM if fields.get(name) is not None}
    if not blocks and "output_config" not in own:
        # The API refuses a message that says nothing.
        return {}, ""
    places = [f"{turn.path}.{name}" for name in own]
    if any(block["type"] in TOOL_CHANGES for block in blocks):
        places.append(f"{turn.path}.content")
    return own, places[0] if places else ""


def _tool_result(turn: Turn, provider: Provider) -> JSON:
    message = turn.message
    block: JSON = {
        "type": "tool_result",
        "tool_use_id": _call_id(message.get("tool_call_id"), f"{turn.path}.tool_call_id"),
    }
    fields = as_object(message) or {}
    block |= {name: fields[name] for name in _OF_RESULTS if fields.get(name)}
    content = message.get("content")
    whole = isinstance(content, str)
    found = content if whole else encode_parts(parts(turn), provider)
    return {**block, "content": found} if found else block


def _call_id(value: str | None, path: str) -> str:
    """Return an ID without the characters that the API refuses; other providers use more."""
    if not value:
        raise BadRequestError(f"{path}: missing; it links a call to its result", param=path)
    return _BAD_ID.sub("_", value)


def _response(turn: Turn, provider: Provider) -> list[JSON]:
    message = turn.message
    if message.get("audio"):
        path = f"{turn.path}.audio"
        raise BadRequestError(f"{path}: {provider.title} takes no audio", param=path)
    replayed = _native_content(message)
    if replayed is not None:
        return replayed
    thinking = [_thinking_block(block) for block in message.get("thinking_blocks") or ()]
    blocks = [block for block in thinking if block is not None]
    blocks += encode_parts(parts(turn), provider)
    return blocks + _tool_uses(turn)


def _thinking_block(block: JSON) -> JSON | None:
    """Return a block as it came, None without a signature: the API refuses other providers'."""
    if block.get("type") == "redacted_thinking" and block.get("data"):
        return {"type": "redacted_thinking", "data": block["data"]}
    signature = block.get("signature")
    if not signature:
        return None
    return {
        "type": "thinking",
        "thinking": block.get("thinking") or "",
        "signature": signature,
    }


def _tool_uses(turn: Turn) -> list[JSON]:
    uses: list[JSON] = []
    for number, call in enumerate(turn.message.get("tool_calls") or ()):
        path = f"{turn.path}.tool_calls[{number}]"
        mark: object = call.get("cache_control")
        uses.append(
            {
                "type": "tool_use",
                "id": _call_id(call.get("id"), f"{path}.id"),
                "name": called_name(call, path),
                "input": arguments_of(call, path),
                **({"cache_control": mark} if mark else {}),
            }
        )
    return uses


def _native_content(message: MessageParam) -> list[JSON] | None:
    """Return the blocks of a response of ours, None if its text or calls have changed since."""
    fields = as_object(message.get("provider_specific_fields")) or {}
    calls = [call.get("id") for call in message.get("tool_calls") or ()]
    blocks = unchanged_blocks(fields, message.get("content"), calls)
    if blocks is None:
        return None
    # A response may hold text of white space only, which the API refuses in a request.
    return [
        dict(sent.fields)
        for sent in blocks
        if not isinstance(sent.block, TextBlock) or sent.block.text.strip()
    ]
