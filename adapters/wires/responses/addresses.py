"""The addresses of single responses, below the address that creates them.

https://platform.openai.com/docs/api-reference/responses/get
"""

from __future__ import annotations

from ....pipeline.call.native import NativeCall
from ....pipeline.port import HTTPRequest
from ...encode.url_parts import path_part, query_of


def url_below(url: str, response_id: str, action: str = "") -> str:
    """Return the URL of a response, or of an action of it; the query stays."""
    root, mark, query = url.partition("?")
    return f"{root}/{path_part(response_id, 'response_id')}{action}{mark}{query}"


def send_to_response(outgoing: HTTPRequest, native: NativeCall, *, stream: bool) -> None:
    """Turn the request that creates a response into one that retrieves or cancels `native`'s."""
    outgoing.body = b""
    if native.action == "cancel":
        outgoing.url = url_below(outgoing.url, native.response_id, "/cancel")
        return
    outgoing.method = "GET"
    given = {**native.body, "stream": "true"} if stream else native.body
    query = query_of(given, "extra_query")
    url = url_below(outgoing.url, native.response_id)
    outgoing.url = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
