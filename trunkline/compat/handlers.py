"""Let handlers of `custom_provider_map` answer the calls of their providers.

They are at the end of the client's chain, so callbacks, caches, retries and fallbacks work as for
any other provider.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from time import perf_counter
from typing import Any, cast

from ..adapters.structured.classes import answer_as_class, wants_class
from ..clients.client import Client
from ..pipeline.call.request import Adapter, Endpoint, Reply, Request
from ..pipeline.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    error_class,
)
from ..pipeline.model_names import split_model
from ..pipeline.schema import model_response as schema
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.schema.hybrid import plain
from ..pipeline.secret import reveal
from ..pipeline.stream.outcome import OutcomeKind
from ..pipeline.stream.stream import Stream
from .conversion import take
from .custom_llm import custom_provider_map, find_handler, register_handlers
from .types.response import ModelResponse, openai_reason

_log = logging.getLogger("trunkline")


def with_handlers(client: Client) -> Client:
    """Return a client whose calls may be answered by handlers; the same one if there are none."""
    if not custom_provider_map:
        return client
    register_handlers()
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


async def _ask(handler: Any, request: Request, endpoint: Endpoint) -> Reply:
    started = request.trail.began or perf_counter()
    call = CallInfo(
        provider=endpoint.provider, model=endpoint.model, metadata=dict(request.metadata)
    )
    arguments = _arguments(request, endpoint)
    try:
        if request.stream:
            blocking = request.io.blocking
            method = handler.streaming if blocking else handler.astreaming
            source = _HandlerSource(method(**arguments), request, endpoint)
            stream = Stream(
                source, request.io, call, started=started, show_usage=request.shows_usage
            )
            await stream.prime()
            return stream
        if request.io.blocking:
            given: object = handler.completion(**arguments)
        else:
            given = await handler.acompletion(**arguments)
    except Exception as error:
        raise _as_error(error, request, endpoint) from error
    taken: object = take(given)
    if not isinstance(taken, schema.ModelResponse):
        raise APIResponseValidationError(
            f"the handler returned {type(given).__name__}, expected ModelResponse",
            llm_provider=endpoint.provider,
            model=request.model,
        )
    response = cast("schema.ModelResponse[Any]", taken)  # type: ignore[redundant-cast]  # pyright needs it
    call.response_ms = (perf_counter() - started) * 1000
    response.call = call
    response.model = response.model or endpoint.model
    return response


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
        "optional_params": {**request.params, **request.extra_body},
        "acompletion": not request.io.blocking,
        "litellm_params": {"metadata": dict(request.metadata)},
        "logger_fn": None,
        "headers": dict(request.extra_headers),
        "timeout": request.timeouts.answer,
        "client": None,
    }


def _as_error(error: Exception, request: Request, endpoint: Endpoint) -> APIError:
    if isinstance(error, APIError):
        return error
    status: object = getattr(error, "status_code", None)
    kind = error_class(status) if isinstance(status, int) else APIConnectionError
    made = kind(
        str(error) or type(error).__name__, llm_provider=endpoint.provider, model=request.model
    )
    made.attempts = 1
    return made


class _HandlerSource:
    """The source of a stream whose chunks a handler yields."""

    def __init__(
        self,
        chunks: Iterator[object] | AsyncIterator[object],
        request: Request,
        endpoint: Endpoint,
    ) -> None:
        self._chunks = iter(chunks) if isinstance(chunks, Iterator) else aiter(chunks)
        self._request = request
        self._endpoint = endpoint
        self._finished = False

    async def read(self) -> list[schema.ModelResponseStream]:
        """See `Source.read`."""
        try:
            if isinstance(self._chunks, Iterator):
                piece = next(self._chunks, None)
            else:
                piece = await anext(self._chunks, None)
        except Exception as error:
            raise _as_error(error, self._request, self._endpoint) from error
        if piece is not None:
            return self._read(piece)
        if self._finished:
            return []
        self._finished = True
        return [self._chunk({}, "stop")]

    def _read(self, piece: object) -> list[schema.ModelResponseStream]:
        taken = take(piece)
        if isinstance(taken, schema.ModelResponseStream):
            self._finished |= any(choice.finish_reason for choice in taken.choices)
            return [taken]
        if not isinstance(piece, Mapping):
            raise APIResponseValidationError(
                f"the handler yielded {type(piece).__name__}, expected GenericStreamingChunk",
                llm_provider=self._endpoint.provider,
                model=self._request.model,
            )
        fields = cast("Mapping[str, Any]", piece)
        delta: dict[str, Any] = {"content": fields.get("text") or None}
        if fields.get("tool_use"):
            delta["tool_calls"] = [fields["tool_use"]]
        if fields.get("provider_specific_fields"):
            delta["provider_specific_fields"] = fields["provider_specific_fields"]
        reason = None
        if fields.get("is_finished"):
            self._finished = True
            reason = openai_reason(fields.get("finish_reason") or "stop")
        found = [self._chunk(delta, reason, fields.get("index") or 0)]
        if fields.get("usage"):
            found.append(self._make({"choices": [], "usage": fields["usage"]}))
        return found

    def _chunk(
        self, delta: Mapping[str, Any], reason: str | None, index: int = 0
    ) -> schema.ModelResponseStream:
        given = {name: value for name, value in delta.items() if value is not None}
        return self._make({"choices": [{"index": index, "delta": given, "finish_reason": reason}]})

    def _make(self, fields: Mapping[str, Any]) -> schema.ModelResponseStream:
        return schema.ModelResponseStream.model_validate({"model": self._endpoint.model, **fields})

    async def aclose(self, kind: OutcomeKind) -> None:  # noqa: ARG002  # the signature of `Source`
        """See `Source.aclose`."""
        if isinstance(self._chunks, Iterator):
            if (close := getattr(self._chunks, "close", None)) is not None:
                close()
        elif (aclose := getattr(self._chunks, "aclose", None)) is not None:
            await aclose()
