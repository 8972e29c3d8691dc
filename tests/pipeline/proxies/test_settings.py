"""Which proxy a URL has."""

from __future__ import annotations

import pytest

from trunkline.pipeline.proxies import Proxy, find_proxy
from trunkline.pipeline.transport.urls import parse_url


def find(url: str) -> Proxy | None:
    target = parse_url(url)
    return find_proxy(target.scheme.decode(), target.host.decode(), target.port)


def proxy_of(url: str) -> str | None:
    proxy = find(url)
    return None if proxy is None else f"{proxy.scheme}://{proxy.name}"


@pytest.fixture(autouse=True)
def _proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://one:81")
    monkeypatch.setenv("HTTPS_PROXY", "two")
    monkeypatch.setenv("ALL_PROXY", "socks5://[::9]")


def test_the_variable_of_each_scheme() -> None:
    assert proxy_of("http://a.test") == "http://one:81"
    assert proxy_of("https://a.test") == "http://two:80"


def test_the_variable_of_all_schemes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS_PROXY")
    assert proxy_of("https://a.test") == "socks5://[::9]:1080"


def test_lower_case_takes_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://lower:1")
    monkeypatch.setenv("https_proxy", "")
    monkeypatch.setenv("all_proxy", "")
    assert proxy_of("http://a.test") == "http://lower:1"
    assert proxy_of("https://a.test") is None


def test_a_header_of_a_cgi_request_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    monkeypatch.delenv("ALL_PROXY")
    assert proxy_of("http://a.test") is None
    assert proxy_of("https://a.test") == "http://two:80"


def test_a_login_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:geheim%40@one:81")
    proxy = find("http://a.test")
    assert proxy is not None
    assert proxy.login is not None
    assert proxy.login.reveal() == "me:geheim@"
    assert "geheim" not in repr(proxy)


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("*", "http://a.test"),
        ("a.test", "http://a.test"),
        ("a.test", "https://sub.A.test:8443"),
        (".a.test", "http://sub.a.test"),
        (".a.test", "http://a.test"),
        ("*.a.test", "http://sub.a.test"),
        ("A.TEST.", "http://a.test"),
        ("x, a.test", "http://a.test"),
        ("x a.test", "http://a.test"),
        ("a.test:80", "http://a.test"),
        ("a.test:443", "https://a.test"),
        ("a.test:8080", "http://a.test:8080"),
        ("localhost", "http://localhost:11434"),
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("10.0.0.0/8", "http://10.1.2.3"),
        ("192.168.1.77/24", "http://192.168.1.5"),
        ("::1", "http://[::1]:8080"),
        ("[::1]", "http://[::1]:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("fd00::/8", "http://[fd12::3]"),
        ("[fd00::]/8", "http://[fd12::3]"),
        ("0:0:0:0:0:0:0:1", "http://[::1]"),
    ],
)
def test_hosts_without_a_proxy(no_proxy: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert proxy_of(url) is None


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("", "http://a.test"),
        (",", "http://a.test"),
        ("a.test", "http://ba.test"),
        ("a.test", "http://a.test.evil"),
        ("a.test:8080", "http://a.test"),
        ("10.0.0.0/8", "http://11.0.0.1"),
        ("10.0.0.0/8", "http://10.0.0.1.test"),
        ("127.0.0.1:1", "http://127.0.0.1"),
        ("::1", "http://127.0.0.1"),
        ("::1", "http://[::2]"),
        ("0.0.0.1", "http://a.test"),
        (".", "http://a.test"),
        ("10.0.0.0/99", "http://10.0.0.1"),
    ],
)
def test_hosts_with_a_proxy(no_proxy: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert proxy_of(url) == "http://one:81"
