"""Background responses: wait for their end, and cancel them if the caller leaves.

https://platform.openai.com/docs/guides/background
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from time import monotonic

import msgspec
from msgspec import Struct

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIConnectionError, APIError, Timeout
from ....pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from ....pipeline.timeouts import Timeouts, earlier, remaining
from ...decode.retry_after import read_retry_after
from ...decode.sse import EventReader
from ...decode.typed import decode_whole
from ...provider.row import Provider
from .addresses import url_below

#: Pauses between two polls grow, because long responses need no hurry.
FIRST_PAUSE = 0.5
GROWTH = 1.5
MAX_PAUSE = 10.0
#: How many consecutive polls may fail temporarily.
MAX_FAILURES = 5
#: A caller who leaves does not wait long for the provider to confirm it.
_CANCEL_TIMEOUTS = Timeouts(connect=5.0, first_event=5.0, idle=5.0)

_RUNNING = frozenset({"queued", "in_progress"})
_END = re.compile(rb'"type": ?"(?:error|response\.(?:completed|incomplete|failed|cancelled))"')
#: The network may cut an `_END` in two; this is longer than the longest of them.
_OVERLAP = 40


class _Progress(Struct):
    """What is read of a response that may be unfinished."""

    id: str = ""
    status: str | None = None


class _FirstEvent(Struct):
    """What is read of the first event of a stream."""

    response: _Progress | None = None


_progress = msgspec.json.Decoder(_Progress)
_first_event = msgspec.json.Decoder(_FirstEvent)


async def send(
    request: Request, _provider: Provider, _endpoint: Endpoint, outgoing: HTTPRequest
) -> HTTPResponse:
    """Send a request and wait for the end of a background response; see `wire.Wire`."""
    response = await request.io.send(outgoing)
    if _creates(request):
        return await _await_own(request, outgoing, response)
    if request.native is not None and request.native.action == "retrieve":
        return await _await_end(request, outgoing, response)
    return response


async def open(  # noqa: A001  # the port's name for it
    request: Request, _provider: Provider, _endpoint: Endpoint, outgoing: HTTPRequest
) -> HTTPStream:
    """Open a stream that cancels a background response if it is left; see `wire.Wire`."""
    http = await request.io.open(outgoing)
    return _OwnStream(http, request, outgoing) if _creates(request) and http.status < 400 else http


def _creates(request: Request) -> bool:
    """Return whether a request creates a background response."""
    native = request.native
    if native is not None and native.action != "create":
        return False
    given = request.params if native is None else native.body
    return bool(given.get("background") or request.extra_body.get("background"))


async def _await_own(
    request: Request, outgoing: HTTPRequest, response: HTTPResponse
) -> HTTPResponse:
    """Wait for the end of the response that this call created; cancel it if the call fails."""
    identity = _unfinished(response)
    if identity is None:
        return response
    request.trail.add("ProviderAdapter", "background", response_id=identity)
    poll = _follow_up(outgoing, "GET", identity)
    try:
        ended = await _await_end(request, poll, response)
    except BaseException:
        await request.io.shield(lambda: _cancel(request, outgoing, identity))
        raise
    if ended.status >= 400:
        await _cancel(request, outgoing, identity)
    return ended


async def _await_end(request: Request, poll: HTTPRequest, response: HTTPResponse) -> HTTPResponse:
    """Send `poll` until the response has ended; return the last HTTP response.

    Raises:
        Timeout: it took longer than the call may take.
        APIConnectionError: the provider cannot be reached any more.
    """
    limit = _limit(request)
    pause, failures = FIRST_PAUSE, 0
    while (identity := _unfinished(response)) is not None:
        await _pause(request, max(pause, read_retry_after(response.headers) or 0), limit, identity)
        pause = min(pause * GROWTH, MAX_PAUSE)
        try:
            seen = await request.io.send(poll)
        except Timeout as error:
            raise _too_late(identity) from error
        except APIConnectionError:
            failures += 1
            if failures == MAX_FAILURES:
                raise
            continue
        failures = failures + 1 if _may_pass(seen.status) else 0
        if failures in (0, MAX_FAILURES):
            response = seen
        else:
            # Its Retry-After counts, its body does not.
            response = msgspec.structs.replace(response, headers=seen.headers)
    return response


def _too_late(identity: str) -> Timeout:
    return Timeout(
        f"the background response {identity} did not end in time: allow more with `timeout`, or "
        "continue with retrieve_response()",
        phase="first_event",
        body={"id": identity},
    )


async def _pause(request: Request, seconds: float, limit: float | None, identity: str) -> None:
    left = remaining(limit)
    if left == 0:
        raise _too_late(identity)
    await request.io.sleep(seconds if left is None else min(left, seconds))


def _may_pass(status: int) -> bool:
    return status == 429 or status >= 500


def _unfinished(response: HTTPResponse) -> str | None:
    """Return the id of a response that has not ended yet, None if it has, or for an error."""
    if response.status >= 400:
        return None
    progress = decode_whole(_progress, response.body, "a response")
    return progress.id if progress.status in _RUNNING else None


def _limit(request: Request) -> float | None:
    """Return the deadline of the call, even if no middleware set one."""
    timeouts = request.timeouts
    seconds = earlier(timeouts.answer, timeouts.total)
    if seconds is None:
        seconds = timeouts.first_event
    own = None if seconds is None else monotonic() + seconds
    return earlier(request.answer_by, own)


def _follow_up(outgoing: HTTPRequest, method: str, identity: str, action: str = "") -> HTTPRequest:
    """Return a request about the response that `outgoing` created."""
    return msgspec.structs.replace(
        outgoing,
        method=method,
        url=url_below(outgoing.url, identity, action),
        headers={**outgoing.headers, "Accept": "application/json"},
        body=b"",
    )


async def _cancel(request: Request, outgoing: HTTPRequest, identity: str) -> None:
    """Cancel a response; the call's own time may be over."""
    cancel = _follow_up(outgoing, "POST", identity, "/cancel")
    cancel.timeouts, cancel.answer_by, cancel.deadline = _CANCEL_TIMEOUTS, None, None
    try:
        await request.io.send(cancel)
    except APIError:
        # It ends by itself later; there is no caller to inform.
        return


class _OwnStream:
    """The stream of a background response; closing it before its end cancels the response.

    A stream that breaks off does not cancel it: the caller can retrieve the response.
    """

    def __init__(self, http: HTTPStream, request: Request, outgoing: HTTPRequest) -> None:
        self._http = http
        self._request = request
        self._outgoing = outgoing
        self._events = EventReader()
        self._identity = ""
        self._tail = b""
        self._over = False

    @property
    def status(self) -> int:
        return self._http.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._http.headers

    async def read(self) -> bytes:
        try:
            data = await self._http.read()
        except APIConnectionError:
            self._over = True
            raise
        if not self._identity:
            self._identity = self._find_identity(data)
        recent = self._tail + data
        if not data or _END.search(recent):
            self._over = True
        self._tail = recent[-_OVERLAP:]
        return data

    def _find_identity(self, data: bytes) -> str:
        for _name, event in self._events.feed(data):
            try:
                begun = _first_event.decode(event).response
            except (msgspec.DecodeError, UnicodeDecodeError):
                # The decoder of the stream reports it.
                continue
            if begun is not None:
                return begun.id
        return ""

    def content_began(self) -> None:
        self._http.content_began()

    async def drain(self) -> None:
        self._over = True
        await self._http.drain()

    async def aclose(self) -> None:
        over, self._over = self._over, True
        if not over and self._identity:
            await self._request.io.shield(self._stop)
        await self._http.aclose()

    async def _stop(self) -> None:
        await _cancel(self._request, self._outgoing, self._identity)
