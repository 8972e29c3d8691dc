"""When the items of a response go back as they came, and when the message counts instead."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.adapters.wires.responses.messages import input_items
from trunkline.pipeline.json_values import JSON

ARGUMENTS = '{"city":"Paris","days":1}'
ITEMS: list[JSON] = [
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAA"},
    {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "get", "arguments": ARGUMENTS},
    {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c2", "name": "sql", "input": "1.0"},
]


def sent(arguments: str = ARGUMENTS, text: str = "1.0") -> list[JSON]:
    """Return the items of a message whose calls have these arguments."""
    message: Any = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "get", "arguments": arguments}},
            {"id": "c2", "type": "custom", "custom": {"name": "sql", "input": text}},
        ],
        "provider_specific_fields": {"responses_output": ITEMS},
    }
    return input_items((message,), "openai")


@pytest.mark.parametrize("arguments", [ARGUMENTS, '{"city": "Paris", "days": 1}'])
def test_arguments_that_were_encoded_again_are_the_same(arguments: str) -> None:
    assert sent(arguments) == ITEMS


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"city":"Rome","days":1}', "1.0"),
        ('{"city":"Paris","days":true}', "1.0"),
        ("{", "1.0"),
        (ARGUMENTS, "1"),
    ],
)
def test_what_was_changed_counts(arguments: str, text: str) -> None:
    items = sent(arguments, text)
    assert [item["type"] for item in items] == ["function_call", "custom_tool_call"]
    assert (items[0]["arguments"], items[1]["input"]) == (arguments, text)
