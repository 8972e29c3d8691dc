"""Responses that exist already: retrieve, wait for and cancel them by their ids.

The functions are methods of Client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from .settings import ClientWithSettings

if TYPE_CHECKING:
    from ..pipeline.call.native import NativeCall
    from ..pipeline.schema.responses import Response
    from .conversations import StoredResponse
    from .response_call import ResponseCall
    from .response_stream import ResponseStream


@overload
def retrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: Literal[False] | None = ...,
    **arguments: Any,
) -> Response: ...
@overload
def retrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: Literal[True],
    **arguments: Any,
) -> ResponseStream: ...
@overload
def retrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: bool | None,
    **arguments: Any,
) -> Response | ResponseStream: ...
def retrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: bool | None = None,
    **arguments: Any,
) -> Response | ResponseStream:
    """Return a response that the model's provider stores; wait for its end if it is unfinished.

    A response that did not end within `timeout` continues; call this again.

    Args:
        client: whose chain it runs through; as a method, the client itself.
        model: "provider/model" of the response; the provider must have the Responses API.
        response_id: the response's id.
        stream: True returns the events of a response that was created with `background` and
            `stream`, those after `starting_after` if that is given.
        arguments: parameters of the API, such as `include`, and the arguments of trunkline, as in
            completion().

    Raises:
        APIError: the call failed, or the response did: the error is that of the response.

    Source: https://platform.openai.com/docs/api-reference/responses/get
    """
    call = _read(client, arguments)
    reply = client.run_native(
        model,
        _about(call, "retrieve", response_id),
        stream=bool(stream),
        arguments=call.arguments,
    )
    return call.answer(reply)


@overload
async def aretrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: Literal[False] | None = ...,
    **arguments: Any,
) -> Response: ...
@overload
async def aretrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: Literal[True],
    **arguments: Any,
) -> ResponseStream: ...
@overload
async def aretrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: bool | None,
    **arguments: Any,
) -> Response | ResponseStream: ...
async def aretrieve_response(
    client: ClientWithSettings,
    /,
    model: str,
    response_id: str,
    *,
    stream: bool | None = None,
    **arguments: Any,
) -> Response | ResponseStream:
    """Return a response that the provider stores, asynchronously; see `retrieve_response`."""
    call = _read(client, arguments)
    reply = await client.arun_native(
        model,
        _about(call, "retrieve", response_id),
        stream=bool(stream),
        arguments=call.arguments,
    )
    return call.answer(reply)


def cancel_response(
    client: ClientWithSettings, /, model: str, response_id: str, **arguments: Any
) -> Response:
    """Cancel a background response, and return it as far as it came.

    Args:
        client: whose chain it runs through; as a method, the client itself.
        model: "provider/model" of the response.
        response_id: the response's id.
        arguments: those of trunkline, as in completion().

    Raises:
        APIError: the call failed, for example because the response was not a background one.

    Source: https://platform.openai.com/docs/api-reference/responses/cancel
    """
    call = _read(client, arguments)
    native = _about(call, "cancel", response_id)
    reply = client.run_native(model, native, stream=False, arguments=call.arguments)
    return call.whole(reply)


async def acancel_response(
    client: ClientWithSettings, /, model: str, response_id: str, **arguments: Any
) -> Response:
    """Cancel a background response asynchronously; see `cancel_response`."""
    call = _read(client, arguments)
    native = _about(call, "cancel", response_id)
    reply = await client.arun_native(model, native, stream=False, arguments=call.arguments)
    return call.whole(reply)


def stored_response(client: ClientWithSettings, /, response_id: str) -> StoredResponse:
    """Return a response from the client's `response_store`, with the items that led to it.

    Raises:
        NotFoundError: the store does not have it, or there is no store.
        APIConnectionError: the store cannot be read.
    """
    from .conversations import load  # noqa: PLC0415  # most programs do without it

    return load(client.settings.response_store, response_id)


async def astored_response(client: ClientWithSettings, /, response_id: str) -> StoredResponse:
    """Return a response from `response_store` under asyncio or trio; see `stored_response`."""
    from .conversations import aload  # noqa: PLC0415  # most programs do without it

    return await aload(client.settings.response_store, response_id)


def _read(client: ClientWithSettings, arguments: dict[str, Any]) -> ResponseCall:
    from .response_call import ResponseCall  # noqa: PLC0415  # most programs do without it

    call = ResponseCall(client, None, arguments)
    call.arguments["wire"] = "responses"
    return call


def _about(
    call: ResponseCall, action: Literal["retrieve", "cancel"], response_id: str
) -> NativeCall:
    """Return the request about a response."""
    from ..pipeline.call.native import NativeCall  # noqa: PLC0415  # as above
    from ..pipeline.errors import BadRequestError  # noqa: PLC0415  # as above

    if not isinstance(response_id, str) or not response_id:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        raise BadRequestError(
            f"response_id: expected str, got {response_id!r}", param="response_id"
        )
    return NativeCall(
        body=call.body, messages=(), params={}, action=action, response_id=response_id
    )
