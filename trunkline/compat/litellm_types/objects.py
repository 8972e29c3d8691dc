"""The base classes of litellm's pydantic models."""

from __future__ import annotations

from typing import Any, ClassVar, SupportsIndex

from pydantic import BaseModel, ConfigDict

from ..pickling import is_importable, reduce_by_name

__all__ = ["OpenAIObject"]


class OpenAIObject(BaseModel):
    """A model that also works like a dictionary; undeclared fields are kept."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    def __getitem__(self, key: str) -> Any:
        try:
            return getattr(self, key)
        except AttributeError:
            raise KeyError(key) from None

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, key, value)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and getattr(self, key, None) is not None

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        kind = type(self)
        if is_importable(kind):
            return super().__reduce_ex__(protocol)
        return reduce_by_name(kind, (), self.__getstate__())

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of `key`, or `default` if it is absent."""
        return getattr(self, key, default)

    def keys(self) -> list[str]:
        """Return the names of the fields that are present."""
        return [*type(self).model_fields, *(self.model_extra or {})]

    def items(self) -> list[tuple[str, Any]]:
        """Return the names and values of the fields that are present."""
        return [(name, getattr(self, name)) for name in self.keys()]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that were set, as the models of OpenAI's SDK do."""
        return self.model_dump(exclude_unset=True)

    def to_json(self) -> str:
        """Return the same as JSON text."""
        return self.model_dump_json(exclude_unset=True)


class JSONObject(OpenAIObject):
    """A model whose `json()` is a dictionary, as with some of litellm's."""

    def json(self, **arguments: Any) -> Any:
        """Return the fields as a dictionary; see `model_dump`."""
        return self.model_dump(**arguments)


class PositionalObject(OpenAIObject):
    """A model whose constructor also takes positional arguments, as litellm's does."""

    # The fields in the order of litellm's constructor.
    positional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, /, *values: Any, **fields: Any) -> None:
        if len(values) > len(self.positional):
            raise TypeError(
                f"{type(self).__name__}: at most {len(self.positional)} positional arguments "
                f"({', '.join(self.positional)}), got {len(values)}"
            )
        super().__init__(**dict(zip(self.positional, values, strict=False)), **fields)


OpenAIObject.__module__ = "litellm.types.utils"
