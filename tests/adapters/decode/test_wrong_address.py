"""A base_url without its version is named in the 404."""

from __future__ import annotations

import re

import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Answer, Server, answer_json
from trunkline import APIError, completion

KEY = "k" * 9


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b'{"detail": "Not Found"}'),
        (404, b"404 page not found"),
        (405, b'{"detail": "Method Not Allowed"}'),
        (404, b'{"error": {"message": "Not found"}}'),
        (404, b'{"error": {"message": "File Not Found", "type": "not_found_error"}}'),
        (404, b'{"error": {"message": "Invalid URL (POST /chat/completions)"}}'),
    ],
)
def test_the_error_says_what_to_try(server: Server, status: int, body: bytes) -> None:
    server.reply(Answer([body], status=status))
    root = server.url.removesuffix("/v1")
    with pytest.raises(APIError, match=f"base_url is {root}; .* are at {root}/v1"):
        completion("openai/x", MESSAGES, base_url=f"{root}/", api_key=KEY)


@pytest.mark.parametrize("endpoint", ["/chat/completions", "/responses/"])
def test_the_address_of_an_endpoint(server: Server, endpoint: str) -> None:
    server.reply(Answer([b'{"detail": "Not Found"}'], status=404))
    with pytest.raises(APIError, match=f"leave the end out: {server.url}\\)"):
        completion("openai/x", MESSAGES, base_url=server.url + endpoint, api_key=KEY)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/v1", 404, "Not Found"),
        ("/api/v3", 404, "Not Found"),
        ("", 400, "Not Found"),
        ("", 404, "The model x was not found"),
    ],
)
def test_other_errors_stay_as_they_are(
    server: Server, path: str, status: int, message: str
) -> None:
    server.reply(answer_json({"error": {"message": message}}, status))
    root = server.url.removesuffix("/v1")
    with pytest.raises(APIError) as caught:
        completion("openai/x", MESSAGES, base_url=root + path, api_key=KEY)
    assert "base_url" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://me:secret@example.com/v1?key=secret", "to https://example.com/v1, and"),
        ("/login", "to /login, and"),
        ("//example.com/v1", "to //example.com/v1, and"),
        (None, "to an address that it does not name, and"),
    ],
)
def test_a_redirect(server: Server, location: str | None, named: str) -> None:
    headers = {} if location is None else {"location": location}
    server.reply(Answer([b""], status=307, headers=headers))
    with pytest.raises(APIError, match=re.escape(f"redirects {named} redirects are not")) as caught:
        completion("openai/x", MESSAGES, base_url=server.url, api_key=KEY)
    assert "secret" not in str(caught.value)
