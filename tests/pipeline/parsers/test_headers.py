"""Both parsers read the same headers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkline.pipeline.parsers import Parser
from trunkline.pipeline.parsers.h11_parser import H11Parser
from trunkline.pipeline.parsers.httptools_parser import HttptoolsParser
from trunkline.pipeline.transport.headers import plain_headers

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
FIRST = b"HTTP/1.1 200 OK\r\nX-A: one\r\nContent-Length: 2\r\nx-a:  caf\xe9 \r\n\r\n{}"
SECOND = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize("make", [H11Parser, HttptoolsParser])
def test_headers(make: Callable[[], Parser]) -> None:
    parser = make()
    parser.begin("POST")
    assert parser.feed(HINTS + FIRST) == b"{}"
    # Of two with one name the last counts, and none is left of an interim response.
    assert plain_headers(parser.headers.items()) == {"x-a": "caf\xe9", "content-length": "2"}
    parser.begin("POST")
    assert parser.feed(SECOND) == b""
    assert plain_headers(parser.headers.items()) == {"content-length": "0"}
    assert parser.reusable
