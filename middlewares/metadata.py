"""Attach the caller's notes to a call: metadata, user, tags and an id."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from ..pipeline.call.request import NOTHING, Handler, Reply, Request, replace
from ..pipeline.errors import BadRequestError
from .metadata_context import ambient_metadata, check_tags, merge


class Metadata:
    """Gathers what callbacks, spans and the response (`response.call.metadata`) say of a call.

    It is never sent, but for `user`, which stays a parameter of the provider as well.

    Options of a call: `metadata`, a dictionary; `tags`, a list of texts, which becomes
    metadata["tags"]; `call_id`, an id instead of the one made here. A call's own values go before
    those of `with trunkline.metadata(...)`, and these before the client's.

    Args:
        defaults: metadata of every call through this client.

    Raises:
        BadRequestError: `tags` is no list of texts, or `call_id` no text.
    """

    options = frozenset({"call_id", "tags"})

    def __init__(self, defaults: Mapping[str, Any] = NOTHING) -> None:
        self._defaults = dict(defaults)
        if "tags" in self._defaults:
            self._defaults["tags"] = check_tags(self._defaults["tags"])

    def __repr__(self) -> str:
        return f"Metadata({', '.join(sorted(self._defaults))})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on with everything gathered in `request.metadata`."""
        ambient = ambient_metadata()
        outer = merge(self._defaults, ambient) if self._defaults else ambient
        own = request.metadata
        if not self.options.isdisjoint(request.options) or "user" in request.params:
            own = _own(request)
        if not outer and not own:
            return call_next(request)
        return _attach(replace(request, metadata=merge(outer, own)), call_next)


async def _attach(request: Request, call_next: Handler) -> Reply:
    reply = await call_next(request)
    # An answer out of a cache brings what was attached to the call that filled it.
    reply.call.metadata = request.metadata
    return reply


def _own(request: Request) -> Mapping[str, Any]:
    """Return the metadata that a call's own arguments add up to."""
    options, added = request.options, dict[str, Any]()
    call_id = options.get("call_id")
    if call_id is not None:
        if not isinstance(call_id, str) or not call_id:
            raise BadRequestError(f"call_id: expected text, got {call_id!r}", param="call_id")
        request.identity.value = call_id
    if "tags" in options:
        added["tags"] = check_tags(options["tags"])
    if "user" in request.params:
        added["user"] = request.params["user"]
    return merge(request.metadata, added)
