"""Parse responses into objects if `response_format` was a class."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import msgspec
from msgspec import Struct

from ..errors import JSONSchemaValidationError
from ..schema.parts import Message

if TYPE_CHECKING:
    from .request import Request


class PydanticModel(Protocol):
    """The used part of pydantic's BaseModel, so that pydantic need not be imported."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        """Return the class's JSON schema."""
        ...

    @classmethod
    def model_validate_json(cls, json_data: str) -> Any:
        """Return an object from JSON text; raises ValueError if it does not match."""
        ...


def is_pydantic(kind: Any) -> TypeGuard[type[PydanticModel]]:
    """Return whether a class is a pydantic model."""
    return hasattr(kind, "model_validate_json")


def class_schema(kind: Any) -> dict[str, Any]:
    """Return the JSON schema of a class.

    Raises:
        TypeError, NameError, ValueError: the class has no JSON schema.
    """
    return kind.model_json_schema() if is_pydantic(kind) else msgspec.json.schema(kind)


class ClassParser(Struct, frozen=True, kw_only=True):
    """Parses messages into objects of a class; can be pickled if the class can."""

    kind: Any
    model: str
    provider: str

    def __call__(self, message: Message, finish_reason: str | None) -> Any:
        """Return the object in a message's text, None after a refusal or with tool calls.

        Raises:
            JSONSchemaValidationError: the text does not match the class.
        """
        text = message.content or ""
        silent = not text and finish_reason in ("tool_calls", "function_call", "content_filter")
        if message.refusal or message.tool_calls or silent:
            return None
        try:
            return _decode(self.kind, text)
        except (msgspec.DecodeError, ValueError) as error:
            why = (
                "it was cut off at its maximum length" if finish_reason == "length" else str(error)
            )
            raise JSONSchemaValidationError(
                f"the response is not a {self.kind.__name__}: {why}",
                self.provider,
                self.model,
                body=text,
            ) from error


def parser_of(request: Request, provider: str) -> ClassParser | None:
    """Return what parses the text of a response, None if no class was requested."""
    kind: object = request.params.get("response_format")
    if not isinstance(kind, type):
        return None
    return ClassParser(kind=kind, model=request.model, provider=provider)


def _decode(kind: Any, text: str) -> Any:
    if is_pydantic(kind):
        return kind.model_validate_json(text)
    return _decoder(kind).decode(text)


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
