"""One call of `responses()`: its request in both forms, and how its reply becomes a response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..adapters.wires.responses.inbound import read_request
from ..adapters.wires.responses.outbound import new_id, write_response
from ..adapters.wires.responses.response import native_body
from ..pipeline.call.arguments import OWN_ARGUMENTS
from ..pipeline.call.client import ChainClient
from ..pipeline.call.native import NativeCall
from ..pipeline.call.request import Reply
from ..pipeline.errors import BadRequestError
from ..pipeline.json_values import JSON
from ..pipeline.schema.responses import Response
from ..pipeline.stream.stream import Stream
from .response_stream import ResponseStream

#: Arguments that mean something to trunkline; `metadata` is the provider's here.
_OWN = OWN_ARGUMENTS - {"metadata"}


class ResponseCall:
    """The request of one call, and the response that its reply becomes."""

    def __init__(
        self, client: ChainClient, input: str | list[Any] | None, arguments: Mapping[str, Any]
    ) -> None:
        if input is not None and not isinstance(input, str | list):
            got = type(input).__name__
            raise BadRequestError(f"input: expected str or list, got {got}", param="input")
        given = {name: value for name, value in arguments.items() if value is not None}
        own = _OWN | client.options
        self.arguments = {name: value for name, value in given.items() if name in own}
        self.body: JSON = {name: value for name, value in given.items() if name not in own}
        notes = self.body.pop("litellm_metadata", None) or {}
        self.arguments["metadata"] = {**(self.body.get("metadata") or {}), **notes}
        if input is not None:
            self.body["input"] = input
        chat = read_request(self.body)
        self.native = NativeCall(
            body=self.body,
            messages=chat.messages,
            params=chat.params,
            wrong=tuple(chat.wrong),
            unsupported=tuple(chat.unsupported),
        )

    def answer(self, reply: Reply) -> Response | ResponseStream:
        """Return a reply as the caller wants it."""
        if isinstance(reply, Stream):
            return ResponseStream(reply, self.body, new_id("resp"))
        native = native_body(reply)
        if native is not None:
            response = Response.model_validate(msgspec.json.decode(native))
        else:
            made_here = not reply.id.startswith("resp_")
            response_id = new_id("resp") if made_here else reply.id
            response = Response.model_validate(write_response(reply, self.body, response_id))
        response.call = reply.call
        vars(response)["_completion"] = reply
        return response
