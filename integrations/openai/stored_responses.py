"""Answer the OpenAI SDK's requests about a response that exists already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ... import NotFoundError
from .requests import path_of

if TYPE_CHECKING:
    import httpx2 as http


def is_stored_response(request: http.Request) -> bool:
    """Return whether a request is for something below /responses, such as /responses/{id}."""
    return "/responses/" in path_of(request)


def look_up_response(request: http.Request) -> NoReturn:
    """Refuse a request for a stored response.

    Raises:
        NotFoundError: always, because no responses are kept.
    """
    raise NotFoundError(
        f"{request.method} {path_of(request)}: trunkline keeps no responses, so they cannot be "
        "retrieved, cancelled, deleted or listed; send the whole conversation in `input`",
        code="unknown_url",
    )
