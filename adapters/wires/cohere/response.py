"""What Cohere's answers hold, in OpenAI's shapes; shared by whole answers and streams.

https://docs.cohere.com/reference/chat (response) and https://docs.cohere.com/docs/citations
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ....pipeline.errors import APIError, BadRequestError, Timeout
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.schema.parts import (
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
from ...decode.classify import COMMON_CODES, Codes, Problem, make_error

#: Cohere's own error codes beside those of all.
CODES: Codes = {**COMMON_CODES, "invalid_tool_generation": BadRequestError, "timeout": Timeout}

# Finish reasons of answers that failed.
_FAILURES = {"ERROR": "the generation failed", "TIMEOUT": "the generation took too long"}


def read_failure(fields: JSON, headers: Mapping[str, str]) -> APIError | None:
    """Return the error that an answer's end stands for, where it is one."""
    reason: object = fields.get("finish_reason")
    if reason not in _FAILURES:
        return None
    kind: object = fields.get("error_type")
    problem = Problem(
        message=str(fields.get("error") or _FAILURES[str(reason)]),
        code=str(kind) if kind else None,
        type="timeout" if reason == "TIMEOUT" else None,
        body=fields,
    )
    return make_error(problem, None, headers, CODES)


def read_message(native: JSON) -> Message:
    """Return a whole message."""
    texts: list[str] = []
    thoughts: list[str] = []
    others: list[JSON] = []
    for part in cast("list[JSON]", as_array(native.get("content")) or []):
        if "text" in part:
            texts.append(part["text"])
        elif "thinking" in part:
            thoughts.append(part["thinking"])
        else:
            others.append(part)
    citations = cast("list[JSON]", as_array(native.get("citations")) or [])
    plan: str = native.get("tool_plan") or ""
    specific = {"tool_plan": plan, "citations": citations, "content": others}
    calls = [
        ToolCall(
            id=call.get("id"),
            function=Function(
                name=call["function"].get("name"),
                arguments=call["function"].get("arguments") or "{}",
            ),
        )
        for call in cast("list[JSON]", as_array(native.get("tool_calls")) or [])
    ]
    return Message(
        content="".join(texts) if texts else None,
        reasoning_content="".join((*thoughts, plan)) or None,
        thinking_blocks=[ThinkingBlock(thinking=thought) for thought in thoughts] or None,
        tool_calls=calls or None,
        annotations=annotations_of(citations) or None,
        provider_specific_fields={key: value for key, value in specific.items() if value} or None,
    )


def annotations_of(citations: list[JSON]) -> list[JSON]:
    """Return those citations of the answer's text that lead to a page, as OpenAI's annotations."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": cited["url"],
                "title": cited.get("title") or "",
                "start_index": citation.get("start"),
                "end_index": citation.get("end"),
            },
        }
        for citation in citations
        if citation.get("type", "TEXT_CONTENT") == "TEXT_CONTENT"
        for source in cast("list[JSON]", as_array(citation.get("sources")) or [])
        for cited in [as_object(source.get("document") or source.get("tool_output")) or {}]
        if cited.get("url")
    ]


def read_logprobs(items: list[Any]) -> ChoiceLogprobs | None:
    """Return log probabilities; a piece of several tokens has the sum of theirs."""
    content = [
        TokenLogprob(token=item.get("text") or "", logprob=sum(item.get("logprobs") or ()))
        for item in cast("list[JSON]", items)
    ]
    return ChoiceLogprobs(content=content) if content else None


def read_usage(native: object) -> Usage | None:
    """Return the tokens that were used; those that are billed where Cohere counts no others."""
    fields = as_object(native) or {}
    tokens = as_object(fields.get("tokens")) or as_object(fields.get("billed_units"))
    if not tokens:
        return None
    prompt, completion = int(tokens.get("input_tokens") or 0), int(tokens.get("output_tokens") or 0)
    cached: float | None = fields.get("cached_tokens")
    reasoning: float | None = tokens.get("reasoning_tokens")
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
        native=fields,
    )
