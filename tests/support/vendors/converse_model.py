"""Check requests to Converse with Amazon's own model of them."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import Session
from botocore.validate import ParamValidator

from trunkline.pipeline.json_values import as_array, as_object


@cache
def _service() -> ServiceModel:
    return Session().get_service_model("bedrock-runtime")


def shape_of(name: str) -> StructureShape:
    """Return Amazon's type of this name."""
    shape = _service().shape_for(name)
    assert isinstance(shape, StructureShape)
    return shape


@cache
def _operation() -> OperationModel:
    return _service().operation_model("Converse")


def check_converse(body: dict[str, Any], model: str) -> None:
    """Assert that botocore would send this body."""
    shape = _operation().input_shape
    assert shape is not None
    params = as_object(_with_bytes({"modelId": model, **body}, shape, "")) or {}
    report = ParamValidator().validate(params, shape)
    assert not report.has_errors(), report.generate_report()


def _with_bytes(value: object, shape: Shape, path: str) -> object:
    """Return what botocore takes where JSON has base64; check values, which botocore does not."""
    fields, items = as_object(value), as_array(value)
    if isinstance(shape, StructureShape) and fields is not None and shape.members:
        return {
            name: _with_bytes(item, shape.members[name], f"{path}.{name}")
            if name in shape.members
            else item
            for name, item in fields.items()
        }
    if isinstance(shape, ListShape) and items is not None:
        return [_with_bytes(item, shape.member, f"{path}[{n}]") for n, item in enumerate(items)]
    if isinstance(shape, MapShape) and fields is not None:
        return {
            name: _with_bytes(item, shape.value, f"{path}.{name}") for name, item in fields.items()
        }
    if not isinstance(value, str):
        return value
    if shape.type_name == "blob":
        return base64.b64decode(value, validate=True)
    if shape.type_name == "string":
        _check_text(value, shape, path)
    return value


def _check_text(value: str, shape: Shape, path: str) -> None:
    known = shape.metadata.get("enum")
    assert not known or value in known, f"{path}: {value!r} is none of {known}"
    pattern = shape.metadata.get("pattern")
    assert not pattern or re.search(f"^(?:{pattern})$", value), f"{path}: {value!r}"
    longest = shape.metadata.get("max")
    assert not longest or len(value) <= longest, f"{path}: {len(value)} letters"
