"""Reading `tools` and `tool_choice`."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline import BadRequestError
from trunkline.adapters.encode.tool_choice import ParsedChoice, choose_tools, parse_tool_choice
from trunkline.pipeline.json_values import JSON

F: JSON = {"type": "function", "function": {"name": "f"}}
G: JSON = {"type": "function", "function": {"name": "g"}}


def allowed(mode: str, *tools: JSON) -> JSON:
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": list(tools)}}


@pytest.mark.parametrize(
    ("choice", "parsed"),
    [
        (None, ParsedChoice("auto")),
        ("auto", ParsedChoice("auto")),
        ("none", ParsedChoice("none")),
        ("required", ParsedChoice("required")),
        (F, ParsedChoice("required", "f")),
        ({"type": "function", "name": "f"}, ParsedChoice("required", "f")),
        ({"function": {"name": "f"}}, ParsedChoice("required", "f")),
        (allowed("auto", F, {"name": "g"}), ParsedChoice("auto", allowed=["f", "g"])),
        (allowed("required", G), ParsedChoice("required", allowed=["g"])),
    ],
)
def test_forms(choice: Any, parsed: ParsedChoice) -> None:
    assert parse_tool_choice(choice) == parsed


@pytest.mark.parametrize(
    "choice", ["f", 1, [], {"type": "custom", "custom": {"name": "f"}}, {"type": "function"}]
)
def test_other_forms(choice: Any) -> None:
    with pytest.raises(BadRequestError, match='tool_choice: expected "auto", "none"') as caught:
        parse_tool_choice(choice)
    assert caught.value.param == "tool_choice"


def test_tools_that_are_left_out() -> None:
    params = {"tools": [F, G]}
    assert choose_tools({**params, "tool_choice": G}, "x") == ([G], "required")
    assert choose_tools({**params, "tool_choice": allowed("auto", F)}, "x") == ([F], "auto")
    assert choose_tools({**params, "tool_choice": "none"}, "x") == ([F, G], "none")


def test_a_name_that_is_not_in_tools() -> None:
    with pytest.raises(BadRequestError, match=r"allowed_tools\.tools: 'g' is not the name of a"):
        choose_tools({"tools": [F], "tool_choice": allowed("auto", F, G)}, "x")
