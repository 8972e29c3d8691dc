"""Structs that work like objects and like dictionaries.

Users of the OpenAI SDK write `r.choices[0].message.content`; users of litellm also write
`r["choices"][0]["message"]["content"]`, `.get`, `in` and `model_dump()`. Both work here.
Undeclared fields that a provider sends are read from the raw body on first use.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, ClassVar, Self, TypeVar

import msgspec
from msgspec import Struct

from ..json_values import as_array, as_object
from .nesting import encode_json, pack, unpack

HybridT = TypeVar("HybridT", bound="Hybrid")
BodyPath = tuple[str | int, ...]

#: The type that callers may pass instead of a part; compared for each response, so it is cheap.
GIVEN: type[Any] = dict

# The undeclared fields of a folded response come from chunks, where the message is a delta.
_PARTS = ("delta", "message")

# What editors do not offer to users.
_INTERNAL = frozenset({"always", "derived", "path_", "raw_"})

_decode_any = msgspec.json.Decoder().decode


def place(*path: str | int) -> Any:
    """Return a field with the default path of an object in a response body."""
    # No provider sends this JSON name, so the value never comes from a body.
    return msgspec.field(default=path, name="#path")


class Hybrid(Struct, dict=True, kw_only=True):
    """Base of responses, chunks, messages and usage.

    A declared field that is None counts as absent (`in`, `keys()`, `model_dump()`), except those
    that OpenAI always sends (`always`). Other attributes can be set too.
    """

    always: ClassVar[frozenset[str]] = frozenset()
    # Properties that can also be read as items, although no provider sends them.
    derived: ClassVar[frozenset[str]] = frozenset()

    raw_: tuple[bytes, ...] = msgspec.field(default=(), name="#raw")
    path_: BodyPath = place()

    @classmethod
    def model_validate(cls, obj: object) -> Self:
        """Return an object from a dictionary, such as one from `model_dump()` or a provider.

        Undeclared fields are kept.

        Raises:
            msgspec.ValidationError: a declared field has a value of a wrong type.
        """
        if isinstance(obj, cls):
            return obj
        given = plain(obj)
        made = msgspec.convert(given, cls)
        _keep_extra(made, given)
        return made

    @classmethod
    def model_validate_json(cls, json_data: str | bytes) -> Self:
        """Return an object from JSON text; see `model_validate`."""
        return cls.model_validate(_decode_any(json_data))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """Let a field of a pydantic model, or a response of FastAPI, have this type."""
        from pydantic_core import core_schema  # noqa: PLC0415  # pydantic is not ours

        return core_schema.no_info_plain_validator_function(
            cls.model_validate,
            serialization=core_schema.plain_serializer_function_ser_schema(cls.model_dump),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        """Return the JSON schema for pydantic; parts are objects of any form in it."""
        return {"type": "object", "title": cls.__name__, "additionalProperties": True}

    @property
    def model_extra(self) -> dict[str, Any]:
        """The undeclared fields that the provider sent."""
        return self._sent()

    def _sent(self) -> dict[str, Any]:
        state = vars(self)
        extra: dict[str, Any] | None = state.get("_extra")
        if extra is None:
            extra = _read_extra(self.raw_, self.path_, _declared(type(self)))
            if self.raw_:
                state["_extra"] = extra
        return extra

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._sent()[name]
        except KeyError:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}"
            ) from None

    def _items(self) -> Iterator[tuple[str, Any]]:
        """Yield the fields that are present: declared, set as attributes, then undeclared."""
        always = self.always
        declared = _declared(type(self))
        for name in declared:
            value = getattr(self, name)
            if value is not None or name in always:
                yield name, value
        state = vars(self)
        for name, value in state.items():
            if not name.startswith("_"):
                yield name, value
        for name, value in self._sent().items():
            if name not in state:
                yield name, value

    def __getitem__(self, key: str) -> Any:
        if key in _declared(type(self)) or key in self.derived:
            return getattr(self, key)
        if not key.startswith("_"):
            state = vars(self)
            return state[key] if key in state else self._sent()[key]
        raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, key, value)

    def __contains__(self, key: object) -> bool:
        return any(name == key for name, _ in self._items())

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of `key`, or `default` if it is absent."""
        try:
            value = self[key]
        except KeyError:
            return default
        return default if value is None else value

    def keys(self) -> list[str]:
        """Return the names of the fields that are present."""
        return [name for name, _ in self._items()]

    def items(self) -> list[tuple[str, Any]]:
        """Return the names and values of the fields that are present."""
        return list(self._items())

    def model_dump(
        self,
        *,
        include: set[str] | None = None,
        exclude: set[str] | None = None,
        exclude_none: bool = False,
        **pydantic: object,  # noqa: ARG002  # `mode`, `warnings` and so on
    ) -> dict[str, Any]:
        """Return plain dictionaries and lists in the provider's format.

        Other arguments of pydantic's method are accepted and ignored: values are JSON types in
        every `mode`, and absent fields stay absent.
        """
        return {
            name: plain(value, exclude_none)
            for name, value in self._items()
            if (value is not None or not exclude_none)
            and (include is None or name in include)
            and (exclude is None or name not in exclude)
        }

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """Return `model_dump()` as JSON text."""
        encoded = encode_json(self.model_dump(**options))
        if indent:
            # Text that is nested too deeply for msgspec stays on one line.
            with suppress(RecursionError):
                encoded = msgspec.json.format(encoded, indent=indent)
        return encoded.decode()

    dict = model_dump
    json = model_dump_json

    to_dict = model_dump
    to_json = model_dump_json

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, with the fields of `update` changed."""
        made = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            setattr(made, name, value)
        return made

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return self._items()

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _INTERNAL]

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={_shown(value)}" for name, value in self._items())
        return f"{type(self).__name__}({inner})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and dict(self._items()) == dict(other._items())

    __hash__ = None  # type: ignore[assignment]  # mutable, like dictionaries

    def __copy__(self: HybridT) -> HybridT:
        return _rebuild(type(self), self._state(), dict(vars(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = tuple(map(pack, self._state()))
        extra = {name: pack(value) for name, value in vars(self).items()}
        return (_rebuild, (type(self), fields, extra))

    def _state(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__)


def read_parts(owner: Hybrid, **kinds: type[Hybrid]) -> None:
    """Convert fields that the caller passed as dictionaries to their types."""
    for name, kind in kinds.items():
        value: object = getattr(owner, name)
        if as_object(value) is not None:
            setattr(owner, name, kind.model_validate(value))
        elif any(as_object(item) is not None for item in as_array(value) or ()):
            setattr(owner, name, [kind.model_validate(item) for item in as_array(value) or ()])


def _keep_extra(made: Hybrid, given: Mapping[str, Any]) -> None:
    """Keep the undeclared fields of a dictionary in the object, and those of its parts."""
    declared = _declared(type(made))
    extra = {name: value for name, value in given.items() if name not in declared}
    if extra:
        vars(made)["_extra"] = extra
    for name in declared.keys() & given.keys():
        part: object = getattr(made, name)
        parts, sources = as_array(part), as_array(given[name])
        if parts is None or sources is None:
            parts, sources = [part], [given[name]]
        for each, source in zip(parts, sources, strict=True):
            if isinstance(each, Hybrid):
                _keep_extra(each, source)


def _rebuild(cls: type[HybridT], fields: tuple[Any, ...], extra: dict[str, Any]) -> HybridT:
    made = cls(**dict(zip(cls.__struct_fields__, map(unpack, fields), strict=True)))
    vars(made).update({name: unpack(value) for name, value in extra.items()})
    return made


@lru_cache(maxsize=256)
def _declared(cls: type[Hybrid]) -> dict[str, None]:
    """Return the names of a class's JSON fields in order (a dictionary as an ordered set)."""
    return {name: None for name in cls.__struct_fields__ if not name.endswith("_")}


def plain(value: Any, exclude_none: bool = False) -> Any:
    """Return a value in which every Hybrid is a dictionary; lists and dictionaries are copied."""
    try:
        return _plain(value, exclude_none)
    except RecursionError:
        return _plain_deep(value, exclude_none)


def _plain(value: Any, exclude_none: bool) -> Any:
    if isinstance(value, Hybrid):
        return value.model_dump(exclude_none=exclude_none)
    if (array := as_array(value)) is not None:
        return [_plain(item, exclude_none) for item in array]
    if (fields := as_object(value)) is not None:
        return {key: _plain(item, exclude_none) for key, item in fields.items()}
    return value


def _plain_deep(value: Any, exclude_none: bool) -> Any:
    """Return the same as `_plain`, with a stack instead of recursion."""
    result: list[Any] = [value]
    waiting: list[tuple[Any, Any]] = [(result, 0)]
    while waiting:
        owner, key = waiting.pop()
        item = owner[key]
        if isinstance(item, Hybrid):
            owner[key] = item.model_dump(exclude_none=exclude_none)
        elif (array := as_array(item)) is not None:
            copied = owner[key] = [*array]
            waiting += ((copied, position) for position in range(len(copied)))
        elif (fields := as_object(item)) is not None:
            copies = owner[key] = {**fields}
            waiting += ((copies, name) for name in copies)
    return result[0]


def _shown(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:
        return "..."


def _read_extra(
    raw: tuple[bytes, ...], path: BodyPath, declared: dict[str, None]
) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    for body in raw:
        node = _decode_body(body)
        for step in path:
            node = _child(node, step)
        for key, value in (as_object(node) or {}).items():
            if key not in declared and key not in _PARTS:
                extra[key] = value
    return extra


def _decode_body(body: bytes) -> Any:
    try:
        return _decode_any(body)
    except msgspec.DecodeError:
        from ..surrogates import mend_surrogates  # noqa: PLC0415  # few bodies need it

        # Decoding into a struct does not check the text of undeclared fields.
        return _decode_any(mend_surrogates(body).decode("utf-8", "replace"))
    except RecursionError:
        # The caller's stack leaves too little room for a body that is nested this deeply.
        return None


def _child(node: Any, step: str | int) -> Any:
    """Return a child of a decoded value; items of a list match by `index`, else by position."""
    if isinstance(step, str):
        return (as_object(node) or {}).get(step)
    items = [as_object(item) or {} for item in as_array(node) or ()]
    for item in items:
        if item.get("index") == step:
            return item
    return items[step] if 0 <= step < len(items) and "index" not in items[step] else None
