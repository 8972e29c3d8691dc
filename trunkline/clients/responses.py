"""`responses()` and `aresponses()`: OpenAI's Responses API through the chain, for every provider.

A provider that has the API gets the request as it was given. For any other, the request becomes a
chat call, and its answer a response; adapters/wires/responses/ has both directions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, overload

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

Input = str | list[Any]

#: Arguments that mean something to trunkline; `metadata` is the provider's here.
_OWN = OWN_ARGUMENTS - {"metadata"}


@overload
def responses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[False] | None = ...,
    **arguments: Any,
) -> Response: ...
@overload
def responses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[True],
    **arguments: Any,
) -> ResponseStream: ...
@overload
def responses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: bool | None,
    **arguments: Any,
) -> Response | ResponseStream: ...
def responses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = None,
    *,
    stream: bool | None = None,
    **arguments: Any,
) -> Response | ResponseStream:
    """Send `input` to `model` and return its response; blocks until it is here.

    Args:
        client: whose chain it runs through; as a method, the client itself.
        model: "provider/model"; without a slash it is an OpenAI model.
        input: text, or a list of items; it is not changed.
        stream: True returns a ResponseStream of events.
        arguments: parameters of the Responses API, the provider's own, and those of trunkline, as
            in completion(). `metadata` goes to the provider, and callbacks see it too;
            `litellm_metadata` is for callbacks only.

    Raises:
        APIError: the call failed; the subclass says why, see trunkline.exceptions.

    Source: https://platform.openai.com/docs/api-reference/responses/create
    """
    call = _Call(client, input, arguments)
    reply = client.run_native(model, call.native, stream=bool(stream), arguments=call.arguments)
    return call.answer(reply)


@overload
async def aresponses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[False] | None = ...,
    **arguments: Any,
) -> Response: ...
@overload
async def aresponses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[True],
    **arguments: Any,
) -> ResponseStream: ...
@overload
async def aresponses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: bool | None,
    **arguments: Any,
) -> Response | ResponseStream: ...
async def aresponses(
    client: ChainClient,
    /,
    model: str,
    input: Input | None = None,
    *,
    stream: bool | None = None,
    **arguments: Any,
) -> Response | ResponseStream:
    """Send `input` to `model` under asyncio or trio; see `responses`."""
    call = _Call(client, input, arguments)
    reply = await client.arun_native(
        model, call.native, stream=bool(stream), arguments=call.arguments
    )
    return call.answer(reply)


class _Call:
    """One call: its request in both forms, and how its reply becomes a response."""

    def __init__(
        self, client: ChainClient, input: Input | None, arguments: Mapping[str, Any]
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
