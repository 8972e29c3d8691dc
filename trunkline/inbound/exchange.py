"""What a host has received, and what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ..pipeline.call.chat_params import wrong_type
from ..pipeline.call.request import NOTHING
from ..pipeline.errors import BadRequestError
from ..pipeline.json_values import JSON, as_object
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.surrogates import mend_surrogates
from .event_bytes import EventBytes

_decode = msgspec.json.Decoder().decode


class Received(Struct, frozen=True, kw_only=True):
    """A request.

    Attributes:
        method, path: as in the request line, without a prefix where the host is mounted.
        headers: by their names in lower case.
        query: the parameters of the query.
        body: all of it.
        account: the name of the key that the client has shown, None if no key is required.
        arguments: arguments of completion() that the host adds, such as a timeout.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""
    account: str | None = None
    arguments: Mapping[str, Any] = NOTHING

    @property
    def answered_as(self) -> str:
        """The method that is answered: HEAD is GET here, and hosts leave out the body."""
        return "GET" if self.method == "HEAD" else self.method

    def fields(self) -> JSON:
        """Return the parameters in the body, without those that are null.

        Raises:
            BadRequestError: the body is not a JSON object.
        """
        try:
            body = as_object(_decode(self.body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            body = _mended(self.body, error)
        if body is None:
            raise BadRequestError("the request's body is not a JSON object")
        return {name: value for name, value in body.items() if value is not None}


def _mended(body: bytes, error: Exception) -> JSON | None:
    """Return a body in which halves of characters are joined or replaced."""
    try:
        return as_object(_decode(mend_surrogates(body)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequestError(f"the request's body is not JSON: {error}") from error


def asks_for_stream(fields: JSON) -> bool:
    """Return whether the parameters of a request ask for a stream.

    Raises:
        BadRequestError: `stream` is not a boolean.
    """
    stream: object = fields.get("stream", False)
    if not isinstance(stream, bool):
        raise wrong_type("stream", "bool", stream)
    return stream


class Sent(Struct, frozen=True, kw_only=True):
    """A response.

    Attributes:
        status, headers: as they are sent.
        body: whole, or a stream of events.
        call: how the call went, None if there was none.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | EventBytes
    call: CallInfo | None = None
