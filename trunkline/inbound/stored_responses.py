"""Requests about a response that `response_store` keeps."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ..clients.client import Client
from ..clients.responses.conversations import StoredResponse
from ..pipeline.errors import BadRequestError, NotFoundError
from ..pipeline.json_values import JSON
from .exchange import Received

#: Methods and what follows the id in a path.
_ENDPOINTS = (("GET", ""), ("GET", "input_items"), ("POST", "cancel"))
#: How many items OpenAI lists at most, and how many by default.
_MAX_ITEMS, _ITEMS = 100, 20


class StoredRequest(Struct, frozen=True):
    """A request about a stored response.

    Attributes:
        response_id: the response's id.
        about: "" for the response, "input_items" or "cancel".
        query: the parameters.
    """

    response_id: str
    about: str
    query: Mapping[str, str]


def read_stored_request(client: Client, request: Received) -> StoredRequest:
    """Return what a request asks about which stored response.

    Raises:
        NotFoundError: there is no such endpoint, or the client has no `response_store`.
    """
    path = request.path
    response_id, _, about = path.rpartition("/responses/")[2].partition("/")
    if (request.answered_as, about) not in _ENDPOINTS:
        known = ", ".join(
            f"{method} /responses/{{id}}{name and '/' + name}" for method, name in _ENDPOINTS
        )
        raise NotFoundError(
            f"{request.method} {path}: of stored responses, trunkline supports only {known}",
            code="unknown_url",
        )
    if client.settings.response_store is None:
        raise NotFoundError(
            f"{request.method} {path}: no responses are stored; they need a "
            "Client(response_store=...); or send the whole conversation in `input`",
            code="response_not_found",
        )
    return StoredRequest(response_id, about, request.query)


def describe_stored(request: StoredRequest, stored: StoredResponse) -> JSON:
    """Return the body that answers a request about a stored response.

    Raises:
        BadRequestError: the response is to be cancelled or streamed, although it is complete.
    """
    if request.about == "input_items":
        return _list_items(stored, request.query)
    if request.about == "cancel":
        raise BadRequestError(f"{request.response_id}: is complete and cannot be cancelled")
    if request.query.get("stream") == "true":
        raise BadRequestError(
            f"stream: {request.response_id} is complete; retrieve it without stream", param="stream"
        )
    return stored.response.model_dump()


def _list_items(stored: StoredResponse, query: Mapping[str, str]) -> JSON:
    """Return a page of the items that led to a response, the newest first by default.

    Source: https://platform.openai.com/docs/api-reference/responses/input-items
    """
    items = [_with_parts(item) for item in stored.input_items]
    if query.get("order") != "asc":
        items.reverse()
    ids = [item["id"] for item in items]
    after = query.get("after")
    start = ids.index(after) + 1 if after in ids else 0
    size = min(_read_limit(query.get("limit")), _MAX_ITEMS)
    page = items[start : start + size]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + size < len(items),
    }


def _with_parts(item: JSON) -> JSON:
    """Return an item whose content is a list, as OpenAI lists those that were given as text."""
    content = item.get("content")
    if not isinstance(content, str):
        return item
    if item.get("role") == "assistant":
        return {**item, "content": [{"type": "output_text", "text": content, "annotations": []}]}
    return {**item, "content": [{"type": "input_text", "text": content}]}


def _read_limit(text: str | None) -> int:
    if text is None:
        return _ITEMS
    if not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise BadRequestError(
            f"limit: expected 1 to {_MAX_ITEMS}, got {text[:20]!r}", param="limit"
        )
    return int(text)
