"""The version of the API that a request is for: the latest that takes its body.

https://platform.claude.com/docs/en/api/versioning and, for what each version refuses,
https://platform.claude.com/docs/en/api/migration-2026-10-21
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ....pipeline.call.request import Request, replace
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ...provider.row import Provider

_HEADER = "anthropic-version"
_LATEST = "2026-10-21"
_OLDER = "2023-06-01"
_SAMPLING = ("temperature", "top_p", "top_k")


class Refused(NamedTuple):
    """The part of a body that the latest version refuses, and why."""

    path: str
    reason: str


def take_version(
    request: Request, provider: Provider, body: JSON
) -> tuple[Request, dict[str, str]]:
    """Return the request without the caller's header, and the header that names the version.

    Raises:
        BadRequestError: the caller or the row chose a version that refuses the body.
    """
    version = provider.headers.get(_HEADER)
    others: dict[str, str] = {}
    for name, value in request.extra_headers.items():
        if name.lower() == _HEADER:
            version = value
        else:
            others[name] = value
    refused = find_refused(body) if version is None or version >= _LATEST else None
    if version is not None and refused is not None:
        raise BadRequestError(
            f"{refused.path}: version {version} of the API {refused.reason}; leave it out, or "
            f"use {_OLDER}",
            param=refused.path,
        )
    if version is None:
        version = _LATEST if refused is None else _OLDER
    if len(others) < len(request.extra_headers):
        request = replace(request, extra_headers=others)
    return request, {_HEADER: version}


def find_refused(body: Mapping[str, Any]) -> Refused | None:
    """Return the first part of a body that the latest version refuses."""
    for name in _SAMPLING:
        if name in body:
            return Refused(name, "has no sampling parameters")
    for number, message in enumerate(as_array(body.get("messages")) or ()):
        fields = as_object(message) or {}
        for position, block in enumerate(as_array(fields.get("content")) or ()):
            reason = _reason(str(fields.get("role")), as_object(block) or {})
            if reason:
                return Refused(f"messages[{number}].content[{position}]", reason)
    return None


def _reason(role: str, block: JSON) -> str:
    """Return why the latest version refuses a block, "" if it takes it."""
    if role == "assistant" and block.get("type") == "document":
        return "takes no documents in assistant messages"
    if role == "user" and _is_cited(block):
        return "takes no text with citations in user messages"
    return ""


def _is_cited(block: JSON) -> bool:
    """Return whether a block is or holds a text with citations."""
    kind = block.get("type")
    if kind == "text":
        return bool(block.get("citations"))
    if kind not in ("search_result", "tool_result"):
        return False
    inner = as_array(block.get("content")) or ()
    return any(_is_cited(as_object(one) or {}) for one in inner)
