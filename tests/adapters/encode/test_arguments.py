"""Arguments of tool calls in a conversation, for providers that want an object."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline import BadRequestError
from trunkline.adapters.encode.conversation import arguments_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        (" \n", {}),
        ("null", {}),
        (" null ", {}),
        ("{}", {}),
        ('{"a": null}', {"a": None}),
        ('{"a": 1, "b": "x', {"a": 1, "b": "x"}),
    ],
)
def test_objects(text: str, value: dict[str, Any]) -> None:
    assert arguments_of({"function": {"name": "f", "arguments": text}}, "m") == value


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "nul", "none"])
def test_what_is_not_an_object(text: str) -> None:
    with pytest.raises(BadRequestError, match=r"^m\.function\.arguments: expected"):
        arguments_of({"function": {"name": "f", "arguments": text}}, "m")
