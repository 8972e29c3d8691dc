"""Let handlers of `custom_provider_map` answer the calls of their providers.

They are at the end of the client's chain, so callbacks, caches, retries and fallbacks work as for
any other provider.
"""

from __future__ import annotations

import logging
from inspect import isawaitable, iscoroutine
from time import perf_counter
from typing import Any, cast

from ...adapters.structured.classes import answer_as_class, wants_class
from ...clients.client import Client
from ...pipeline.call.concealed import unwrap
from ...pipeline.call.request import Adapter, Endpoint, Reply, Request
from ...pipeline.errors import BadRequestError, Timeout
from ...pipeline.model_names import split_model
from ...pipeline.schema import model_response as schema
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.hybrid import plain
from ...pipeline.secret import reveal
from ...pipeline.stream.stream import Stream
from ...pipeline.timeouts import earlier, has_passed
from ..conversion import take
from ..litellm_types.response import ModelResponse
from .call import HandlerCall, kind_of
from .custom_llm import find_handler, has_handlers, register_handlers
from .source import HandlerSource

_log = logging.getLogger("trunkline")


def with_handlers(client: Client) -> Client:
    """Return a client whose calls may be answered by handlers; the same one if there are none.

    Raises:
        BadRequestError: an entry of `custom_provider_map` is wrong.
    """
    if not has_handlers():
        return client
    try:
        register_handlers()
    except (TypeError, ValueError) as error:
        raise BadRequestError(str(error), param="custom_provider_map") from None
    return client.with_adapter(HandlerAdapter(client.adapter))


class HandlerAdapter:
    """Asks the handler of a request's provider; other requests go to the adapter that it wraps."""

    def __init__(self, others: Adapter) -> None:
        self._others = others

    def __repr__(self) -> str:
        return f"HandlerAdapter({self._others!r})"

    def resolve(self, request: Request) -> Endpoint:
        """See `Adapter.resolve`."""
        return self._others.resolve(request)

    async def __call__(self, request: Request) -> Reply:
        """Return the reply of the handler, or of the adapter."""
        handler = find_handler(request.provider or split_model(request.model)[0])
        if handler is None or "mock_response" in request.options:
            return await self._others(request)
        endpoint = self.resolve(request)

        async def answer(asked: Request) -> Reply:
            if asked.native is not None:
                asked.native.check(endpoint.provider, asked.model)
            return await _ask(handler, asked, endpoint)

        return (
            await answer_as_class(answer, request)
            if wants_class(request)
            else await answer(request)
        )


async def _ask(handler: object, request: Request, endpoint: Endpoint) -> Reply:
    started = request.trail.began or perf_counter()
    if has_passed(request.answer_by):
        raise Timeout("no time is left for another attempt", endpoint.provider, model=request.model)
    details = CallInfo(
        provider=endpoint.provider,
        model=endpoint.model,
        metadata=dict(request.metadata),
        identity=request.identity,
        trail=request.trail,
    )
    if request.stream:
        return await _open(handler, request, endpoint, details, started)
    name = "completion" if request.io.blocking else "acompletion"
    call = HandlerCall(handler, name, request, endpoint)

    async def answer() -> schema.ModelResponse:
        given = await _run(handler, name, call, request, endpoint)
        taken: object = call.read(take, given, "returned a response")
        if not isinstance(taken, schema.ModelResponse):
            raise call.refuse(
                f"returned {kind_of(given)}, expected a litellm.ModelResponse: fill in the "
                "argument model_response and return it"
            )
        response = cast("schema.ModelResponse[Any]", taken)  # type: ignore[redundant-cast]  # pyright needs it
        if not response.choices:
            raise call.refuse("returned a response without choices")
        return response

    response = await call.get(answer)
    details.response_ms = (perf_counter() - started) * 1000
    response.call = details
    response.model = response.model or endpoint.model
    return response


async def _open(
    handler: object, request: Request, endpoint: Endpoint, details: CallInfo, started: float
) -> Stream:
    """Return the stream once its content begins, so that earlier errors are raised by the call."""
    blocking = request.io.blocking
    name = "streaming" if blocking else "astreaming"
    call = HandlerCall(handler, name, request, endpoint)

    async def begin() -> HandlerSource:
        given = await _run(handler, name, call, request, endpoint)
        return HandlerSource(given, call, endpoint.model, blocking=blocking)

    source = await call.get(begin)
    try:
        stream = Stream(
            source, request.io, details, started=started, show_usage=request.shows_usage
        )
        await stream.prime()
    except BaseException:
        await source.aclose("failed")
        raise
    call.limits.content_began()
    return stream


async def _run(
    handler: object, name: str, call: HandlerCall, request: Request, endpoint: Endpoint
) -> object:
    """Return what a method of the handler returns, awaited if the call is asynchronous.

    Raises:
        APIResponseValidationError: the method does not exist, or cannot be awaited here.
    """
    method = getattr(handler, name, None)
    if method is None:
        raise call.refuse("does not exist: derive the handler from litellm.CustomLLM")
    # The arguments are not in a variable, which a traceback could show: the key is among them.
    given: object = method(**_arguments(request, endpoint))
    if isawaitable(given) and not request.io.blocking:
        given = await given
    if not isawaitable(given):
        return given
    if iscoroutine(given):
        given.close()
    remedy = "await it in the method"
    if request.io.blocking:
        remedy = f"define it with 'def', and put code that awaits into 'async def a{name}'"
    raise call.refuse(f"returned a {kind_of(given)}, which nothing awaits: {remedy}")


def _arguments(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """Return the arguments that litellm calls a handler with."""
    return {
        "model": endpoint.model,
        "messages": [plain(message) for message in request.messages],
        "api_base": request.base_url,
        "custom_prompt_dict": {},
        "model_response": ModelResponse(),
        "print_verbose": _log.debug,
        "encoding": None,
        "api_key": None if request.api_key is None else reveal(request.api_key),
        "logging_obj": _log,
        "optional_params": {
            **{name: unwrap(value) for name, value in request.params.items()},
            **request.extra_body,
        },
        "acompletion": not request.io.blocking,
        "litellm_params": {"metadata": dict(request.metadata)},
        "logger_fn": None,
        "headers": dict(request.extra_headers),
        "timeout": earlier(request.timeouts.answer, request.timeouts.total),
        "client": None,
    }
