"""OpenAI's Responses API through the chain, for every provider; the functions are Client's methods.

A provider that has the API gets the request of `responses()` as it was given. For any other, the
request becomes a chat call, and its answer a response; adapters/wires/responses/ has both
directions. Responses that exist already are retrieved and cancelled by their ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from ...pipeline.call.arguments import OWN_ARGUMENTS
from ...pipeline.call.chat_params import SCALARS, check_shape, read_other, read_scalar
from ...pipeline.call.concealed import conceal
from ..settings import ClientWithSettings

if TYPE_CHECKING:
    from ...pipeline.call.native import NativeCall
    from ...pipeline.schema.responses import Response
    from .call import ResponseCall
    from .conversations import StoredResponse
    from .stream import ResponseStream

Input = str | list[Any]


@overload
def responses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[False] | None = ...,
    **arguments: Any,
) -> Response: ...
@overload
def responses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[True],
    **arguments: Any,
) -> ResponseStream: ...
@overload
def responses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: bool | None,
    **arguments: Any,
) -> Response | ResponseStream: ...
def responses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = None,
    *,
    stream: bool | None = None,
    **arguments: Any,
) -> Response | ResponseStream:
    """Send `input` to `model` and return its response, once it has arrived.

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
    call = _read(client, input, arguments)
    if call.previous_id:
        call.find_previous()
    reply = client.run_native(model, call.native, stream=stream or False, arguments=call.arguments)
    answer = call.answer(reply)
    call.keep()
    return answer


@overload
async def aresponses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[False] | None = ...,
    **arguments: Any,
) -> Response: ...
@overload
async def aresponses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: Literal[True],
    **arguments: Any,
) -> ResponseStream: ...
@overload
async def aresponses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = ...,
    *,
    stream: bool | None,
    **arguments: Any,
) -> Response | ResponseStream: ...
async def aresponses(
    client: ClientWithSettings,
    /,
    model: str,
    input: Input | None = None,
    *,
    stream: bool | None = None,
    **arguments: Any,
) -> Response | ResponseStream:
    """Send `input` to `model` under asyncio or trio; see `responses`."""
    call = _read(client, input, arguments)
    if call.previous_id:
        await call.afind_previous()
    reply = await client.arun_native(
        model, call.native, stream=stream or False, arguments=call.arguments
    )
    answer = call.answer(reply)
    await call.akeep()
    return answer


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
    call = _read(client, None, arguments)
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
    call = _read(client, None, arguments)
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
    call = _read(client, None, arguments)
    native = _about(call, "cancel", response_id)
    reply = client.run_native(model, native, stream=False, arguments=call.arguments)
    return call.whole(reply)


async def acancel_response(
    client: ClientWithSettings, /, model: str, response_id: str, **arguments: Any
) -> Response:
    """Cancel a background response asynchronously; see `cancel_response`."""
    call = _read(client, None, arguments)
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


def _about(
    call: ResponseCall, action: Literal["retrieve", "cancel"], response_id: str
) -> NativeCall:
    """Return the request about a response."""
    from ...pipeline.call.native import NativeCall  # noqa: PLC0415  # as above
    from ...pipeline.errors import BadRequestError  # noqa: PLC0415  # as above

    if not isinstance(response_id, str) or not response_id:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        raise BadRequestError(
            f"response_id: expected str, got {response_id!r}", param="response_id"
        )
    return NativeCall(
        body=call.body, messages=(), params={}, action=action, response_id=response_id
    )


def _read(
    client: ClientWithSettings, input: Input | None, arguments: dict[str, Any]
) -> ResponseCall:
    from ...adapters.wires.responses.inbound_params import INBOUND_PARAMS  # noqa: PLC0415  # as above
    from .call import ResponseCall  # noqa: PLC0415  # most programs do without it

    conceal(arguments)
    known = (INBOUND_PARAMS, OWN_ARGUMENTS, client.options)
    for name, value in arguments.items():
        if not any(name in names for names in known):
            from ...pipeline.call.slips import refuse_slip  # noqa: PLC0415  # most calls have none

            refuse_slip(name, frozenset[str]().union(*known))
            arguments[name] = read_other(name, value)
    for name, value in arguments.items():
        if value is None:
            continue
        if name in SCALARS:
            arguments[name] = read_scalar(name, value)
        else:
            check_shape(name, value)
    return ResponseCall(client, input, arguments)
