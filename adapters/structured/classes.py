"""A class as `response_format`: send its schema, and return an object of the class.

This works with classes of msgspec (Struct) and pydantic (BaseModel), dataclasses and TypedDicts.
Like `parse` in OpenAI's SDK, a call without streaming raises if the text does not match the class,
for example because it was cut off (finish reason "length"). `parsed` is None if the model refused
or called tools. A stream has already returned its text when that is checked, so reading
`stream.response.parsed` raises.

https://platform.openai.com/docs/guides/structured-outputs
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, is_typeddict

from msgspec import Struct

from ...pipeline.call.parsing import ClassParser, class_schema, is_pydantic
from ...pipeline.call.request import Reply, Request, replace
from ...pipeline.errors import BadRequestError, JSONSchemaValidationError
from ...pipeline.json_values import JSON
from ...pipeline.schema.model_response import ModelResponse, expect_class
from .strict import inline_root, make_strict

_NAME_LENGTH = 64


def wants_class(request: Request) -> bool:
    """Return whether `response_format` is neither a dictionary nor a string."""
    wanted: object = request.params.get("response_format")
    return wanted is not None and not isinstance(wanted, (Mapping, str))


async def answer_as_class(answer: Callable[[Request], Awaitable[Reply]], request: Request) -> Reply:
    """Answer a request whose `response_format` is a class.

    Raises:
        BadRequestError: this kind of class is not supported.
        JSONSchemaValidationError: the text of a response does not match; `body` is the text, and
            `partial` the response.
    """
    kind: object = request.params["response_format"]
    params = {**request.params, "response_format": response_format(kind)}
    reply = await answer(replace(request, params=params))
    parse = ClassParser(kind=kind, model=request.model, provider=reply.call.provider)
    if isinstance(reply, ModelResponse):
        expect_class(reply, parse)
        try:
            for choice in reply.choices:
                # Parsed now, so that the call raises if the text does not match.
                _ = choice.message.parsed
        except JSONSchemaValidationError as error:
            error.attempts = reply.call.attempts
            error.partial = reply
            raise
    else:
        reply.call.parse = parse
    return reply


def response_format(kind: object) -> JSON:
    """Return OpenAI's `response_format` for a class, with `strict` if its schema allows that.

    Raises:
        BadRequestError: this kind of class is not supported, or it has no JSON schema.
    """
    if isinstance(kind, type) and (is_pydantic(kind) or _is_known(kind)):
        return _format_of(kind)
    raise BadRequestError(
        "response_format: expected a dictionary or a class (a msgspec Struct, a pydantic model, "
        f"a dataclass or a TypedDict), got {kind!r}",
        param="response_format",
    )


@lru_cache(maxsize=256)
def _format_of(kind: Any) -> JSON:
    try:
        schema = inline_root(class_schema(kind))
    except (TypeError, NameError, ValueError) as error:
        raise BadRequestError(
            f"response_format: {kind.__name__} has no JSON schema: {error}",
            param="response_format",
        ) from error
    strict = make_strict(schema)
    name = re.sub(r"[^a-zA-Z0-9_-]+", "_", kind.__name__)[:_NAME_LENGTH]
    return {
        "type": "json_schema",
        "json_schema": {
            "name": name,
            "schema": schema if strict is None else strict,
            "strict": strict is not None,
        },
    }


def _is_known(kind: type[object]) -> bool:
    return issubclass(kind, Struct) or dataclasses.is_dataclass(kind) or is_typeddict(kind)
