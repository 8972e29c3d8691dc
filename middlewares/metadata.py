"""Attach metadata, user, tags and an ID to a call."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from ..pipeline.call.request import NOTHING, Handler, Reply, Request, replace
from ..pipeline.errors import BadRequestError
from .checked_arguments import check_mapping, check_texts
from .metadata_context import ambient_metadata, check_tags, merge


class Metadata:
    """Collects the metadata that callbacks, spans and `response.call.metadata` show.

    Metadata is never sent to the provider; `user` also stays a request parameter.

    Options of a call: `metadata`, a dictionary; `tags`, a list of str, which becomes
    metadata["tags"]; `call_id`, which replaces the generated ID. The values of a call take
    precedence over those of `with trunkline.metadata(...)`, which take precedence over the
    client's.

    Args:
        defaults: metadata of every call through this client.

    Raises:
        BadRequestError: `tags` is not a list of str, or `call_id` is not a str.
    """

    options = frozenset({"call_id", "tags"})

    def __init__(self, defaults: Mapping[str, Any] = NOTHING) -> None:
        check_mapping("defaults", defaults)
        check_texts("defaults", defaults.keys())
        self._defaults = dict(defaults)
        if "tags" in self._defaults:
            self._defaults["tags"] = check_tags(self._defaults["tags"])

    def __repr__(self) -> str:
        return f"Metadata({', '.join(sorted(self._defaults))})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer with all metadata in `request.metadata`."""
        ambient = ambient_metadata()
        outer = merge(self._defaults, ambient) if self._defaults else ambient
        own = request.metadata
        options = request.options
        if (options and not self.options.isdisjoint(options)) or "user" in request.params:
            own = _own(request)
        if not outer and not own:
            return call_next(request)
        return _attach(replace(request, metadata=merge(outer, own)), call_next)


async def _attach(request: Request, call_next: Handler) -> Reply:
    reply = await call_next(request)
    # A cached response has the metadata of the call that filled the cache.
    reply.call.metadata = request.metadata
    return reply


def _own(request: Request) -> Mapping[str, Any]:
    """Return the metadata that the arguments of a call add."""
    options, added = request.options, dict[str, Any]()
    call_id = options.get("call_id")
    if call_id is not None:
        if not isinstance(call_id, str) or not call_id:
            raise BadRequestError(
                f"call_id: expected a non-empty str, got {call_id!r}", param="call_id"
            )
        request.identity.value = call_id
    if "tags" in options:
        added["tags"] = check_tags(options["tags"])
    if "user" in request.params:
        added["user"] = request.params["user"]
    return merge(request.metadata, added)
