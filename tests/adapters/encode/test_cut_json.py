"""JSON text that was cut off at any place."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from trunkline.adapters.encode.cut_json import decode_cut
from trunkline.pipeline.json_values import as_object


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"path": "a.txt", "text": "abc', {"path": "a.txt", "text": "abc"}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b"', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": 1,', {"a": 1}),
        ('{"a": 1, "b": tru', {"a": 1}),
        ('{"a": 1, "b": -', {"a": 1}),
        ('{"a": 1, "b": 2.', {"a": 1}),
        ('{"a": 12', {"a": 12}),
        ('{"a": [1, {"b": 2}, "x', {"a": [1, {"b": 2}, "x"]}),
        ('{"a": {"b": ', {"a": {}}),
        ("{", {}),
        (r'{"a": "x\\', {"a": "x\\"}),
        ('{"a": "x\\', {"a": "x"}),
        (r'{"a": "x\u00', {"a": "x"}),
        (r'{"a": "x\ud83d', {"a": "x"}),
        (r'{"a": "x\ud83d\ude', {"a": "x"}),
        (r'{"a": "x\\ud83', {"a": "x\\ud83"}),
        ('{"a": "[{,:', {"a": "[{,:"}),
        ("[1, 2", [1, 2]),
        (r'{"a": "x\ud83d"}', {"a": "x\ufffd"}),
        (r'{"a": "\ude00x", "b": "c', {"a": "\ufffdx", "b": "c"}),
        ('{"a": "\ud83d"}', {"a": "\ufffd"}),
        ('{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}),
    ],
)
def test_what_there_is(text: str, value: object) -> None:
    assert decode_cut(text) == value


WHOLE: dict[str, Any] = {
    "text": 'say "hi"\n\\ 😀 {[,:]}',
    "list": [1, -2.5e10, None, True, {"x": [[]]}],
    "empty": {},
    "": "",
}


@pytest.mark.parametrize("ascii_only", [True, False])
def test_every_cut_of_a_text_is_a_part_of_it(ascii_only: bool) -> None:
    text = json.dumps(WHOLE, ensure_ascii=ascii_only)
    assert decode_cut(text) == WHOLE
    for end in range(1, len(text)):
        found = as_object(decode_cut(text[:end]))
        assert found is not None
        assert list(found) == list(WHOLE)[: len(found)]


@pytest.mark.parametrize("text", ["nope", "{a: 1}", '{"a": 1} x', '{"a": 1. }', "", '{"a": "x" "b'])
def test_what_is_not_json(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_cut(text)
