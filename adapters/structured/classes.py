"""A class as `response_format`: its schema on the way out, an object of it on the way back.

Classes of msgspec (Struct), pydantic (BaseModel), dataclasses and TypedDicts. As with the `parse`
of OpenAI's SDK a plain call raises where the text does not fit, also where it was cut off
(finish reason "length"); `parsed` is None where the model refused, or calls tools instead of
answering. A stream's text has been handed out when it is known not to fit, so
`stream.response.parsed` raises when it is read.

https://platform.openai.com/docs/guides/structured-outputs
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, is_typeddict

from msgspec import Struct

from ...pipeline.call.parsing import ClassParser, is_pydantic, class_schema
from ...pipeline.call.request import Reply, Request, replace
from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import JSON
from ...pipeline.schema.model_response import ModelResponse, expect_class
from .strict import inline_root, make_strict

_NAME_LENGTH = 64


def wants_class(request: Request) -> bool:
    """Tell whether `response_format` is something else than a dictionary."""
    wanted: object = request.params.get("response_format")
    return wanted is not None and not isinstance(wanted, (Mapping, str))


async def answer_as_class(answer: Callable[[Request], Awaitable[Reply]], request: Request) -> Reply:
    """Answer a request whose `response_format` is a class.

    Raises:
        BadRequestError: it is no class of a kind that is known here.
        JSONSchemaValidationError: the text of a plain answer does not fit; `body` is the text.
    """
    kind: object = request.params["response_format"]
    params = {**request.params, "response_format": response_format(kind)}
    reply = await answer(replace(request, params=params))
    parse = ClassParser(kind=kind, model=request.model, provider=reply.call.provider)
    if isinstance(reply, ModelResponse):
        expect_class(reply, parse)
        for choice in reply.choices:
            # Computed now, so that one that does not fit is an error of the call.
            _ = choice.message.parsed
    else:
        reply.call.parse = parse
    return reply


def response_format(kind: object) -> JSON:
    """Return OpenAI's `response_format` for a class; `strict` where its schema allows it.

    Raises:
        BadRequestError: it is no class of a kind that is known here, or has no JSON schema.
    """
    if isinstance(kind, type) and (is_pydantic(kind) or _is_known(kind)):
        return _format_of(kind)
    raise BadRequestError(
        "response_format: expected a dictionary, or a class: a msgspec Struct, a pydantic model, "
        f"a dataclass or a TypedDict; got {kind!r}",
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
