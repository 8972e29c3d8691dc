"""URLs that a library could read in two ways are refused before anything is resolved."""

from __future__ import annotations

import pytest

from trunkline import BadRequestError, Client
from trunkline.pipeline.transport.urls import parse_url

MESSAGES = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    "url",
    [
        "http://one.test#@other.test",
        "http://one.test/#@other.test/v1",
        "http://one.test?#@other.test",
        "http://one.test/v1#part",
        "http://@other.test/",
        "http://:@other.test/",
        "http://one.test\\@other.test/",
        "http://one.test\\other.test/",
        "http://one.test%2f@other.test/",
        "http://one%2etest/",
        "http://one.test\t.other.test/",
        "http://one.test\n/v1",
        "http://one.test,other.test/",
        "http://one test/",
        "http://[::1",
        "http://[::1]other.test/",
        "http://[one.test]/",
        "http://one.test:1:2/",
        "http://one.test:99999/",
        "http://one.test:x/",
        "http://\ud800.test/",
        "http://one.test/\ud800",
        "http://one.test/é",
        "http://one.test/?é",
        "http:///v1",
        "//one.test/v1",
        "file:///etc/passwd",
        "one.test/v1",
        " ",
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse_url(url)
    assert caught.value.param == "base_url"
    with Client(middlewares=[]) as client, pytest.raises(BadRequestError) as caught:
        client.completion("openai/gpt-4o", MESSAGES, base_url=url, api_key="k")
    assert caught.value.param == "base_url"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://one.test:8080/v1?a=b@c", b"one.test"),
        ("http://my_server/v1", b"my_server"),
        ("http://[::1]:80/v1", b"::1"),
        ("http://[fe80::1%eth0]/", b"fe80::1%eth0"),
        ("http://bücher.test/", b"xn--bcher-kva.test"),
        ("http://2130706433/", b"2130706433"),
    ],
)
def test_accepted(url: str, host: bytes) -> None:
    assert parse_url(url).host == host


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://One.test:80/v1", b"one.test"),
        ("https://one.test:443/v1", b"one.test"),
        ("https://one.test:80/v1", b"one.test:80"),
        ("http://one.test:443/v1", b"one.test:443"),
        ("http://[::1]:80/v1", b"[::1]"),
        ("http://[::1]:8080/v1", b"[::1]:8080"),
    ],
)
def test_authority(url: str, authority: bytes) -> None:
    """As the Host header has it, and as AWS signs it."""
    target = parse_url(url)
    assert target.authority == authority
    assert target.origin.encode() == target.scheme + b"://" + authority
