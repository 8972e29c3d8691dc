"""Errors whose code says nothing are classified by the provider's words."""

from __future__ import annotations

import json

import pytest

from tests.support.answers import MESSAGES, completion_body
from tests.support.server import Answer, Server, answer_json
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    ModelResponse,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
)
from trunkline.pipeline.json_values import JSON


def _bad(message: str, code: object = "invalid_request_error") -> JSON:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}


_DEEPSEEK = "This model's maximum context length is 131072 tokens. However, you requested 140000"
_OPENROUTER = {
    "error": {
        "message": "Provider returned error",
        "code": 400,
        "metadata": {
            "raw": json.dumps(_bad("prompt is too long: 213462 tokens > 200000 maximum", None)),
            "provider_name": "Anthropic",
        },
    }
}
TOO_LONG: list[tuple[str, int, object]] = [
    ("deepseek", 400, _bad(_DEEPSEEK)),
    (
        "xai",
        400,
        {
            "code": "Client specified an invalid argument",
            "error": "This model's maximum prompt length is 131072 but the request contains 537812",
        },
    ),
    ("xai", 400, _bad("maximum prompt length is 131072", "invalid_argument")),
    ("moonshot", 400, _bad("Invalid request: Your request exceeded model token limit: 262144")),
    ("zai", 400, _bad("Prompt exceeds max length", "1261")),
    ("zai", 400, _bad("Prompt 超长", 1261)),
    ("sambanova", 400, _bad("but the maximum supported sequence length is just 8192!", None)),
    (
        "qwencloud",
        400,
        _bad("<400> InternalError.Algo: Range of input length should be [1, 98304]"),
    ),
    ("qwencloud", 400, _bad("Total message token length exceed model limit (98304 tokens).")),
    ("moonshot", 400, _bad("Input token length too long")),
    ("moonshot", 400, _bad("model max length exceeded, max length:8192")),
    (
        "siliconflow",
        400,
        {"code": 20015, "message": "length of prompt_tokens (40) must be less than max_seq_len"},
    ),
    ("qianfan", 400, _bad("the length of messages exceeds the limit")),
    (
        "vllm",
        400,
        {
            "object": "error",
            "message": "The decoder prompt (length 5000) is longer than the maximum model length of"
            " 4096.",
            "type": "BadRequestError",
            "code": 400,
        },
    ),
    (
        "huggingface",
        422,
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096",
            "error_type": "validation",
        },
    ),
    ("huggingface", 422, {"error": "`inputs` must have less than 1024 tokens. Given: 1200"}),
    ("openrouter", 400, _OPENROUTER),
    ("volcengine", 400, _bad("Total tokens of image and text exceed max message tokens.", "Bad")),
    ("minimax", 200, {"base_resp": {"status_code": 1039, "status_msg": "token limit"}}),
    ("minimax", 400, _bad("invalid params, context window exceeds limit (2013)", "bad_request")),
    (
        "mistral",
        400,
        {
            "object": "error",
            "message": "Prompt contains 34000 tokens, too large for"
            " model with 32768 maximum context length",
            "type": "invalid_request_error",
        },
    ),
    ("groq", 400, _bad("Please reduce the length of the messages or completion.")),
    (
        "lm_studio",
        400,
        {
            "error": "The number of tokens to keep from the initial prompt is greater"
            " than the context length"
        },
    ),
    ("llamacpp", 500, _bad("the request exceeds the available context size", "api_error")),
    ("together_ai", 400, _bad("The input (9000 tokens) is longer than the model's context length")),
    ("github_copilot", 400, _bad("prompt token count of 70000 exceeds the limit of 64000")),
]
REFUSED: list[tuple[str, int, object]] = [
    ("deepseek", 400, _bad("Content Exists Risk")),
    (
        "qwencloud",
        400,
        _bad("Input data may contain inappropriate content.", "data_inspection_failed"),
    ),
    ("qwencloud", 400, {"code": "DataInspectionFailed", "message": "no"}),
    ("zai", 400, _bad("System detected potentially unsafe content", "1301")),
    ("zai", 400, {"error": {"code": 1301, "message": "no"}}),
    (
        "xai",
        403,
        {
            "code": "The caller does not have permission to execute the specified operation",
            "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO",
        },
    ),
    ("xai", 403, _bad("Content violates usage guidelines.", "permission_denied")),
    ("volcengine", 400, _bad("The request failed.", "SensitiveContentDetected.SevereViolation")),
    ("byteplus", 400, _bad("The request failed.", "InputTextSensitiveContentDetected")),
    (
        "openrouter",
        403,
        {
            "error": {
                "code": 403,
                "message": "openai/gpt-4o requires moderation on OpenAI",
                "metadata": {"reasons": ["violence"], "flagged_input": "...", "provider_name": "x"},
            }
        },
    ),
    (
        "openrouter",
        403,
        {"error": {"code": 403, "message": "No", "metadata": {"flagged_input": ""}}},
    ),
    ("moonshot", 400, _bad("The request was rejected because it was considered high risk")),
    ("minimax", 200, {"base_resp": {"status_code": 1026, "status_msg": "no"}, "choices": None}),
]
OTHER: list[tuple[str, int, object, type[APIError]]] = [
    ("deepseek", 400, _bad("messages: expected a list"), BadRequestError),
    ("xai", 403, _bad("Your team has no access to this model", "x"), PermissionDeniedError),
    ("openai", 403, _bad("Your request was blocked.", None), PermissionDeniedError),
    (
        "groq",
        429,
        _bad("Rate limit reached: too many tokens", "rate_limit_exceeded"),
        RateLimitError,
    ),
    ("groq", 413, _bad("too many tokens per minute: rate limit", "x"), BadRequestError),
    ("zai", 429, _bad("Insufficient balance", "1113"), PaymentRequiredError),
    (
        "minimax",
        200,
        {"base_resp": {"status_code": 1008, "status_msg": "no"}},
        PaymentRequiredError,
    ),
]


def _ask(server: Server, provider: str, status: int, body: object, *, stream: bool) -> APIError:
    server.reply(answer_json(body, status))
    with pytest.raises(APIError) as caught:
        _read_all(server, f"{provider}/m", stream=stream)
    return caught.value


def _read_all(server: Server, model: str, *, stream: bool) -> list[str | None]:
    """Make a call, and return the texts of its chunks."""
    with Client(num_retries=0) as client:
        reply = client.completion(
            model, MESSAGES, stream=stream, api_key="k", base_url=server.url, wire="chat"
        )
        if isinstance(reply, ModelResponse):
            return []
        return [choice.delta.content for chunk in reply for choice in chunk.choices]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("provider", "status", "body"), TOO_LONG)
def test_prompt_too_long(
    server: Server, provider: str, status: int, body: object, stream: bool
) -> None:
    error = _ask(server, provider, status, body, stream=stream)
    assert type(error) is ContextWindowExceededError
    assert error.provider == provider


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("provider", "status", "body"), REFUSED)
def test_content_refused(
    server: Server, provider: str, status: int, body: object, stream: bool
) -> None:
    assert type(_ask(server, provider, status, body, stream=stream)) is ContentPolicyViolationError


@pytest.mark.parametrize(("provider", "status", "body", "expected"), OTHER)
def test_other_errors(
    server: Server, provider: str, status: int, body: object, expected: type[APIError]
) -> None:
    assert type(_ask(server, provider, status, body, stream=False)) is expected


def test_the_upstream_message_is_shown(server: Server) -> None:
    error = _ask(server, "openrouter", 400, _OPENROUTER, stream=False)
    assert error.message == (
        "Provider returned error: prompt is too long: 213462 tokens > 200000 maximum"
    )


def test_context_window_fallbacks_see_them(server: Server) -> None:
    server.reply(answer_json(_bad(_DEEPSEEK), 400), answer_json(completion_body()))
    with Client(num_retries=0) as client:
        response = client.completion(
            "deepseek/short",
            MESSAGES,
            api_key="k",
            base_url=server.url,
            context_window_fallback_dict={"deepseek/short": "deepseek/longer"},
        )
    assert response.call.model == "longer"
    assert len(server.seen) == 2


EVENTS: list[JSON] = [
    {"object": "error", "message": "boom", "type": "internal", "code": 500},
    {"detail": "boom"},
    {"code": "bad", "message": "boom"},
    {"code": 500, "message": "boom", "choices": []},
    {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "boom"},
    {"error": "boom"},
    {"error": True, "message": "boom"},
    {"type": "error", "message": "boom"},
    {"base_resp": {"status_code": 1000, "status_msg": "boom"}},
]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("after_text", [False, True])
def test_error_events(server: Server, event: JSON, after_text: bool) -> None:
    text = {"id": "a", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    events = [text, event] if after_text else [event]
    pieces = [f"data: {json.dumps(one)}\n\n".encode() for one in events]
    server.reply(Answer([b"".join(pieces)], headers={"content-type": "text/event-stream"}))
    with pytest.raises(APIError, match="boom") as caught:
        _read_all(server, "custom_openai/m", stream=True)
    partial = caught.value.partial
    assert (partial is not None) == after_text
    if partial is not None:
        assert partial.choices[0].message.content == "Hi"


@pytest.mark.parametrize(
    "event",
    [
        {"code": 0, "message": "Success", "choices": []},
        {"message": "queued", "position": 3},
        {"id": "a", "choices": [], "prompt_filter_results": []},
    ],
)
def test_events_that_are_no_errors(server: Server, event: JSON) -> None:
    text = {
        "id": "a",
        "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}],
    }
    pieces = [f"data: {json.dumps(one)}\n\n".encode() for one in (event, text)]
    server.reply(Answer([*pieces, b"data: [DONE]\n\n"]))
    assert _read_all(server, "custom_openai/m", stream=True) == ["Hi"]
