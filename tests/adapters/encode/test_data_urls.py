"""Reading `data:` URLs."""

from __future__ import annotations

import pytest

from trunkline import BadRequestError
from trunkline.adapters.encode.data_urls import Media, parse_data_url


def test_parse_base64() -> None:
    assert parse_data_url("data:image/PNG;base64,aGk=", "x") == Media("image/png", "aGk=")


def test_parse_with_attributes() -> None:
    found = parse_data_url("data:text/plain;charset=utf-8;BASE64,aGk=", "x")
    assert found == Media("text/plain", "aGk=")


def test_parse_percent_encoded() -> None:
    assert parse_data_url("data:,h%69", "x") == Media("text/plain", "aGk=")


@pytest.mark.parametrize("url", ["", "http://x", "data:image/png", "data:image/png;base64,a b"])
def test_parse_names_the_place(url: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse_data_url(url, "messages[0].content[1]")
    assert caught.value.param == "messages[0].content[1]"
    assert str(caught.value).startswith("messages[0].content[1]: ")
