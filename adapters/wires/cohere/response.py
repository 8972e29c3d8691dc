"""Responses of Cohere, and what they share with its streams.

https://docs.cohere.com/reference/chat (response) and https://docs.cohere.com/docs/citations
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ....pipeline.errors import APIError, BadRequestError, Timeout
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import (
    Choice,
    ChoiceLogprobs,
    CompletionTokensDetails,
    Function,
    Message,
    PromptTokensDetails,
    ThinkingBlock,
    TokenLogprob,
    ToolCall,
    Usage,
)
from ...decode.classify import COMMON_CODES, Codes, Problem, make_error, read_problem
from ...decode.dates import read_date
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_object, unreadable
from ...decode.typed import convert_as
from ...provider.row import Provider
from .schema import ChatResponse, Citation, Failure, LogprobItem, NativeMessage, NativeUsage, Source

#: Cohere's own error codes, in addition to the common ones.
CODES: Codes = {**COMMON_CODES, "invalid_tool_generation": BadRequestError, "timeout": Timeout}

#: Finish reasons of responses that failed, with messages for those that have none.
FAILURES = {"ERROR": "the generation failed", "TIMEOUT": "the generation took too long"}

_response = msgspec.json.Decoder(ChatResponse)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return a body as a response.

    Raises:
        APIResponseValidationError: it is not a response of Cohere.
        APIError: it is an error in spite of its status.
    """
    native = _read(response)
    if native.finish_reason in FAILURES:
        fields = read_object(response.body)
        raise failure_of(native.finish_reason, native, fields, response.headers)
    choice = Choice(
        message=_message(native.message, response.body),
        finish_reason=native.finish_reason,
        logprobs=read_logprobs(native.logprobs or ()),
    )
    map_finish_reason(choice, provider.finish_reasons)
    return ModelResponse(
        id=native.id or "",
        created=read_date(response.headers),
        choices=[choice],
        usage=read_usage(native.usage, response.body),
    )


def _read(response: HTTPResponse) -> ChatResponse:
    try:
        return _response.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        body = read_object(response.body)
        problem = None if "finish_reason" in body else read_problem(body)
        if problem is not None:
            raise make_error(problem, None, response.headers, CODES) from None
        raise unreadable(response.body, f"expected a response of Cohere ({error})") from error


def failure_of(reason: str, failure: Failure, fields: JSON, headers: Mapping[str, str]) -> APIError:
    """Return the error of a response that failed.

    Args:
        reason: its finish reason, one of `FAILURES`.
        failure: what it says of the error.
        fields: the object that holds both, as it came.
        headers: headers of the response.
    """
    problem = Problem(
        message=failure.error or FAILURES[reason],
        code=failure.error_type or None,
        type="timeout" if reason == "TIMEOUT" else None,
        body=fields,
    )
    return make_error(problem, None, headers, CODES)


def _message(native: NativeMessage, body: bytes) -> Message:
    """Return a message; `body` is the whole response."""
    texts: list[str] = []
    thoughts: list[str] = []
    unknown: list[int] = []
    for position, part in enumerate(native.content or ()):
        if part.text is not None:
            texts.append(part.text)
        elif part.thinking is not None:
            thoughts.append(part.thinking)
        else:
            unknown.append(position)
    citations = native.citations or []
    plan = native.tool_plan or ""
    specific = {
        "tool_plan": plan,
        "citations": citations,
        "content": _content_at(unknown, body) if unknown else None,
    }
    calls = [
        ToolCall(
            id=call.id,
            function=Function(name=call.function.name, arguments=call.function.arguments or "{}"),
        )
        for call in native.tool_calls or ()
    ]
    return Message(
        content="".join(texts) if texts else None,
        reasoning_content="".join((*thoughts, plan)) or None,
        thinking_blocks=[ThinkingBlock(thinking=thought) for thought in thoughts] or None,
        tool_calls=calls or None,
        annotations=annotations_of(citations, body) or None,
        provider_specific_fields={key: value for key, value in specific.items() if value} or None,
    )


def _content_at(positions: list[int], body: bytes) -> list[JSON]:
    """Return parts of a message's content as they came."""
    content: list[JSON] = read_object(body)["message"]["content"]
    return [content[position] for position in positions]


def annotations_of(citations: Iterable[JSON], body: bytes) -> list[JSON]:
    """Return OpenAI's annotations for citations of the message's text that have a URL.

    Raises:
        APIResponseValidationError: a field of a citation has another type.
    """
    annotations: list[JSON] = []
    for given in citations:
        citation = convert_as(given, Citation, body, "a citation")
        if (citation.type or "TEXT_CONTENT") != "TEXT_CONTENT":
            continue
        for source in citation.sources or ():
            page = _page(source)
            if page is not None:
                place = {"start_index": citation.start, "end_index": citation.end}
                annotations.append({"type": "url_citation", "url_citation": {**page, **place}})
    return annotations


def _page(source: Source) -> JSON | None:
    """Return the URL and title of a source, None where it has no URL."""
    cited = as_object(source.document or source.tool_output) or {}
    url, title = cited.get("url"), cited.get("title")
    if not isinstance(url, str) or not url:
        return None
    return {"url": url, "title": title if isinstance(title, str) else ""}


def read_logprobs(items: Iterable[LogprobItem]) -> ChoiceLogprobs | None:
    """Return log probabilities; a piece of several tokens has the sum of theirs."""
    content = [
        TokenLogprob(token=item.text or "", logprob=sum(item.logprobs or ())) for item in items
    ]
    return ChoiceLogprobs(content=content) if content else None


def read_usage(native: JSON | None, body: bytes) -> Usage | None:
    """Return token counts; the billed ones where Cohere sends no others.

    Raises:
        APIResponseValidationError: a count is not a number; `body` is shown in the error.
    """
    if native is None:
        return None
    counts = convert_as(native, NativeUsage, body, "usage of Cohere")
    tokens = counts.tokens or counts.billed_units
    if tokens is None:
        return None
    prompt, completion = int(tokens.input_tokens or 0), int(tokens.output_tokens or 0)
    cached, reasoning = counts.cached_tokens, tokens.reasoning_tokens
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=None
        if cached is None
        else PromptTokensDetails(cached_tokens=int(cached)),
        completion_tokens_details=None
        if reasoning is None
        else CompletionTokensDetails(reasoning_tokens=int(reasoning)),
        native=native,
    )
