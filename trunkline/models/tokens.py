"""Count tokens before a call is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from ..clients.client import Client
from ..middlewares.deadline import Deadline
from ..middlewares.retry import Retry
from ..pipeline.call.messages import Messages
from ..pipeline.errors import BadRequestError
from ..pipeline.schema.model_response import ModelResponse


def token_counter(
    model: str,
    text: str | Sequence[str] | None = None,
    messages: Messages | None = None,
    tools: Iterable[Mapping[str, Any]] | None = None,
    **arguments: Any,
) -> int:
    """Return how many tokens a prompt is, as its provider counts them, blocking.

    For OpenAI's models that is worked out here, with OpenAI's own vocabularies (the extra
    `tokens`). Anthropic, Google, Bedrock, llama.cpp and vLLM have an endpoint, which is asked as a
    call would be, with the same key and address; Cohere, watsonx.ai and xAI have one for text.

    Args:
        model: "provider/model"; a bare name is OpenAI's.
        text: text alone, or pieces of it; where a provider counts messages only, it is counted as
            what a user says, with what a message needs beside it.
        messages: a conversation; give this or `text`.
        tools: counted with the messages.
        arguments: as of `completion`: api_key, base_url, custom_llm_provider, timeout,
            num_retries and so on.

    Raises:
        BadRequestError: there is no way to count this for that provider, or there are both text
            and messages, or neither.
        ImportError: the extra `tokens` is not installed.
        APIError: as `completion`.
    """
    said, own = _prepare(text, messages, tools, arguments)
    return _count(_client().completion(model, said, stream=False, **own))


async def atoken_counter(
    model: str,
    text: str | Sequence[str] | None = None,
    messages: Messages | None = None,
    tools: Iterable[Mapping[str, Any]] | None = None,
    **arguments: Any,
) -> int:
    """Return how many tokens a prompt is, under asyncio or trio; see `token_counter`."""
    said, own = _prepare(text, messages, tools, arguments)
    return _count(await _client().acompletion(model, said, stream=False, **own))


@cache
def _client() -> Client:
    from ..adapters.counting import CountingAdapter  # noqa: PLC0415  # few count

    return Client([Deadline(), Retry()], adapter=CountingAdapter())


def _prepare(
    text: str | Sequence[str] | None,
    messages: Messages | None,
    tools: Iterable[Mapping[str, Any]] | None,
    arguments: dict[str, Any],
) -> tuple[Messages, dict[str, Any]]:
    """Return messages and further arguments of the call that counts."""
    if (text is None) is (messages is None):
        raise BadRequestError("token_counter: give text or messages, and not both", param="text")
    own = {name: value for name, value in arguments.items() if name != "stream"}
    if tools is not None:
        own["tools"] = list(tools)
    if messages is not None:
        return messages, own
    joined = text if isinstance(text, str) else "".join(text or ())
    return [{"role": "user", "content": joined}], {**own, "text": joined}


def _count(response: ModelResponse) -> int:
    return response.usage.prompt_tokens if response.usage is not None else 0
