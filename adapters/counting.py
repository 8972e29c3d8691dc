"""Count the tokens of a prompt as its provider does: by its own endpoint, or its own vocabulary.

A counter is a module, as a wire is. One that asks an endpoint has

    def count_request(request, provider, endpoint) -> HTTPRequest
    def read_count(body) -> int

and, where text alone is counted otherwise than messages, `count_text_request(request, provider,
endpoint, text)`.
One that needs no endpoint has `count_here(request, model)` and `count_text_here(model, text)`. A
counter that knows text only has no way for messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from time import perf_counter
from types import ModuleType

import msgspec

from ..pipeline.call.request import Endpoint, Reply, Request, replace
from ..pipeline.errors import APIError, BadRequestError
from ..pipeline.json_values import as_object
from ..pipeline.port import HTTPRequest, HTTPResponse
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.schema.parts import Usage
from .adapter import ProviderAdapter, complete_error
from .decode.json_body import unreadable
from .provider.row import Provider
from .provider.rules import wire_of
from .table.endpoint import resolve_endpoint
from .table.table import split_model
from .wire import load_wire, prepare

#: Modules that count, by wire; `openai` is spoken by many that cannot count.
_BY_WIRE: Mapping[str, str] = {
    "anthropic": "anthropic.counting",
    "bedrock": "bedrock.counting",
    "cohere": "cohere.counting",
    "azure/claude": "anthropic.counting",
    "gemini": "gemini.counting",
    "local": "local.counting",
    "vertex/gemini": "vertex.gemini_counting",
    "vertex/claude": "vertex.claude_counting",
    "watsonx": "watsonx.counting",
}
#: The same, by provider.
_BY_PROVIDER: Mapping[str, str] = {
    "azure": "openai.counting",
    "llamacpp": "local.counting",
    "openai": "openai.counting",
    "vllm": "openai.counting_vllm",
    "xai": "openai.counting_xai",
}


class CountingAdapter:
    """Answers a call with the tokens of its prompt, as `usage.prompt_tokens`, and no text."""

    def __init__(self) -> None:
        self._rows = ProviderAdapter()

    def __repr__(self) -> str:
        return "CountingAdapter()"

    def resolve(self, request: Request) -> Endpoint:
        """Return where the request would go; see `Adapter.resolve`."""
        return self._rows.resolve(request)

    async def __call__(self, request: Request) -> Reply:
        """Return the count; see `count_tokens`."""
        started = perf_counter()
        count = await count_tokens(request)
        response = ModelResponse(usage=Usage(prompt_tokens=count, total_tokens=count))
        response.call = CallInfo(model=request.model, response_ms=(perf_counter() - started) * 1000)
        return response


async def count_tokens(request: Request) -> int:
    """Return how many tokens a request's messages and tools are, or its parameter `text`.

    Raises:
        BadRequestError: there is no such provider, it has no way to count, or it cannot count
            this; the text says what there is.
        ImportError: counting needs an extra.
        APIError: what the provider's endpoint says.
    """
    provider, model = split_model(request.model, request.provider)
    wire = wire_of(provider, model)
    counter = _load_counter(provider, wire)
    text, request = _take_text(request)
    if hasattr(counter, "count_here"):
        return int(await request.io.run(lambda: _count_here(counter, request, model, text)))
    endpoint: Endpoint | None = None
    try:
        _check(counter, provider, text)
        endpoint = resolve_endpoint(request, provider, model, load_wire(wire).PARAMS)
        request, endpoint = await prepare(wire, request, provider, endpoint)
        outgoing = _build(counter, request, provider, endpoint, text)
        response = await request.io.send(outgoing)
        if response.status >= 400:
            raise load_wire(wire).error(response, provider)
        return _read(counter, response)
    except APIError as error:
        complete_error(error, request, provider, endpoint)
        raise


def _take_text(request: Request) -> tuple[str | None, Request]:
    """Return the parameter `text`, which no provider knows, and the request without it."""
    params = dict(request.params)
    return params.pop("text", None), replace(request, params=params)


def _count_here(counter: ModuleType, request: Request, model: str, text: str | None) -> int:
    if text is not None:
        return int(counter.count_text_here(model, text))
    return int(counter.count_here(request, model))


def _load_counter(provider: Provider, wire: str) -> ModuleType:
    name = _BY_PROVIDER.get(provider.name) or _BY_WIRE.get(wire)
    if name is None:
        raise BadRequestError(
            f"{provider.name}: there is no way to count its tokens beforehand; an answer's `usage` "
            f"tells them. Those who count: {', '.join(_who_counts())}",
            provider.name,
            param="model",
        )
    return import_module(f".wires.{name}", __package__)


def _who_counts() -> list[str]:
    from .table.table import list_providers  # noqa: PLC0415  # only for a message

    rows = list_providers()
    return [row.name for row in rows if row.name in _BY_PROVIDER or row.wire in _BY_WIRE]


def _build(
    counter: ModuleType, request: Request, provider: Provider, endpoint: Endpoint, text: str | None
) -> HTTPRequest:
    """Return the request that asks for the count of text, else of messages."""
    if text is not None and hasattr(counter, "count_text_request"):
        outgoing: HTTPRequest = counter.count_text_request(request, provider, endpoint, text)
    else:
        outgoing = counter.count_request(request, provider, endpoint)
    return outgoing


def _check(counter: ModuleType, provider: Provider, text: str | None) -> None:
    if text is None and not hasattr(counter, "count_request"):
        raise BadRequestError(
            f"{provider.name}: its endpoint counts text alone, not messages; pass text",
            provider.name,
            param="messages",
        )


def _read(counter: ModuleType, response: HTTPResponse) -> int:
    try:
        body = as_object(msgspec.json.decode(response.body))
        count = None if body is None else counter.read_count(body)
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise unreadable(response.body, "expected a count of tokens") from error
    if not isinstance(count, int):
        raise unreadable(response.body, "expected a count of tokens")
    return count
