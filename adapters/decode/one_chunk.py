"""A response as one chunk, for hosts that send one where a stream was requested."""

from __future__ import annotations

from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import (
    Choice,
    CustomTool,
    Delta,
    DeltaCustomTool,
    DeltaFunction,
    DeltaToolCall,
    Function,
    Message,
    StreamingChoice,
    ToolCall,
)


def as_chunk(answer: ModelResponse) -> ModelResponseStream:
    """Return a response as a chunk."""
    return ModelResponseStream(
        id=answer.id,
        created=answer.created,
        model=answer.model,
        system_fingerprint=answer.system_fingerprint,
        service_tier=answer.service_tier,
        usage=answer.usage,
        citations=answer.citations,
        provider_specific_fields=answer.provider_specific_fields,
        choices=[_as_streaming(choice) for choice in answer.choices],
        raw_=answer.raw_,
    )


def _as_streaming(choice: Choice) -> StreamingChoice:
    return StreamingChoice(
        index=choice.index,
        delta=_as_delta(choice.message),
        finish_reason=choice.finish_reason,
        logprobs=choice.logprobs,
        provider_specific_fields=choice.provider_specific_fields,
        raw_=choice.raw_,
        path_=choice.path_,
    )


def _as_delta(message: Message) -> Delta:
    calls = [as_piece(call, position) for position, call in enumerate(message.tool_calls or ())]
    function = message.function_call
    return Delta(
        role=message.role,
        content=message.content,
        refusal=message.refusal,
        tool_calls=calls or None,
        function_call=None if function is None else _as_function(function),
        audio=message.audio,
        images=message.images,
        annotations=message.annotations,
        reasoning_content=message.reasoning_content,
        reasoning=message.reasoning,
        reasoning_details=message.reasoning_details,
        thinking_blocks=message.thinking_blocks,
        extra_content=message.extra_content,
        provider_specific_fields=message.provider_specific_fields,
        raw_=message.raw_,
        path_=message.path_,
    )


def as_piece(call: ToolCall, position: int) -> DeltaToolCall:
    """Return a call as its only piece; `position` is its index if it has none."""
    return DeltaToolCall(
        index=position if call.index is None else call.index,
        id=call.id,
        type=call.type,
        function=None if call.custom is not None else _as_function(call.function),
        custom=None if call.custom is None else _as_custom(call.custom),
        extra_content=call.extra_content,
        provider_specific_fields=call.provider_specific_fields,
    )


def _as_custom(custom: CustomTool) -> DeltaCustomTool:
    return DeltaCustomTool(name=custom.name, input=custom.input)


def _as_function(function: Function) -> DeltaFunction:
    return DeltaFunction(name=function.name, arguments=function.arguments)
