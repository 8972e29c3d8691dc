"""Change an encoded request: select fields of its body, or change its path."""

from __future__ import annotations

from typing import Any

import msgspec

from ...pipeline.port import HTTPRequest


def changed_body(outgoing: HTTPRequest, keep: frozenset[str]) -> dict[str, Any]:
    """Return the fields in `keep` of an encoded request's body."""
    body: dict[str, Any] = msgspec.json.decode(outgoing.body)
    return {name: value for name, value in body.items() if name in keep}


def changed_path(url: str, old: str, new: str) -> str:
    """Return a URL whose path ends with `new` instead of `old`, with the same query."""
    path, question_mark, query = url.partition("?")
    return f"{path.removesuffix(old)}{new}{question_mark}{query}"
