"""Count tokens before a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from ..clients.client import Client
from ..middlewares.deadline import Deadline
from ..middlewares.retry import Retry
from ..pipeline.call.concealed import conceal
from ..pipeline.call.messages import Messages
from ..pipeline.errors import BadRequestError
from ..pipeline.schema.model_response import ModelResponse


def token_counter(
    model: str,
    text: str | Sequence[str] | None = None,
    messages: Messages | None = None,
    tools: Iterable[Mapping[str, Any]] | None = None,
    *,
    estimate: bool = False,
    **arguments: Any,
) -> int:
    """Return the number of tokens of a prompt, as the provider counts them; blocks.

    Tokens of OpenAI's models are counted locally, with OpenAI's vocabularies (the extra `tokens`).
    Anthropic, Google, Bedrock, llama.cpp and vLLM have an endpoint that counts messages; it is
    called with the same key and address as a completion. Cohere, watsonx.ai and xAI have one for
    text.

    Args:
        model: "provider/model"; without a slash it is an OpenAI model.
        text: text, or several pieces of it. If the provider only counts messages, the text is
            counted as a user message, including the tokens that a message adds.
        messages: a conversation; pass either this or `text`.
        tools: counted with the messages.
        estimate: return an estimate from the length of the words instead. It is made here, sends
            nothing, and works with any model; in English text and code it is usually within a
            fifth of the count.
        arguments: as in `completion`: api_key, base_url, custom_llm_provider, timeout,
            num_retries and so on.

    Raises:
        BadRequestError: the provider cannot count this, or both or neither of text and messages
            are given.
        ImportError: the extra `tokens` is not installed.
        APIError: see `completion`.
    """
    prompt, own = _prepare(text, messages, tools, arguments)
    if estimate:
        return _estimate(prompt, own)
    return _count(_client().completion(model, prompt, stream=False, **own))


async def atoken_counter(
    model: str,
    text: str | Sequence[str] | None = None,
    messages: Messages | None = None,
    tools: Iterable[Mapping[str, Any]] | None = None,
    *,
    estimate: bool = False,
    **arguments: Any,
) -> int:
    """Return the number of tokens of a prompt, under asyncio or trio; see `token_counter`."""
    prompt, own = _prepare(text, messages, tools, arguments)
    if estimate:
        return _estimate(prompt, own)
    return _count(await _client().acompletion(model, prompt, stream=False, **own))


@cache
def _client() -> Client:
    from ..adapters.counting import CountingAdapter  # noqa: PLC0415  # loaded only to count

    return Client([Deadline(), Retry()], adapter=CountingAdapter())


def _prepare(
    text: str | Sequence[str] | None,
    messages: Messages | None,
    tools: Iterable[Mapping[str, Any]] | None,
    arguments: dict[str, Any],
) -> tuple[Messages, dict[str, Any]]:
    """Return the messages and the other arguments of the counting call."""
    conceal(arguments)
    if (text is None) is (messages is None):
        raise BadRequestError("token_counter: pass either text or messages", param="text")
    own = {name: value for name, value in arguments.items() if name != "stream"}
    if tools is not None:
        own["tools"] = list(tools)
    if messages is not None:
        return messages, own
    joined = text if isinstance(text, str) else "".join(text or ())
    return [{"role": "user", "content": joined}], {**own, "text": joined}


def _estimate(messages: Messages, own: Mapping[str, Any]) -> int:
    from ..pipeline.call.messages import check_messages  # noqa: PLC0415
    from .estimate import estimate_prompt, estimate_text  # noqa: PLC0415  # rarely needed

    text: str | None = own.get("text")
    if text is not None:
        return estimate_text(text)
    return estimate_prompt(check_messages(messages), own.get("tools") or ())


def _count(response: ModelResponse) -> int:
    return response.usage.prompt_tokens if response.usage is not None else 0
