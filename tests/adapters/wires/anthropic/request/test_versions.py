"""The version of the API that a request names, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, OLDER, PDF_SOURCE, send
from trunkline import BadRequestError

LATEST = {"anthropic-version": "2026-10-21"}
DOCUMENT = {"type": "document", "source": PDF_SOURCE}
CITED = {"type": "text", "text": "Hi", "citations": [{"type": "char_location"}]}


@pytest.mark.parametrize(
    ("messages", "arguments", "path"),
    [
        (HELLO, {"temperature": 0.5}, "temperature"),
        (HELLO, {"top_k": 5}, "top_k"),
        (HELLO, {"extra_body": {"top_p": 1}}, "top_p"),
        (
            [*HELLO, {"role": "assistant", "content": [DOCUMENT]}],
            {},
            "messages[1].content[0]",
        ),
        ([{"role": "user", "content": [CITED]}], {}, "messages[0].content[0]"),
        (
            [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Look:"},
                        {"type": "search_result", "source": "s", "title": "t", "content": [CITED]},
                    ],
                }
            ],
            {},
            "messages[0].content[1]",
        ),
    ],
)
def test_what_the_latest_refuses_goes_to_the_older(
    messages: list[Any], arguments: dict[str, Any], path: str
) -> None:
    assert send(messages, model=OLDER, **arguments).headers["anthropic-version"] == "2023-06-01"
    with pytest.raises(BadRequestError) as caught:
        send(messages, model=OLDER, extra_headers=LATEST, **arguments)
    assert caught.value.param == path
    assert "2023-06-01" in str(caught.value)


def test_all_else_goes_to_the_latest() -> None:
    messages = [
        *HELLO,
        {"role": "assistant", "content": [CITED]},
        {"role": "user", "content": [DOCUMENT]},
    ]
    assert send(messages).headers["anthropic-version"] == "2026-10-21"


def test_a_version_by_name() -> None:
    headers = send(extra_headers={"Anthropic-Version": "2023-06-01"}).headers
    assert headers["anthropic-version"] == "2023-06-01"
    assert "Anthropic-Version" not in headers
