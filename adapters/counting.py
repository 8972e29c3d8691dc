"""Count the tokens of a prompt as its provider does, with its endpoint or its vocabulary.

A counter is a module, like a wire. A row of the provider table names it (`Provider.counter`), else
the wire does (`COUNTER`). A counter that calls an endpoint has

    def count_request(request, provider, endpoint) -> HTTPRequest
    def read_count(body: bytes) -> int

and `count_text_request(request, provider, endpoint, text)` if text is counted differently from
messages. If its endpoint counts only text, it has no `count_request`. A counter that needs no
endpoint has `count_here(request, model)` and `count_text_here(model, text)`.
"""

from __future__ import annotations

from time import perf_counter
from types import ModuleType

from ..pipeline.call.request import Endpoint, Reply, Request, replace
from ..pipeline.errors import APIError, BadRequestError
from ..pipeline.port import HTTPRequest
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.schema.parts import Usage
from .adapter import ProviderAdapter, complete_error
from .provider.row import Provider
from .provider.rules import wire_of
from .table.endpoint import resolve_endpoint, without_address
from .table.routes import split_api
from .table.table import find_requested
from .wire import load_counter, load_wire, prepare


class CountingAdapter:
    """Returns the tokens of a call's prompt as `usage.prompt_tokens`, without any text."""

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
    """Return the number of tokens in a request's messages and tools, or in its parameter `text`.

    Raises:
        BadRequestError: the provider is unknown, its tokens cannot be counted, or it cannot count
            this kind of prompt; the message names the alternatives.
        ImportError: counting needs an extra that is not installed.
        APIError: the provider's endpoint returned an error.
    """
    provider, model = _find(request)
    wire = wire_of(provider, model)
    counter = _load_counter(provider, wire)
    text, request = _take_text(request)
    if hasattr(counter, "count_here"):
        return int(await request.io.run(lambda: _count_here(counter, request, model, text)))
    given = request
    endpoint: Endpoint | None = None
    outgoing: HTTPRequest | None = None
    try:
        _check(counter, provider, text)
        endpoint = resolve_endpoint(request, provider, model, load_wire(wire).PARAMS)
        request = without_address(request, provider)
        request, endpoint = await prepare(wire, request, provider, endpoint)
        outgoing = _build(counter, request, provider, endpoint, text)
        response = await request.io.send(outgoing)
        if response.status >= 400:
            raise load_wire(wire).error(response, provider)
        return int(counter.read_count(response.body))
    except APIError as error:
        complete_error(error, (given, request), provider, endpoint, outgoing)
        raise


def counts_here(request: Request) -> bool:
    """Return whether a request's tokens are counted without a request to its provider.

    Raises:
        BadRequestError: the provider is unknown, or its tokens cannot be counted.
    """
    provider, model = _find(request)
    return hasattr(_load_counter(provider, wire_of(provider, model)), "count_here")


def _find(request: Request) -> tuple[Provider, str]:
    """Return the provider and the model, without a prefix of one of the provider's APIs."""
    provider, model = find_requested(request)
    return provider, split_api(provider, model)[1]


def _take_text(request: Request) -> tuple[str | None, Request]:
    """Return the parameter `text`, which is never sent, and the request without it."""
    params = dict(request.params)
    return params.pop("text", None), replace(request, params=params)


def _count_here(counter: ModuleType, request: Request, model: str, text: str | None) -> int:
    if text is not None:
        return int(counter.count_text_here(model, text))
    return int(counter.count_here(request, model))


def _load_counter(provider: Provider, wire: str) -> ModuleType:
    name = _counter_name(provider, wire)
    if name:
        return load_counter(name)
    raise BadRequestError(
        f"{provider.name}: its tokens cannot be counted before a call; a response's `usage` "
        f"reports them. Providers that can count: {', '.join(_list_counting())}",
        provider.name,
        param="model",
    )


def _counter_name(provider: Provider, wire: str) -> str:
    """Return the row's counter, else the wire's; "" if neither has one."""
    return provider.counter or getattr(load_wire(wire), "COUNTER", "")


def _list_counting() -> list[str]:
    from .table.table import list_providers  # noqa: PLC0415  # only for a message

    return [row.name for row in list_providers() if _counter_name(row, row.wire)]


def _build(
    counter: ModuleType, request: Request, provider: Provider, endpoint: Endpoint, text: str | None
) -> HTTPRequest:
    """Return the request that counts `text`, or the messages if it is None."""
    if text is not None and hasattr(counter, "count_text_request"):
        outgoing: HTTPRequest = counter.count_text_request(request, provider, endpoint, text)
    else:
        outgoing = counter.count_request(request, provider, endpoint)
    return outgoing


def _check(counter: ModuleType, provider: Provider, text: str | None) -> None:
    if text is None and not hasattr(counter, "count_request"):
        raise BadRequestError(
            f"{provider.name}: its endpoint counts only text, not messages; pass text",
            provider.name,
            param="messages",
        )
