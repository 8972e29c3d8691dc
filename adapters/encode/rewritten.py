"""Change an encoded request: keep some fields of its body, or another path."""

from __future__ import annotations

from typing import Any

import msgspec

from ...pipeline.port import HTTPRequest


def changed_body(outgoing: HTTPRequest, keep: frozenset[str]) -> dict[str, Any]:
    """Return the fields of an encoded request's body that an endpoint takes."""
    body: dict[str, Any] = msgspec.json.decode(outgoing.body)
    return {name: value for name, value in body.items() if name in keep}


def changed_path(url: str, old: str, new: str) -> str:
    """Return an address whose path ends otherwise; its query stays."""
    path, question_mark, query = url.partition("?")
    return f"{path.removesuffix(old)}{new}{question_mark}{query}"
