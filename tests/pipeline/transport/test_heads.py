"""Request heads: what is reused for later requests, and what HTTP does not allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import BadRequestError
from trunkline.pipeline.port import HTTPRequest
from trunkline.pipeline.transport.headers import Heads, check_head
from trunkline.pipeline.transport.urls import parse_url

KEY = "sk-0123456789abcdef"


def request(
    headers: dict[str, str],
    url: str = "http://a.test/v1",
    body: bytes = b"{}",
    method: str = "POST",
) -> HTTPRequest:
    return HTTPRequest(url=url, headers=headers, body=body, method=method)


def written(heads: Heads, sent: HTTPRequest) -> bytes:
    return heads.write(sent, parse_url(sent.url)).reveal()


def test_a_head() -> None:
    sent = request({"Authorization": f" Bearer {KEY} ", "X-Name": "caf\xe9\tau lait"})
    lines = written(Heads(), sent).split(b"\r\n")
    assert lines.pop(2).startswith(b"Accept-Encoding: gzip, deflate")
    assert lines == [
        b"POST /v1 HTTP/1.1",
        b"Host: a.test",
        f"Authorization: Bearer {KEY}".encode(),
        b"X-Name: caf\xe9\tau lait",
        b"Content-Length: 2",
        b"",
        b"",
    ]


@given(
    st.lists(
        st.builds(
            request,
            st.dictionaries(st.sampled_from(["A", "B", "C"]), st.sampled_from(["", "1", "2"])),
            st.sampled_from(["http://a.test/v1", "http://a.test/v2", "http://b.test/v1"]),
            st.binary(max_size=3),
            st.sampled_from(["GET", "POST"]),
        ),
        max_size=8,
    )
)
def test_what_is_kept_changes_no_head(sent: list[HTTPRequest]) -> None:
    heads = Heads()
    for each in sent:
        kept, fresh = written(heads, each), written(Heads(), each)
        # HTTP gives the order of different headers no meaning.
        assert sorted(kept.split(b"\r\n")) == sorted(fresh.split(b"\r\n"))


def test_headers_that_the_connection_sets() -> None:
    given = {"host": "b.test", "Content-length": "7", "TRANSFER-ENCODING": "chunked", "X-A": "1"}
    assert written(Heads(), request(given)) == written(Heads(), request({"X-A": "1"}))


def test_headers_that_change_in_place() -> None:
    heads, headers = Heads(), {"X-Key": "one"}
    assert b"X-Key: one\r\n" in written(heads, request(headers))
    headers["X-Key"] = "two"
    assert b"X-Key: two\r\n" in written(heads, request(headers))


def test_the_number_of_urls_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkline.pipeline.transport.headers.MAX_STARTS", 2)
    heads = Heads()
    for number in range(5):
        written(heads, request({}, f"http://a.test/{number}"))
        assert len(heads) <= 2
    heads.clear()
    assert len(heads) == 0


@pytest.mark.parametrize(
    "value", ["a\nb", "a\r\nb: c", "a\n", "a\0b", "a\x0bb", "a\x1fb", "a\x7fb", "\u20ac"]
)
def test_a_value_that_http_does_not_allow(value: str) -> None:
    with pytest.raises(
        BadRequestError, match=r"header 'X-Key': the value has a line break"
    ) as info:
        check_head(request({"X-Key": f"{KEY}{value}"}))
    assert KEY not in str(info.value)
    # The first frame is this test's.
    frames = [each.frame.f_locals for each in info.traceback[1:]]
    assert frames
    assert KEY not in repr(frames)


@pytest.mark.parametrize("method", ["", "GET /", "GET\r\nX: 1", "G\xe9T"])
def test_a_method_that_http_does_not_allow(method: str) -> None:
    with pytest.raises(BadRequestError, match="method"):
        check_head(request({}, method=method))
