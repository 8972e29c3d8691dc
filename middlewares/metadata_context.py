"""Metadata for every call made inside a `with` block."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from ..pipeline.call.request import NOTHING
from ..pipeline.errors import BadRequestError
from ..pipeline.json_values import as_array

_ambient: ContextVar[Mapping[str, Any]] = ContextVar("trunkline_metadata", default=NOTHING)


@contextmanager
def metadata(**values: Any) -> Generator[None]:
    """Attach metadata to every call made inside the `with` block, blocking or asynchronous.

    Inner values override outer ones, and the values of a call override both; `tags` are added
    together. Metadata follows the context: tasks started inside the block have it, and so do
    threads that run in a copy of the context (`contextvars.copy_context().run`,
    `asyncio.to_thread`). Other threads do not.

    Raises:
        BadRequestError: `tags` is not a list of str.
    """
    if "tags" in values:
        values["tags"] = check_tags(values["tags"])
    token = _ambient.set(merge(_ambient.get(), values))
    try:
        yield
    finally:
        _ambient.reset(token)


def ambient_metadata() -> Mapping[str, Any]:
    """Return the metadata of the enclosing `with` blocks."""
    return _ambient.get()


def merge(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return both combined: `inner` overrides `outer`, and tags are added together."""
    merged = {**outer, **inner}
    tags = [as_array(each["tags"]) or [] for each in (outer, inner) if "tags" in each]
    if len(tags) == 2:
        merged["tags"] = list(dict.fromkeys(tags[0] + tags[1]))
    return merged


def check_tags(tags: object) -> list[str]:
    """Return tags as a list.

    Raises:
        BadRequestError: it is not a list of str.
    """
    items = list(cast("list[object]", tags)) if isinstance(tags, list | tuple) else [None]
    if not all(isinstance(tag, str) for tag in items):
        raise BadRequestError(f"tags: expected a list of str, got {tags!r}", param="tags")
    return cast("list[str]", items)
