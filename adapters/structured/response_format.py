"""OpenAI's `response_format`, read for wires that write it in another form."""

from __future__ import annotations

from typing import NamedTuple

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import JSON, as_object

SCHEMA_PATH = "response_format.json_schema.schema"


class JSONFormat(NamedTuple):
    """A `response_format` that asks for JSON.

    Attributes:
        schema: the schema of the response, None for the type "json_object".
    """

    schema: JSON | None


def parse_response_format(given: object) -> JSONFormat | None:
    """Return the JSON that a `response_format` asks for, None if it asks for text.

    https://platform.openai.com/docs/api-reference/chat/create#chat-create-response_format

    Raises:
        BadRequestError: it has none of OpenAI's forms.
    """
    if given is None:
        return None
    fields = as_object(given) or {}
    kind = fields.get("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return JSONFormat(None)
    if kind != "json_schema":
        raise BadRequestError(
            'response_format: expected {"type": "text"}, {"type": "json_object"} or {"type": '
            f'"json_schema", "json_schema": {{"name": ..., "schema": ...}}}}, got type {kind!r}',
            param="response_format",
        )
    schema: object = (as_object(fields.get("json_schema")) or {}).get("schema")
    if schema is None:
        raise BadRequestError(f"{SCHEMA_PATH}: expected a JSON schema", param=SCHEMA_PATH)
    from .shape import check_shape  # noqa: PLC0415  # most calls have no schema

    return JSONFormat(check_shape(schema, SCHEMA_PATH))


def object_schema(given: object) -> JSON | None:
    """Return the schema of the object that a `response_format` asks for, None for text.

    Raises:
        BadRequestError: it has none of OpenAI's forms, or its schema is not that of an object.
    """
    wanted = parse_response_format(given)
    if wanted is None:
        return None
    schema = wanted.schema
    if schema is None:
        return {"type": "object", "additionalProperties": True}
    if schema.get("type", "object") != "object":
        raise BadRequestError(
            f"{SCHEMA_PATH}.type: expected 'object', got {schema['type']!r}; "
            "put the value into a property of an object",
            param=SCHEMA_PATH,
        )
    return {"type": "object", **schema}
