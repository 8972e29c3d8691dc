"""`responses()` and `aresponses()`: OpenAI's Responses API through the chain, for every provider.

A provider that has the API gets the request as it was given. For any other, the request becomes a
chat call, and its answer a response; adapters/wires/responses/ has both directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from .settings import ClientWithSettings

if TYPE_CHECKING:
    from ..pipeline.schema.responses import Response
    from .response_call import ResponseCall
    from .response_stream import ResponseStream

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
    call = _read(client, input, arguments)
    if call.previous_id:
        call.find_previous()
    reply = client.run_native(model, call.native, stream=bool(stream), arguments=call.arguments)
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
        model, call.native, stream=bool(stream), arguments=call.arguments
    )
    answer = call.answer(reply)
    await call.akeep()
    return answer


def _read(
    client: ClientWithSettings, input: Input | None, arguments: dict[str, Any]
) -> ResponseCall:
    from .response_call import ResponseCall  # noqa: PLC0415  # most programs do without it

    return ResponseCall(client, input, arguments)
