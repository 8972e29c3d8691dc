"""Reading `response_format`."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline import BadRequestError
from trunkline.adapters.structured.response_format import object_schema


def test_any_object() -> None:
    assert object_schema({"type": "json_object"}) == {
        "type": "object",
        "additionalProperties": True,
    }


@pytest.mark.parametrize("wanted", ["json", {}, {"type": "xml"}])
def test_other_forms(wanted: Any) -> None:
    with pytest.raises(BadRequestError) as caught:
        object_schema(wanted)
    assert caught.value.param == "response_format"


@pytest.mark.parametrize("inner", [{}, {"json_schema": {}}, {"json_schema": {"schema": "x"}}])
def test_a_missing_schema(inner: Any) -> None:
    with pytest.raises(BadRequestError) as caught:
        object_schema({"type": "json_schema", **inner})
    assert caught.value.param == "response_format.json_schema.schema"


def test_a_schema_that_is_not_an_object() -> None:
    wanted = {"type": "json_schema", "json_schema": {"schema": {"type": "array"}}}
    with pytest.raises(BadRequestError, match=r"schema\.type: expected 'object', got 'array'"):
        object_schema(wanted)
