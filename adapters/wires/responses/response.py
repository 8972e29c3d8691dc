"""A response of the Responses API as a chat completion.

https://platform.openai.com/docs/api-reference/responses/object and
https://platform.openai.com/docs/guides/migrate-to-responses
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from ....pipeline.call.native import keep_native
from ....pipeline.errors import (
    APIError,
    BadRequestError,
    ConflictError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
)
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import (
    Choice,
    ChoiceLogprobs,
    CompletionTokensDetails,
    Message,
    PromptTokensDetails,
    StreamingChoice,
    TokenLogprob,
    ToolCall,
    Usage,
)
from ...decode.classify import COMMON_CODES, error_of_body, make_error, read_problem
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import find_json, unreadable
from ...decode.typed import convert_as, decode_as
from ...provider.row import Provider
from .calls import custom_call, function_call
from .schema import (
    CustomToolCallItem,
    FunctionCallItem,
    ImageGenerationItem,
    OutputContent,
    OutputMessage,
    ReasoningItem,
    ResponseBody,
    ResponseUsage,
)

T = TypeVar("T")

#: Field of `provider_specific_fields` that holds a message's items, to be sent back as they are.
OUTPUT_ITEMS = "responses_output"
#: Field next to it that says who made the items; see origin.py.
OUTPUT_ORIGIN = "responses_origin"

#: Error codes of requests that would fail again.
_ABOUT_THE_REQUEST = (
    "empty_image_file",
    "failed_to_download_image",
    "image_file_not_found",
    "image_file_too_large",
    "image_parse_error",
    "image_too_large",
    "image_too_small",
    "invalid_base64_image",
    "invalid_image",
    "invalid_image_format",
    "invalid_image_mode",
    "invalid_image_url",
    "invalid_prompt",
    "unsupported_image_media_type",
)
#: Error codes that mean more than their status.
#: https://platform.openai.com/docs/api-reference/responses/object#responses/object-error
CODES: Mapping[str, type[APIError]] = {
    **COMMON_CODES,
    **dict.fromkeys(_ABOUT_THE_REQUEST, BadRequestError),
    "bio_policy": ContentPolicyViolationError,
    "context_length_exceeded": ContextWindowExceededError,
    "data_residency_mismatch": PermissionDeniedError,
    "image_content_policy_violation": ContentPolicyViolationError,
    "misalignment_policy_violation": ContentPolicyViolationError,
    "previous_response_not_found": NotFoundError,
    "server_error": InternalServerError,
    "vector_store_timeout": InternalServerError,
}
_REASONS = {"max_output_tokens": "length"}
_UNFINISHED = frozenset({"cancelled", "in_progress", "queued"})

#: Fields that do not just repeat what the request says.
_OTHERS = (
    "conversation",
    "input_transformations",
    "moderation",
    "prompt_cache_diagnostics",
    "tool_usage",
)

_decoder = msgspec.json.Decoder(ResponseBody)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return a response as a chat completion.

    Raises:
        APIResponseValidationError: the body is not a response.
        APIError: the response failed.
    """
    body = decode_as(_decoder, response.body, "a response")
    return read_response(body, response.body, response.headers, provider)


def decode_cancelled(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return a response that this request cancelled as a chat completion, as far as it came.

    Raises:
        APIResponseValidationError: the body is not a response.
        APIError: the response had failed before.
    """
    body = decode_as(_decoder, response.body, "a response")
    if body.status != "cancelled":
        return read_response(body, response.body, response.headers, provider)
    return _completion(body, response.body, provider)


def read_response(
    body: ResponseBody, raw: bytes, headers: Mapping[str, str], provider: Provider
) -> ModelResponse:
    """Return the chat completion of a decoded response; see `decode`."""
    raise_failure(body, raw, headers)
    return _completion(body, raw, provider)


def _completion(body: ResponseBody, raw: bytes, provider: Provider) -> ModelResponse:
    if body.output is None:
        raise unreadable(raw, "expected a response with output")
    message = MessageReader(raw)
    for item in body.output:
        message.add(item)
    choice = Choice(message=message.done(), logprobs=message.logprobs)
    set_finish_reason(choice, body, provider, called=bool(message.calls))
    completion = ModelResponse(
        id=body.id,
        created=int(body.created_at or 0),
        model=body.model or "",
        choices=[choice],
        usage=read_usage(body.usage, raw),
        service_tier=body.service_tier,
        provider_specific_fields=other_fields(body),
    )
    keep_native(completion, raw)
    return completion


def other_fields(body: ResponseBody) -> JSON | None:
    """Return what a response says that a chat completion has no field for, None for nothing."""
    found = {name: getattr(body, name) for name in _OTHERS}
    return {name: value for name, value in found.items() if value is not None} or None


def raise_failure(body: ResponseBody, raw: bytes, headers: Mapping[str, str]) -> None:
    """Raise the error of a response that failed or was cancelled."""
    if body.status == "cancelled":
        error = ConflictError("the response was cancelled", headers=headers, body=find_json(raw))
        # A retry would create again what somebody cancelled.
        error.status_code = None
        raise error
    if body.status == "failed" or (body.error and not body.output):
        raise read_error(raw, headers)


def read_error(raw: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error that a failed response or an error event holds."""
    fields = as_object(find_json(raw)) or {}
    inner = as_object(fields.get("response"))
    problem = read_problem(inner or fields)
    if problem is None:
        return unreadable(raw, "the response failed")
    return make_error(problem, None, headers, CODES)


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a status of 400 or above."""
    problem = read_problem(find_json(response.body))
    if problem is not None and problem.code == "previous_response_not_found":
        # Sent with status 400, but the code says more.
        return make_error(problem, 404, response.headers, CODES)
    return error_of_body(response.status, response.headers, response.body, CODES)


class MessageReader:
    """Collects the items of a response into the message of a chat completion."""

    def __init__(self, raw: bytes) -> None:
        self.calls: list[ToolCall] = []
        self.logprobs: ChoiceLogprobs | None = None
        self._raw = raw
        self._items: list[JSON] = []
        self._text: list[str] = []
        self._length = 0
        self._refusal: list[str] = []
        self._annotations: list[JSON] = []
        self._summaries: list[str] = []
        self._reasoning: list[str] = []
        self._images: list[JSON] = []

    def add(self, item: JSON) -> None:
        """Take the next item."""
        self._items.append(item)
        match item.get("type"):
            case "message":
                self._add_message(self._as(item, OutputMessage))
            case "reasoning":
                self._add_reasoning(self._as(item, ReasoningItem))
            case "function_call":
                self.calls.append(function_call(self._as(item, FunctionCallItem)))
            case "custom_tool_call":
                self.calls.append(custom_call(self._as(item, CustomToolCallItem)))
            case "image_generation_call":
                self._images += image_of(self._as(item, ImageGenerationItem))
            case _:
                pass

    def _as(self, item: JSON, kind: type[T]) -> T:
        return convert_as(item, kind, self._raw, f"an item of type {item.get('type')!r}")

    def _add_message(self, item: OutputMessage) -> None:
        for part in item.content or ():
            if part.annotations:
                self._annotations += [chat_annotation(a, self._length) for a in part.annotations]
            if part.text:
                self._text.append(part.text)
                self._length += len(part.text)
            if part.refusal:
                self._refusal.append(part.refusal)
            if part.logprobs:
                self.logprobs = self.logprobs or ChoiceLogprobs(content=[])
                self.logprobs.content = [
                    *(self.logprobs.content or ()),
                    *read_logprobs(part.logprobs, self._raw),
                ]

    def _add_reasoning(self, item: ReasoningItem) -> None:
        self._summaries += _texts(item.summary)
        self._reasoning += _texts(item.content)

    def done(self) -> Message:
        """Return the message, with its items to send back."""
        return Message(
            content="".join(self._text) or None,
            refusal="".join(self._refusal) or None,
            reasoning_content="".join(self._summaries or self._reasoning) or None,
            tool_calls=self.calls or None,
            annotations=self._annotations or None,
            images=self._images or None,
            provider_specific_fields=native_fields(self._items),
        )


def _texts(parts: Iterable[OutputContent] | None) -> list[str]:
    return [part.text for part in parts or () if part.text]


def chat_annotation(annotation: JSON, offset: int) -> JSON:
    """Return an annotation in the form of chat completions, with indexes into the whole text.

    https://platform.openai.com/docs/api-reference/chat/object#chat-object-choices-message-annotations
    """
    kind: object = annotation.get("type")
    if not isinstance(kind, str):
        return annotation
    fields = {name: value for name, value in annotation.items() if name != "type"}
    for name in ("start_index", "end_index"):
        if isinstance(fields.get(name), int):
            fields[name] += offset
    return {"type": kind, kind: fields}


def read_logprobs(tokens: list[JSON], raw: bytes) -> list[TokenLogprob]:
    """Return log probabilities, which have the form that chat completions have."""
    return convert_as(tokens, list[TokenLogprob], raw, "log probabilities")


def image_of(item: ImageGenerationItem) -> list[JSON]:
    """Return the image of an item in the form of `message.images`, [] before it is there."""
    return [image_part(item.result, item.output_format)] if item.result else []


def image_part(data: str, kind: str | None) -> JSON:
    """Return an image in the form of `message.images`; without its kind, it is a PNG."""
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind or 'png'};base64,{data}"}}


def set_finish_reason(
    choice: Choice | StreamingChoice, body: ResponseBody, provider: Provider, *, called: bool
) -> None:
    """Derive a finish reason from a response's status and calls; None while it is unfinished."""
    if body.status in _UNFINISHED:
        return
    details = body.incomplete_details
    if body.status == "incomplete" and details is not None and details.reason:
        choice.finish_reason = details.reason
        map_finish_reason(choice, {**_REASONS, **provider.finish_reasons})
        if choice.finish_reason == "stop":
            # An unknown reason; something has stopped it before its end.
            choice.finish_reason = "length"
    elif body.status == "incomplete":
        choice.finish_reason = "length"
    else:
        choice.finish_reason = "tool_calls" if called else "stop"


def read_usage(native: JSON | None, raw: bytes) -> Usage | None:
    """Return token counts in the meaning of chat completions."""
    if not native:
        return None
    usage = convert_as(native, ResponseUsage, raw, "token counts")
    prompt = usage.input_tokens_details
    completion = usage.output_tokens_details
    return Usage(
        prompt_tokens=usage.input_tokens,
        completion_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens or usage.input_tokens + usage.output_tokens,
        prompt_tokens_details=None
        if prompt is None
        else PromptTokensDetails(
            cached_tokens=prompt.cached_tokens, cache_creation_tokens=prompt.cache_write_tokens
        ),
        completion_tokens_details=None
        if completion is None
        else CompletionTokensDetails(reasoning_tokens=completion.reasoning_tokens),
        native=native,
    )


def native_fields(items: list[JSON], origin: str = "") -> dict[str, Any] | None:
    """Return the provider-specific fields that keep a message's items, and who made them."""
    if not items:
        return None
    return {OUTPUT_ITEMS: items, OUTPUT_ORIGIN: origin} if origin else {OUTPUT_ITEMS: items}
