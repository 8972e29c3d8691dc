"""Who made the items of a message: only their maker can read its encrypted reasoning again.

Another provider, host or account refuses such reasoning, and does not know the items' ids. It gets
what was said and called, as it does from providers that lack the Responses API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError, BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.schema.model_response import ModelResponse
from .response import OUTPUT_ITEMS, OUTPUT_ORIGIN
from .stream import Decoder

#: Items that say the same without their ids.
_PORTABLE = frozenset({"message", "function_call", "custom_tool_call"})
#: What an item has only where it was made.
_OWN_FIELDS = frozenset({"id", "status"})
#: Parameters that name what only one provider stores.
_STORED = ("previous_response_id", "conversation", "prompt")


def keep_origin(reply: ModelResponse | Decoder, endpoint: Endpoint) -> None:
    """Let a response, or the stream that a decoder reads, keep who made its items."""
    if isinstance(reply, Decoder):
        reply.origin = endpoint.home
        return
    for choice in reply.choices:
        fields = choice.message.provider_specific_fields
        if fields and OUTPUT_ITEMS in fields:
            fields[OUTPUT_ORIGIN] = endpoint.home


def origin_of(completion: ModelResponse) -> str:
    """Return who made a completion's items, "" if that is not known."""
    fields = completion.choices[0].message.provider_specific_fields if completion.choices else None
    return str((fields or {}).get(OUTPUT_ORIGIN) or "")


def portable_items(items: list[Any], request: Request, endpoint: Endpoint) -> list[Any]:
    """Return the items of a native request as its endpoint can read them.

    Items whose maker is not known are those of the provider that the caller called; a fallback to
    another gets them without reasoning and without ids.
    """
    native = request.native
    makers: Mapping[str, str] = {} if native is None else native.makers
    if not makers and request.instead_of is None:
        return items
    home = endpoint.home
    called = called_home(request, home)
    return [
        each
        for item in items
        if (each := _portable(item, own=_maker(item, makers, called) == home)) is not None
    ]


def called_home(request: Request, home: str) -> str:
    """Return the home of the provider that the caller called, `home` if that is not known."""
    first = request.instead_of
    if first is None:
        return home
    resolve = request.adapter.resolve
    try:
        called = resolve(first).home
    except APIError:
        # Its name may be that of several deployments.
        return home
    # A wire may have completed the address of this one since, for example with a region.
    return home if called == resolve(request).home else called


def _maker(item: object, makers: Mapping[str, str], called: str) -> str:
    identity = (as_object(item) or {}).get("id")
    return makers.get(identity, called) if isinstance(identity, str) else called


def _portable(item: object, *, own: bool) -> object:
    fields = as_object(item)
    if own or fields is None:
        return item
    kind = fields.get("type", "message")
    if kind == "reasoning":
        return None
    if kind not in _PORTABLE:
        return item
    known = {name: value for name, value in fields.items() if name not in _OWN_FIELDS}
    if kind == "message" and (text := _text_of(known)) is not None:
        # Parts would need an id.
        known["content"] = text
    return known


def _text_of(message: JSON) -> str | None:
    """Return the text of an assistant's message, None if it has anything else."""
    parts = [as_object(part) or {} for part in as_array(message.get("content")) or ()]
    if not parts or any(part.get("type") != "output_text" for part in parts):
        return None
    return "".join(str(part.get("text") or "") for part in parts)


def check_stored(body: JSON, request: Request, endpoint: Endpoint) -> None:
    """Raise an error if a fallback's body names what only the provider before it stores.

    Raises:
        BadRequestError: it does.
    """
    first = request.instead_of
    if first is None:
        return
    for name in _STORED:
        if body.get(name) and called_home(request, endpoint.home) != endpoint.home:
            raise BadRequestError(
                f"{name}: not sent to the fallback {request.model}, because only the provider of "
                f"{first.model} has what it names",
                param=name,
            )
