"""Answers as LangChain's messages, whole and in pieces, and what is read out of them.

The text of an answer is the message's `content`; reasoning, signatures and what else a provider
wants back stand in `additional_kwargs` under trunkline's names, so that a message that is sent
back is the one that came. `content_blocks` shows all of it in LangChain's standard form.
https://docs.langchain.com/oss/python/langchain/messages#standard-content-blocks
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from operator import itemgetter
from typing import Any, cast

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    InputTokenDetails,
    InvalidToolCall,
    OutputTokenDetails,
    UsageMetadata,
)
from langchain_core.messages.block_translators import register_translator
from langchain_core.messages.content import ContentBlock
from langchain_core.messages.tool import (
    ToolCall,
    ToolCallChunk,
    invalid_tool_call,
    tool_call,
    tool_call_chunk,
)
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.base import OutputParserLike
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    PydanticToolsParser,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import (
    Runnable,
    RunnableGenerator,
    RunnableMap,
    RunnablePassthrough,
)
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

from ... import Choice, Delta, Message, ModelResponse, ModelResponseStream, Usage
from ...pipeline.json_values import JSON
from .messages import CALL_EXTRAS

#: What `response_metadata["model_provider"]` of our messages says: who reads their blocks.
_PROVIDER = "trunkline"
# What a stream hands out piece by piece, beside text and calls.
_STREAMED = frozenset({"reasoning_content", "thinking_blocks"})
_ELSEWHERE = {"role", "content", "tool_calls"}
# Finish reasons of answers that are not whole.
_CUT_OFF = {
    "length": "the answer was cut off at its maximum length",
    "content_filter": "the provider's content filter cut the answer off",
}


def decode_response(response: ModelResponse) -> ChatResult:
    """Return a whole answer, one generation for each choice."""
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
        additional_kwargs=_beside(said),
        tool_calls=calls,
        invalid_tool_calls=invalid,
        response_metadata=_metadata(choice, response),
        usage_metadata=_usage(response.usage),
    )


def _beside(said: Message) -> JSON:
    """Return what a message has beside its text and calls."""
    beside = said.model_dump(exclude=_ELSEWHERE, exclude_none=True)
    extras: dict[str, JSON] = {}
    for call in said.tool_calls or ():
        fields = call.model_dump(
            include={"extra_content", "provider_specific_fields"}, exclude_none=True
        )
        if fields and call.id:
            extras[call.id] = fields
    return {**beside, CALL_EXTRAS: extras} if extras else beside


def _calls(said: Message) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls of a message, and those whose arguments are no JSON object."""
    calls, invalid = list[ToolCall](), list[InvalidToolCall]()
    for call in said.tool_calls or ():
        name, text = call.function.name or "", call.function.arguments
        try:
            arguments: object = json.loads(text, strict=False)
            problem = None if isinstance(arguments, dict) else "the arguments are no JSON object"
        except ValueError as error:
            arguments, problem = None, f"the arguments are no JSON: {error}"
        if problem is None:
            args = cast("JSON", arguments)
            calls.append(tool_call(name=name, args=args, id=call.id))
        else:
            invalid.append(invalid_tool_call(name=name, args=text, id=call.id, error=problem))
    return calls, invalid


def _usage(usage: Usage | None) -> UsageMetadata | None:
    """Return token counts as LangChain has them; both count alike, parts within the whole."""
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
        counted["input_token_details"] = cast("InputTokenDetails", _known(details))
    if completion is not None:
        parts = {"audio": completion.audio_tokens, "reasoning": completion.reasoning_tokens}
        counted["output_token_details"] = cast("OutputTokenDetails", _known(parts))
    return counted


def _known(values: JSON) -> JSON:
    return {name: value for name, value in values.items() if value is not None}


def _metadata(choice: Choice, response: ModelResponse) -> JSON:
    """Return what is known of the call and its answer beside the message."""
    call = response.call
    specific = choice.provider_specific_fields or {}
    found: JSON = {
        "model_provider": _PROVIDER,
        "model_name": response.model or call.model,
        "finish_reason": choice.finish_reason,
        "native_finish_reason": specific.get("native_finish_reason"),
        "provider": call.provider,
        "id": response.id or None,
        "request_id": response.request_id,
        "attempts": call.attempts,
        "fallback": call.fallback,
        "cache_hit": call.cache_hit or None,
        "cost": call.cost,
        "dropped_params": call.dropped_params or None,
        "system_fingerprint": response.system_fingerprint,
        "service_tier": response.service_tier,
        "citations": response.citations,
        "provider_specific_fields": response.provider_specific_fields,
        "logprobs": None if choice.logprobs is None else choice.logprobs.model_dump(),
        "token_usage": None if response.usage is None else response.usage.model_dump(),
    }
    return _known(found)


class ChunkDecoder:
    """Turns the chunks of one stream, which has a single choice, into LangChain's."""

    def __init__(self) -> None:
        self._ids: list[str | None] = []
        self._at: dict[int | None, int] = {}

    def decode(self, chunk: ModelResponseStream) -> ChatGenerationChunk | None:
        """Return what a chunk adds to text, reasoning and calls, None where that is nothing."""
        if not chunk.choices:
            return None
        delta = chunk.choices[0].delta
        pieces = [self._piece(piece) for piece in delta.tool_calls or ()]
        beside = _streamed(delta)
        if not (delta.content or pieces or beside):
            return None
        message = AIMessageChunk(
            content=delta.content or "",
            additional_kwargs=beside,
            tool_call_chunks=pieces,
            response_metadata={"model_provider": _PROVIDER},
        )
        return ChatGenerationChunk(message=message)

    def _piece(self, piece: Any) -> ToolCallChunk:
        """Return a piece of a call; LangChain joins those of the same index, names included."""
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

    def end(self, response: ModelResponse) -> ChatGenerationChunk:
        """Return the last chunk: usage, the call's particulars, and what comes in one piece."""
        choice = response.choices[0] if response.choices else Choice()
        beside = _beside(choice.message)
        message = AIMessageChunk(
            content="",
            additional_kwargs={k: v for k, v in beside.items() if k not in _STREAMED},
            response_metadata=_metadata(choice, response),
            usage_metadata=_usage(response.usage),
            chunk_position="last",
        )
        return ChatGenerationChunk(
            message=message, generation_info={"finish_reason": choice.finish_reason}
        )


def _streamed(delta: Delta) -> JSON:
    beside: JSON = {}
    if delta.reasoning_content:
        beside["reasoning_content"] = delta.reasoning_content
    if delta.thinking_blocks:
        beside["thinking_blocks"] = [
            {"index": 0, **block.model_dump(exclude_none=True)} for block in delta.thinking_blocks
        ]
    return beside


def content_blocks(message: AIMessage) -> list[ContentBlock]:
    """Return the standard blocks of an answer, or of a piece of one.

    Raises:
        NotImplementedError: the content has blocks already, which LangChain reads itself.
    """
    if not isinstance(message.content, str):
        raise NotImplementedError
    blocks = [
        *_reasoning_blocks(message),
        *_text_blocks(message),
        *_media_blocks(message),
        *_call_blocks(message),
    ]
    if not isinstance(message, AIMessageChunk):
        blocks = [{k: v for k, v in block.items() if k != "index"} for block in blocks]
    return cast("list[ContentBlock]", blocks)


def _reasoning_blocks(message: AIMessage) -> Iterator[JSON]:
    given = message.additional_kwargs
    for number, block in enumerate(given.get("thinking_blocks") or ()):
        index = f"lc_rs_{block.get('index', number)}"
        if block.get("type") == "redacted_thinking":
            value = {"type": "redacted_thinking", "data": block.get("data")}
            yield {"type": "non_standard", "value": value, "index": index}
            continue
        told: JSON = {"type": "reasoning", "reasoning": block.get("thinking") or "", "index": index}
        if block.get("signature"):
            told["extras"] = {"signature": block["signature"]}
        yield told
    text = given.get("reasoning_content")
    if text and not given.get("thinking_blocks"):
        yield {"type": "reasoning", "reasoning": text, "index": "lc_rs_0"}


def _text_blocks(message: AIMessage) -> Iterator[JSON]:
    annotations = [_citation(one) for one in message.additional_kwargs.get("annotations") or ()]
    if message.content or annotations:
        block: JSON = {"type": "text", "text": message.content, "index": "lc_txt_0"}
        yield {**block, "annotations": annotations} if annotations else block


def _citation(annotation: JSON) -> JSON:
    page = annotation.get("url_citation")
    if not isinstance(page, dict):
        return {"type": "non_standard_annotation", "value": annotation}
    known = cast("JSON", page)
    names = ("url", "title", "start_index", "end_index")
    return {"type": "citation", **{name: known[name] for name in names if name in known}}


def _media_blocks(message: AIMessage) -> Iterator[JSON]:
    given = message.additional_kwargs
    for number, image in enumerate(given.get("images") or ()):
        url = str((image.get("image_url") or {}).get("url", ""))
        head, comma, data = url.partition(";base64,")
        source = (
            {"base64": data, "mime_type": head.removeprefix("data:")} if comma else {"url": url}
        )
        yield {"type": "image", **source, "index": f"lc_img_{number}"}
    audio = given.get("audio")
    if audio:
        block: JSON = {"type": "audio", "base64": audio.get("data"), "index": "lc_aud_0"}
        names = ("id", "transcript", "expires_at")
        yield {**block, "extras": {name: audio[name] for name in names if audio.get(name)}}


def _call_blocks(message: AIMessage) -> Iterator[JSON]:
    if isinstance(message, AIMessageChunk) and message.chunk_position != "last":
        for piece in message.tool_call_chunks:
            yield {**piece, "type": "tool_call_chunk"}
        return
    extras: JSON = message.additional_kwargs.get(CALL_EXTRAS) or {}
    for call in message.tool_calls:
        block: JSON = {**call, "type": "tool_call"}
        more = extras.get(str(call.get("id")))
        yield {**block, "extras": more} if more else block
    for failed in message.invalid_tool_calls:
        yield {**failed, "type": "invalid_tool_call"}


register_translator(_PROVIDER, content_blocks, content_blocks)


def parser_of_text(schema: JSON | type | None) -> OutputParserLike[Any]:
    """Return what reads the object out of an answer's text."""
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        return PydanticOutputParser(pydantic_object=cast("type[BaseModel]", schema))
    return JsonOutputParser()


def parser_of_call(schema: JSON | type, name: str) -> OutputParserLike[Any]:
    """Return what reads the object out of the arguments of the call of `name`."""
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        kind = cast("type[BaseModel]", schema)
        return PydanticToolsParser(tools=[kind], first_tool_only=True)
    return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)


def with_parser(
    model: Runnable[LanguageModelInput, AIMessage], parser: OutputParserLike[Any], raw: bool
) -> Runnable[LanguageModelInput, Any]:
    """Return model and parser as one; with `raw` a dictionary of raw, parsed and parsing_error."""
    # LangChain's parsers would complete what was cut off, and hand it out as if it were whole.
    checked = RunnableGenerator(_whole, _awhole, name="check_whole") | parser
    if not raw:
        return model | checked
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | checked, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _whole(messages: Iterator[AIMessage]) -> Iterator[AIMessage]:
    for message in messages:
        yield _check_whole(message)


async def _awhole(messages: AsyncIterator[AIMessage]) -> AsyncIterator[AIMessage]:
    async for message in messages:
        yield _check_whole(message)


def _check_whole(message: AIMessage) -> AIMessage:
    """Return a message; the last one of a stream says how the answer ended.

    Raises:
        OutputParserException: the model refused, or the answer is not whole.
    """
    refusal = message.additional_kwargs.get("refusal")
    why = _CUT_OFF.get(message.response_metadata.get("finish_reason", ""))
    if refusal:
        why = f"the model refused: {refusal}"
    elif message.invalid_tool_calls and not isinstance(message, AIMessageChunk):
        why = why or str(message.invalid_tool_calls[0]["error"])
    if why:
        raise OutputParserException(f"no object: {why}", llm_output=message.text)
    return message
