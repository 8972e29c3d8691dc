"""A base_url without its version is named in the 404."""

from __future__ import annotations

import pytest

from tests.support.answers import MESSAGES, failing
from tests.support.server import Server
from trunkline import APIError, completion

KEY = "k" * 9


@pytest.mark.parametrize("status", [404, 405])
def test_the_error_says_what_to_try(server: Server, status: int) -> None:
    server.reply(failing(status))
    root = server.url.removesuffix("/v1")
    with pytest.raises(APIError, match=f"base_url is {root}; .* are at {root}/v1"):
        completion("openai/x", MESSAGES, base_url=f"{root}/", api_key=KEY)


@pytest.mark.parametrize(("path", "status"), [("/v1", 404), ("/api/v3", 404), ("", 400)])
def test_other_errors_stay_as_they_are(server: Server, path: str, status: int) -> None:
    server.reply(failing(status))
    root = server.url.removesuffix("/v1")
    with pytest.raises(APIError) as caught:
        completion("openai/x", MESSAGES, base_url=root + path, api_key=KEY)
    assert "base_url" not in str(caught.value)
