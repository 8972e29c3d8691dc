"""The end of the chain: find the provider, send the request, read the response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from time import perf_counter
from typing import Any

from ..pipeline.call.request import Endpoint, Reply, Request, replace
from ..pipeline.errors import (
    APIError,
    APIResponseValidationError,
    MissingExtraError,
    StreamInterruptedError,
    Timeout,
)
from ..pipeline.port import (
    MAX_BODY_BYTES,
    HTTPRequest,
    HTTPResponse,
    HTTPStream,
    read_all,
)
from ..pipeline.schema.call_info import CallInfo, request_id
from ..pipeline.schema.model_response import ModelResponseStream
from ..pipeline.schema.trail import CHOSE
from ..pipeline.secret import plain_url
from ..pipeline.stream.fold import Fold
from ..pipeline.stream.outcome import OutcomeKind
from ..pipeline.stream.stream import Stream
from ..pipeline.timeouts import has_passed
from .credentials.scrubbing import scrub
from .credentials.token_cache import shared_tokens
from .decode.classify import error_of_body
from .decode.json_body import unreadable
from .encode.conversation import holds_parts
from .legacy import answer_legacy, is_legacy
from .mock import mock_reply
from .provider.row import Api, Provider
from .provider.rules import with_plain_effort
from .structured.classes import answer_as_class, wants_class
from .table.endpoint import address_arguments, resolve_endpoint, without_address
from .table.routes import api_hint, find_route
from .wire import (
    ChunkDecoder,
    Wire,
    find_decode,
    find_decoder,
    find_open,
    find_prepare,
    find_send,
    keep_origin,
    load_wire,
    prepare,
)


class ProviderAdapter:
    """Sends each request to the provider that its model names.

    Args:
        trusted_hosts: returns the hosts that keys of the environment may be sent to, besides those
            of their provider.
    """

    def __init__(self, trusted_hosts: Callable[[], Collection[str]] = tuple) -> None:
        self._trusted_hosts = trusted_hosts

    def __repr__(self) -> str:
        return "ProviderAdapter()"

    def resolve(self, request: Request) -> Endpoint:
        """Return where the request would go; see `Adapter.resolve`."""
        provider, model, api, wire, reason = find_route(request)
        return resolve_endpoint(request, provider, model, load_wire(wire).PARAMS, api, reason)

    def __call__(self, request: Request) -> Coroutine[Any, Any, Reply]:
        """Send the request and return the reply; see `Adapter`."""
        if "response_format" in request.params and wants_class(request):
            return answer_as_class(self, request)
        if is_legacy(request):
            return answer_legacy(self._answer, request)
        return self._answer(request)

    async def _answer(self, request: Request) -> Reply:
        started = request.trail.began or perf_counter()
        if "mock_response" in request.options:
            return await mock_reply(request, started)
        provider, model, api, wire_name, reason = find_route(request)
        wire = load_wire(wire_name)
        given = request
        endpoint: Endpoint | None = None
        outgoing: HTTPRequest | None = None
        requests = 0
        try:
            endpoint = resolve_endpoint(request, provider, model, wire.PARAMS, api, reason)
            resolved = endpoint
            if request.params:
                request = without_address(request, provider)
            if reason:
                request.trail.add("ProviderAdapter", CHOSE, wire=api, reason=reason)
            if api == "chat" and (request.params or request.native is not None):
                request = _for_chat(request, provider)
            if holds_parts(request.messages) or find_prepare(wire_name, provider) is not None:
                request, endpoint = await prepare(wire_name, request, provider, endpoint)
            outgoing = wire.encode(request, provider, endpoint)
            if has_passed(request.answer_by):
                raise Timeout("no time is left for another attempt")
            self._check_host(given, provider, resolved, endpoint)
            requests = 1
            if request.stream:
                opened = find_open(wire_name)(request, provider, endpoint, outgoing)
                return await _open(wire, provider, endpoint, request, outgoing, opened, started)
            sent = find_send(wire_name)(request, provider, endpoint, outgoing)
            return await _send(wire, provider, endpoint, request, sent, started)
        except ImportError as error:
            missing = MissingExtraError(str(error))
            complete_error(missing, (given, request), provider, endpoint, outgoing)
            raise missing from error
        except APIError as error:
            # What connections refuse, no provider has seen.
            refused = error.param in ("base_url", "extra_headers") and error.body is None
            error.attempts = 0 if refused else requests
            native = request.native
            # Media that are fetched change the messages, but not their places.
            if native is not None and native.messages is given.messages and not requests:
                native.locate(error)
            _add_remedies(error, provider, model, api, request)
            if error.status_code == 401 and outgoing is not None:
                shared_tokens.drop(outgoing.headers.values())
            complete_error(error, (given, request), provider, endpoint, outgoing)
            raise

    def _check_host(
        self, request: Request, provider: Provider, resolved: Endpoint, endpoint: Endpoint
    ) -> None:
        if request.api_key is not None or endpoint.only_signs:
            return
        # A login may have moved the key into a header.
        if endpoint.key is None and resolved.key is None:
            return
        named = request.base_url
        if named is None and not address_arguments(provider).isdisjoint(request.params):
            named = endpoint.base_url
        if named is None:
            return
        from .credentials.trusted_hosts import warn_of_host  # noqa: PLC0415  # few calls need it

        warn_of_host(provider, named, self._trusted_hosts())


def _for_chat(request: Request, provider: Provider) -> Request:
    """Return a request as chat completions have it.

    Raises:
        BadRequestError: it came in the form of another API, and has what only that API has.
    """
    native = request.native
    if native is not None:
        native.check(provider.name, request.model, api_hint(request) if native.unsupported else "")
    if "reasoning_effort" in request.params:
        return replace(request, params=with_plain_effort(request.params))
    return request


def _add_remedies(
    error: APIError, provider: Provider, model: str, api: Api, request: Request
) -> None:
    from .decode.refused_api import add_remedy  # noqa: PLC0415  # most calls succeed
    from .decode.wrong_address import add_address_hint  # noqa: PLC0415  # as above

    add_remedy(error, provider, model, api)
    add_address_hint(error, request.base_url)


async def _send(
    wire: Wire,
    provider: Provider,
    endpoint: Endpoint,
    request: Request,
    sent: Awaitable[HTTPResponse],
    started: float,
) -> Reply:
    response = await sent
    if response.status >= 300:
        raise read_error(wire, response, provider)
    decode = wire.decode if request.native is None else find_decode(wire, request.native)
    try:
        answer = decode(response, provider)
    except APIError as error:
        error.headers = error.headers or response.headers
        mended = _mended(error, response)
        if mended is None:
            raise
        answer = decode(mended, provider)
    except Exception as error:
        raise _misread(error, response.body, response.headers) from error
    keep_origin(wire, answer, endpoint)
    if not answer.model:
        answer.model = endpoint.model
    answer.call = CallInfo(
        provider=provider.name,
        model=endpoint.model,
        api_base=plain_url(endpoint.base_url),
        headers=response.headers,
        response_ms=(perf_counter() - started) * 1000,
        metadata=dict(request.metadata) if request.metadata else {},
        identity=request.identity,
        trail=request.trail,
    )
    return answer


def _mended(error: APIError, response: HTTPResponse) -> HTTPResponse | None:
    """Return a response that can be read after all, None if it cannot."""
    if not isinstance(error, APIResponseValidationError):
        return None
    from ..pipeline.surrogates import mend_surrogates  # noqa: PLC0415  # few bodies need it

    body = mend_surrogates(response.body)
    if body == response.body:
        return None
    return HTTPResponse(status=response.status, headers=response.headers, body=body)


async def _open(
    wire: Wire,
    provider: Provider,
    endpoint: Endpoint,
    request: Request,
    outgoing: HTTPRequest,
    opened: Awaitable[HTTPStream],
    started: float,
) -> Reply:
    """Return the stream once its first event has arrived, so that earlier errors are the call's."""
    http = await opened
    try:
        if http.status >= 300:
            raise read_error(wire, await read_all(http), provider)
        call = CallInfo(
            provider=provider.name,
            model=endpoint.model,
            api_base=plain_url(endpoint.base_url),
            headers=http.headers,
            metadata=dict(request.metadata),
            identity=request.identity,
            trail=request.trail,
        )
        decoder = find_decoder(wire, request)(provider, http.headers)
        keep_origin(wire, decoder, endpoint)
        if request.max_response_bytes != MAX_BODY_BYTES:
            from .decode.stream_decoder import limit_events  # noqa: PLC0415  # few calls need it

            limit_events(decoder, request.max_response_bytes)
        fold = Fold(call)
        source = _AnswerSource(http, decoder, request, endpoint, outgoing, fold)
        stream = Stream(
            source,
            request.io,
            call,
            started=started,
            show_usage=request.shows_usage,
            fold=fold,
        )
        await stream.prime()
        http.content_began()
    except BaseException:
        await http.aclose()
        raise
    return stream


class _AnswerSource:
    """The chunks of a streamed response, read from the network."""

    def __init__(
        self,
        http: HTTPStream,
        decoder: ChunkDecoder,
        request: Request,
        endpoint: Endpoint,
        outgoing: HTTPRequest,
        fold: Fold,
    ) -> None:
        self._http = http
        self._decoder = decoder
        self._request = request
        self._endpoint = endpoint
        self._outgoing = outgoing
        self._fold = fold
        self._at_end = False

    async def read(self) -> list[ModelResponseStream]:
        decoder = self._decoder
        try:
            while True:
                if decoder.error is not None:
                    decoder.error.headers = decoder.error.headers or self._http.headers
                    raise decoder.error
                if decoder.done or self._at_end:
                    return await self._end()
                chunks = self._decode(await self._http.read())
                if chunks:
                    return chunks
        except APIError as error:
            complete_error(error, (self._request,), None, self._endpoint, self._outgoing)
            raise

    def _decode(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed, b"" at the end of the body."""
        try:
            if data:
                chunks = self._decoder.feed(data)
            else:
                self._at_end = True
                chunks = self._decoder.close()
        except APIError:
            raise
        except Exception as error:
            raise _misread(error, data, self._http.headers) from error
        for chunk in chunks:
            if not chunk.model:
                chunk.model = self._endpoint.model
        return chunks

    async def _end(self) -> list[ModelResponseStream]:
        if self._decoder.done or self._fold.began_to_finish:
            if not self._at_end:
                await self._http.drain()
            return []
        raise StreamInterruptedError(
            "the response ended without a finish reason and without the provider's end marker",
            phase="mid_stream",
        )

    async def aclose(self, kind: OutcomeKind) -> None:  # noqa: ARG002  # whatever it was
        await self._http.aclose()


def read_error(wire: Wire, response: HTTPResponse, provider: Provider) -> APIError:
    """Return the error for a status that is not a success, whatever its body contains."""
    if response.status < 400:
        return _redirected(response)
    try:
        return wire.error(response, provider)
    except Exception as cause:  # noqa: BLE001  # the status is known anyway
        error = error_of_body(response.status, response.headers, b"")
        error.__cause__ = cause
        return error


def _redirected(response: HTTPResponse) -> APIError:
    """Return the error of a redirect: following it could carry a key to another host."""
    place = plain_url(response.headers.get("location", "an address that it does not name"))
    return APIResponseValidationError(
        f"status {response.status}: the server redirects to {place}, and redirects are not "
        "followed; check base_url",
        status_code=response.status,
        headers=response.headers,
    )


def _misread(error: Exception, body: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error of a body that a wire failed to read, so that retries and fallbacks see it.

    Wires decode into typed structs; this is for what gets past them.
    """
    misread = unreadable(body, f"could not read the response ({type(error).__name__}: {error})")
    misread.headers = headers
    return misread


def complete_error(
    error: APIError,
    requests: Sequence[Request],
    provider: Provider | None,
    endpoint: Endpoint | None,
    outgoing: HTTPRequest | None,
) -> None:
    """Add provider, model and request id to an error, and remove credentials from it.

    `requests` are the call as it came, and as its wire changed it.
    """
    error.model = error.model or requests[0].model
    if error.provider is None:
        error.provider = endpoint.provider if endpoint else provider.name if provider else None
    error.request_id = error.request_id or request_id(error.headers)
    scrub(error, requests, endpoint, outgoing)
