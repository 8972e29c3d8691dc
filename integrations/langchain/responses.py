"""Convert responses and chunks to LangChain's messages.

The text of a response is the message's `content`. Reasoning, signatures and everything else that
a provider expects back are in `additional_kwargs` under trunkline's names, so the message can be
sent back unchanged. `content_blocks` shows all of it in LangChain's standard format.
https://docs.langchain.com/oss/python/langchain/messages#standard-content-blocks
"""

from __future__ import annotations

import json
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    InputTokenDetails,
    InvalidToolCall,
    OutputTokenDetails,
    UsageMetadata,
)
from langchain_core.messages.tool import (
    ToolCall,
    ToolCallChunk,
    invalid_tool_call,
    tool_call,
    tool_call_chunk,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from ... import Choice, Delta, Message, ModelResponse, ModelResponseStream, Usage
from ...pipeline.json_values import JSON
from ...pipeline.schema.charges import unasked
from .messages import CALL_EXTRAS, CUSTOM_INPUT

#: The value of `response_metadata["model_provider"]`: it selects who converts the blocks.
MODEL_PROVIDER = "trunkline"
# Fields that a stream delivers in chunks, in addition to text and calls.
_STREAMED = frozenset({"reasoning_content", "thinking_blocks"})
# Fields of a message that LangChain has fields for.
_ELSEWHERE = {"role", "content", "tool_calls"}


def decode_response(response: ModelResponse) -> ChatResult:
    """Return a response as LangChain's result, with one generation per choice."""
    generations = [
        ChatGeneration(
            message=_message(choice, response),
            generation_info={"finish_reason": choice.finish_reason},
        )
        for choice in response.choices
    ]
    return ChatResult(generations=generations)


def _message(choice: Choice, response: ModelResponse) -> AIMessage:
    said = choice.message
    calls, invalid = _calls(said)
    return AIMessage(
        content=said.content or "",
        additional_kwargs=_other_fields(said),
        tool_calls=calls,
        invalid_tool_calls=invalid,
        response_metadata=_metadata(choice, response),
        usage_metadata=_usage(response.usage),
    )


def _other_fields(said: Message) -> JSON:
    """Return the fields of a message other than its text and calls."""
    others = said.model_dump(exclude=_ELSEWHERE, exclude_none=True)
    extras: dict[str, JSON] = {}
    for call in said.tool_calls or ():
        fields = call.model_dump(
            include={"extra_content", "provider_specific_fields"}, exclude_none=True
        )
        if call.custom is not None:
            fields["custom"] = call.custom.model_dump()
        if fields and call.id:
            extras[call.id] = fields
    return {**others, CALL_EXTRAS: extras} if extras else others


def _calls(said: Message) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls of a message, and those whose arguments are not a JSON object."""
    calls, invalid = list[ToolCall](), list[InvalidToolCall]()
    for call in said.tool_calls or ():
        if call.custom is not None:
            args = {CUSTOM_INPUT: call.custom.input}
            calls.append(tool_call(name=call.custom.name or "", args=args, id=call.id))
            continue
        name, text = call.function.name or "", call.function.arguments
        try:
            arguments: object = json.loads(text, strict=False)
            problem = None if isinstance(arguments, dict) else "the arguments are not a JSON object"
        except ValueError as error:
            arguments, problem = None, f"the arguments are not JSON: {error}"
        if problem is None:
            args = cast("JSON", arguments)
            calls.append(tool_call(name=name, args=args, id=call.id))
        else:
            invalid.append(invalid_tool_call(name=name, args=text, id=call.id, error=problem))
    return calls, invalid


def _usage(usage: Usage | None) -> UsageMetadata | None:
    """Return token counts in LangChain's format; in both, details are part of the totals."""
    if usage is None:
        return None
    counted = UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
    )
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    if prompt is not None:
        details = {
            "audio": prompt.audio_tokens,
            "cache_read": prompt.cached_tokens,
            "cache_creation": prompt.cache_creation_tokens,
        }
        counted["input_token_details"] = cast("InputTokenDetails", _without_none(details))
    if completion is not None:
        parts = {"audio": completion.audio_tokens, "reasoning": completion.reasoning_tokens}
        counted["output_token_details"] = cast("OutputTokenDetails", _without_none(parts))
    return counted


def _without_none(values: JSON) -> JSON:
    return {name: value for name, value in values.items() if value is not None}


def _metadata(choice: Choice, response: ModelResponse) -> JSON:
    """Return the metadata of a response and its call."""
    call = response.call
    specific = choice.provider_specific_fields or {}
    found: JSON = {
        "model_provider": MODEL_PROVIDER,
        "model_name": response.model or call.model,
        "finish_reason": choice.finish_reason,
        "native_finish_reason": specific.get("native_finish_reason"),
        "provider": call.provider,
        "id": response.id or None,
        "request_id": response.request_id,
        "attempts": call.attempts,
        "fallback": call.fallback,
        "cache_hit": call.cache_hit or None,
        "cost": unasked(lambda: response.cost),
        "dropped_params": call.dropped_params or None,
        "system_fingerprint": response.system_fingerprint,
        "service_tier": response.service_tier,
        "citations": response.citations,
        "provider_specific_fields": response.provider_specific_fields,
        "logprobs": None if choice.logprobs is None else choice.logprobs.model_dump(),
        "token_usage": None if response.usage is None else response.usage.model_dump(),
    }
    return _without_none(found)


class ChunkDecoder:
    """Converts the chunks of one stream with a single choice to LangChain's."""

    def __init__(self) -> None:
        self._ids: list[str | None] = []
        self._at: dict[int | None, int] = {}

    def decode(self, chunk: ModelResponseStream) -> ChatGenerationChunk | None:
        """Return the text, reasoning and calls of a chunk, None if it has none of them."""
        if not chunk.choices:
            return None
        delta = chunk.choices[0].delta
        # The input of custom tools is free text, and LangChain expects JSON: `end` has it whole.
        pieces = [self._piece(piece) for piece in delta.tool_calls or () if piece.custom is None]
        others = _streamed(delta)
        if not (delta.content or pieces or others):
            return None
        message = AIMessageChunk(
            content=delta.content or "",
            additional_kwargs=others,
            tool_call_chunks=pieces,
            response_metadata={"model_provider": MODEL_PROVIDER},
        )
        return ChatGenerationChunk(message=message)

    def _piece(self, piece: Any) -> ToolCallChunk:
        """Return a chunk of a call; LangChain joins chunks of the same index, including names."""
        number = self._at.get(piece.index)
        known = None if number is None else self._ids[number]
        begins = number is None or bool(piece.id and known and piece.id != known)
        if number is None or begins:
            number = self._at[piece.index] = len(self._ids)
            self._ids.append(piece.id)
        function = piece.function
        return tool_call_chunk(
            name=function.name if begins and function else None,
            args=function.arguments if function else None,
            id=piece.id if begins else None,
            index=number,
        )

    def _custom_calls(self, said: Message) -> list[ToolCallChunk]:
        """Return chunks with the whole calls of custom tools."""
        calls, _ = _calls(said)
        custom = {call.id for call in said.tool_calls or () if call.custom is not None}
        return [
            tool_call_chunk(
                name=call["name"],
                args=json.dumps(call["args"], ensure_ascii=False),
                id=call["id"],
                index=len(self._ids) + number,
            )
            for number, call in enumerate(calls)
            if call["id"] in custom
        ]

    def end(self, response: ModelResponse) -> ChatGenerationChunk:
        """Return the last chunk: usage, metadata, and the fields that are not streamed."""
        choice = response.choices[0] if response.choices else Choice()
        others = _other_fields(choice.message)
        message = AIMessageChunk(
            content="",
            additional_kwargs={k: v for k, v in others.items() if k not in _STREAMED},
            tool_call_chunks=self._custom_calls(choice.message),
            response_metadata=_metadata(choice, response),
            usage_metadata=_usage(response.usage),
            chunk_position="last",
        )
        return ChatGenerationChunk(
            message=message, generation_info={"finish_reason": choice.finish_reason}
        )


def _streamed(delta: Delta) -> JSON:
    others: JSON = {}
    if delta.reasoning_content:
        others["reasoning_content"] = delta.reasoning_content
    if delta.thinking_blocks:
        others["thinking_blocks"] = [
            {"index": 0, **block.model_dump(exclude_none=True)} for block in delta.thinking_blocks
        ]
    return others
