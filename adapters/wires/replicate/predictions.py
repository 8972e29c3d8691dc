"""The life of a prediction on Replicate: created, awaited or streamed, canceled if abandoned.

https://replicate.com/docs/reference/http (predictions.get, predictions.cancel) and
https://replicate.com/docs/topics/predictions/streaming
"""

from __future__ import annotations

from time import monotonic
from urllib.parse import quote, urlsplit

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError, Timeout
from ....pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from ....pipeline.timeouts import remaining
from ...decode.typed import decode_whole
from ...encode.http_request import auth_headers, http_request
from ...provider.row import Provider
from .schema import Prediction

POLL_SECONDS = 0.5

_prediction = msgspec.json.Decoder(Prediction)

_RUNNING = ("starting", "processing")
# The service's own domain: keys are sent to its hosts, and to the base URL of the call.
_OWN_DOMAIN = ".replicate.com"


async def await_end(
    request: Request, provider: Provider, endpoint: Endpoint, response: HTTPResponse
) -> HTTPResponse:
    """Poll until a prediction has ended, and return the last response.

    Raises:
        Timeout: it took longer than the call may take.
    """
    limit = _limit(request)
    while response.status < 400:
        prediction = read_prediction(response.body)
        if prediction.status not in _RUNNING:
            break
        left = remaining(limit)
        if left == 0:
            raise Timeout("the prediction did not end in time", phase="first_event")
        await request.io.sleep(POLL_SECONDS if left is None else min(left, POLL_SECONDS))
        response = await request.io.send(_follow_up(request, provider, endpoint, prediction))
    return response


def _limit(request: Request) -> float | None:
    """Return the deadline of the response, even if no middleware set one."""
    timeouts = request.timeouts
    now = monotonic()
    moments = [
        now + seconds
        for seconds in (timeouts.first_event, timeouts.answer, timeouts.total)
        if seconds is not None
    ]
    if request.answer_by is not None:
        moments.append(request.answer_by)
    return min(moments, default=None)


def _follow_up(
    request: Request,
    provider: Provider,
    endpoint: Endpoint,
    prediction: Prediction,
    action: str = "",
) -> HTTPRequest:
    """Return the request that fetches a prediction, or that calls an action of it."""
    path = f"/predictions/{quote(prediction.id, safe='')}{action}"
    outgoing = http_request(
        request, provider, endpoint, b"", path=path, headers={"Accept": "application/json"}
    )
    outgoing.method = "POST" if action else "GET"
    return outgoing


async def open_stream(
    request: Request, provider: Provider, endpoint: Endpoint, response: HTTPResponse
) -> HTTPStream:
    """Return the events of the prediction that `response` says was created.

    We add the first, "created", and the last, "prediction": both contain the prediction, the last
    one with its counts. A model that does not stream has only the last.
    """
    if response.status >= 400:
        return _Whole(response, response.body)
    prediction = read_prediction(response.body)
    if prediction.urls is None or prediction.urls.stream is None:
        finished = await await_end(request, provider, endpoint, response)
        body = finished.body
        return _Whole(finished, body if finished.status >= 400 else _as_event("prediction", body))
    url = prediction.urls.stream
    http = await request.io.open(_stream_request(request, provider, endpoint, url))
    created = _as_event("created", response.body)
    return _PredictionStream(http, request, provider, endpoint, prediction, created)


def _stream_request(
    request: Request, provider: Provider, endpoint: Endpoint, url: str
) -> HTTPRequest:
    outgoing = http_request(request, provider, endpoint, b"", headers={"Cache-Control": "no-store"})
    if not may_have_key(url, endpoint.base_url):
        for name in (*auth_headers(provider, endpoint), *request.extra_headers):
            outgoing.headers.pop(name, None)
    outgoing.method = "GET"
    outgoing.url = url
    return outgoing


def may_have_key(url: str, base_url: str) -> bool:
    """Return whether a URL that Replicate sent is on its own hosts, or on that of the call."""
    there, own = urlsplit(url), urlsplit(base_url)
    if (there.scheme, there.netloc) == (own.scheme, own.netloc):
        return True
    hosts = (there.hostname or "", own.hostname or "")
    return there.scheme == "https" and all(host.endswith(_OWN_DOMAIN) for host in hosts)


def _as_event(name: str, body: bytes) -> bytes:
    # In one line: a line break would end the event's data.
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.format(body, indent=-1))


class _Whole:
    """A response that has arrived completely, as a stream."""

    def __init__(self, response: HTTPResponse, body: bytes) -> None:
        self.status = response.status
        self.headers = response.headers
        self._rest = body

    async def read(self) -> bytes:
        data, self._rest = self._rest, b""
        return data

    def content_began(self) -> None:
        return

    async def drain(self) -> None:
        self._rest = b""

    async def aclose(self) -> None:
        self._rest = b""


class _PredictionStream:
    """The events of a prediction, between the two that we add.

    A prediction continues when its stream is closed, so one that is closed early is canceled.
    """

    def __init__(
        self,
        http: HTTPStream,
        request: Request,
        provider: Provider,
        endpoint: Endpoint,
        prediction: Prediction,
        created: bytes,
    ) -> None:
        self.status = http.status
        self.headers = http.headers
        self._http = http
        self._request = request
        self._after = _follow_up(request, provider, endpoint, prediction)
        self._cancel = _follow_up(request, provider, endpoint, prediction, "/cancel")
        self._created = created
        self._tail = b"\n"
        self._ended = False
        self._closed = False

    async def read(self) -> bytes:
        if self._ended:
            return b""
        if self._created:
            data, self._created = self._created, b""
            return data
        if b"\nevent: done" in self._tail:
            self._ended = True
            return await self._prediction()
        data = await self._http.read()
        self._ended = not data
        # The name may be cut in two; the model's text follows "data: ", so it cannot match.
        self._tail = self._tail[-12:] + data
        return data

    async def _prediction(self) -> bytes:
        """Return the prediction with its counts, b"" if that fails: the text has been sent."""
        try:
            response = await self._request.io.send(self._after)
            read_prediction(response.body)
        except APIError:
            return b""
        # The blank line ends the event before, if the provider did not.
        return b"\n\n" + _as_event("prediction", response.body)

    def content_began(self) -> None:
        self._http.content_began()

    async def drain(self) -> None:
        await self._http.drain()

    async def aclose(self) -> None:
        if not (self._ended or self._closed):
            self._request.io.spawn(self._stop)
        self._closed = True
        await self._http.aclose()

    async def _stop(self) -> None:
        try:
            await self._request.io.send(self._cancel)
        except APIError:
            # It ends by itself later; there is no caller to inform.
            return


def read_prediction(body: bytes) -> Prediction:
    """Return a prediction.

    Raises:
        APIResponseValidationError: the body is not one.
    """
    return decode_whole(_prediction, body, "a prediction")
