"""Describe public names in Markdown."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import takewhile
from types import MethodType, ModuleType
from typing import Any, NamedTuple, cast

import msgspec

from .docstrings import Doc, escape, parse
from .entries import Entry, own_bases, unlisted_bases
from .signatures import (
    annotation,
    attribute_types,
    class_signature,
    default,
    field_default,
    signatures,
)

#: Methods that only trunkline's own modules call. What is not described here may change.
INTERNAL = frozenset(
    {
        "arun_native",
        "asynchronous_io",
        "check_order",
        "named_layers",
        "run_native",
        "setting_owner",
    }
)


class Member(NamedTuple):
    """A property or method of a class."""

    name: str
    thing: Any


class Book:
    """All entries, so that each can link to the others."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = {entry.name: entry for entry in entries}
        self._originals = {
            id(entry.thing): entry
            for entry in entries
            if getattr(entry.thing, "__name__", None) == entry.name
        }
        self._classes = {entry.thing for entry in entries if inspect.isclass(entry.thing)}

    def link(self, name: str, text: str = "") -> str:
        """Return code that links to a name."""
        return f"[`{text or name}`]({self.entries[name].page}.md#{name})"

    def summary(self, entry: Entry) -> str:
        """Return the first sentence of a description."""
        if original := self._original(entry):
            return f"Another name for {self.link(original.name)}."
        text = "\n\n".join(list(self._parts(entry))[:2])
        plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL).strip()
        first = " ".join(plain.partition("\n\n")[0].split())
        if not first:
            return f"`{_definition(entry)[1]}`"
        return first.partition(". ")[0].removesuffix(".") + "."

    def describe(self, entry: Entry) -> str:
        """Return the section of a name."""
        heading = f"## `{entry.name}` {{ #{entry.name} }}"
        parts = [heading]
        if not entry.source:
            parts.append("*Part of other objects; programs do not import it.*")
        elif entry.source != "trunkline":
            parts.append(f"*In `{entry.source}`.*")
        if original := self._original(entry):
            return "\n\n".join([*parts, f"Another name for {self.link(original.name)}."])
        return "\n\n".join([*parts, *self._parts(entry)])

    def _original(self, entry: Entry) -> Entry | None:
        original = self._originals.get(id(entry.thing), entry)
        return None if original.name == entry.name else original

    def _parts(self, entry: Entry) -> Iterator[str]:
        thing = entry.thing
        if isinstance(thing, ModuleType):
            yield parse(thing.__doc__).text
            names = [name for name in dir(thing) if name in self.entries]
            yield "It has " + ", ".join(map(self.link, sorted(names))) + "."
        elif inspect.isclass(thing):
            yield from self._class(entry.name, thing)
        elif inspect.isroutine(thing):
            yield from self._function(entry.name, thing)
        else:
            yield from self._value(entry)

    def _function(self, name: str, function: Callable[..., Any]) -> Iterator[str]:
        yield _code(signatures(name, function))
        doc = parse(function.__doc__)
        yield doc.text
        yield from self._parameters(doc, function)
        yield from self._raises(doc)

    def _class(self, name: str, cls: type) -> Iterator[str]:
        doc = parse(vars(cls).get("__doc__"))
        fields = self._fields(doc, cls)
        if "__init__" in vars(cls) and not getattr(cls, "_is_protocol", False):
            yield _code(class_signature(name, cls))
        yield doc.text
        yield from self._about(cls)
        yield from self._parameters(doc, cls)
        if fields:
            yield "**Fields**"
            yield table(("name", "type", "default", "description"), fields)
        yield from self._raises(doc)
        yield from self._members(name, cls)

    def _about(self, cls: type) -> Iterator[str]:
        """Yield what a class derives from, an error's status, and a middleware's options."""
        bases = [base.__name__ for base in own_bases(cls) if base in self._classes]
        if bases:
            yield "Derives from " + ", ".join(map(self.link, bases)) + "."
        status: object = getattr(cls, "default_status", None)
        if status is not None:
            yield f"`status_code` is {status} unless the provider sent another one."
        options: object = getattr(cls, "options", None)
        if isinstance(options, frozenset) and options:
            names = sorted(map(str, cast("frozenset[str]", options)))
            yield f"Options of a call: {', '.join(f'`{name}`' for name in names)}."

    def _fields(self, doc: Doc, cls: type) -> list[Sequence[str]]:
        """Return rows of a struct's fields, or of the attributes that a docstring lists."""
        types: dict[str, object] = {}
        if "__init__" in vars(cls):
            types |= attribute_types(cls)
        for base in reversed(cls.__mro__):
            types |= vars(base).get("__annotations__", {})
        if not issubclass(cls, msgspec.Struct):
            listed = [name for item in doc.sections.get("Attributes", ()) for name in item.names]
            return [
                (f"`{name}`", self._type(types.get(name)), "", doc.describe(name, "Attributes"))
                for name in listed
            ]
        return [
            (
                f"`{field.name}`",
                self._type(types[field.name]),
                _in_code(field_default(field)),
                doc.describe(field.name, "Attributes", "Args"),
            )
            for field in msgspec.structs.fields(cls)
            if not field.name.startswith("_") and not field.name.endswith("_")
        ]

    def _parameters(self, doc: Doc, function: Callable[..., Any]) -> Iterator[str]:
        items = doc.sections.get("Args", ())
        if not items or (inspect.isclass(function) and issubclass(function, msgspec.Struct)):
            return
        parameters = inspect.signature(function).parameters
        rows: list[Sequence[str]] = []
        for item in items:
            for name in item.names:
                given = parameters.get(name.lstrip("*"))
                written = self._type(given.annotation) if given else ""
                has_default = given is not None and given.default is not given.empty
                value = _in_code(default(given.default)) if given and has_default else ""
                rows.append((f"`{name}`", written, value, item.text))
        yield "**Parameters**"
        yield table(("name", "type", "default", "description"), rows)

    def _raises(self, doc: Doc) -> Iterator[str]:
        for title, items in doc.sections.items():
            if not title.startswith(("Raises", "Warns")):
                continue
            rows = [
                (", ".join(self._error(name) for name in item.names), item.text) for item in items
            ]
            yield f"**{title}**"
            kind = "warning" if title.startswith("Warns") else "error"
            yield table((kind, "when"), rows)

    def _error(self, name: str) -> str:
        return self.link(name) if name in self.entries else f"`{name}`"

    def _type(self, written: object) -> str:
        """Return a type as code, which links to the first public name in it."""
        text = " ".join(annotation(written).split()) if written is not None else ""
        for name in re.findall(r"\w+", text):
            if name in self.entries:
                return self.link(name, text)
        return _in_code(text)

    def _members(self, name: str, cls: type) -> Iterator[str]:
        members = list(_members((cls, *unlisted_bases(cls, self._classes))))
        properties = [member for member in members if isinstance(member.thing, property)]
        if properties:
            rows = [
                (
                    f"`{member.name}`",
                    self._type(inspect.signature(member.thing.fget).return_annotation),
                    " ".join(parse(member.thing.__doc__).text.split()),
                )
                for member in properties
            ]
            yield "**Properties**"
            yield table(("name", "type", "description"), rows)
        for member in members:
            if not isinstance(member.thing, property):
                # Markdown would make `__call__` bold, and ignore the anchor.
                anchor = f"{name}.{member.name.strip('_')}"
                yield f"### `{name}.{member.name}` {{ #{anchor} }}"
                yield from self._function(member.name, member.thing)

    def _value(self, entry: Entry) -> Iterator[str]:
        """Yield the type that an alias names, or the description of a value's class."""
        comment, expression = _definition(entry)
        if type(entry.thing).__module__.startswith("trunkline"):
            yield parse(type(entry.thing).__doc__).text
            return
        if comment:
            yield escape(comment)
        yield _code(f"{entry.name} = {expression}")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table without the columns that are empty in all rows."""
    rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    kept = [at for at in range(len(head)) if any(row[at] for row in rows)]
    lines = [[head[at] for at in kept], ["---"] * len(kept)]
    lines += [[row[at] for at in kept] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _members(classes: Sequence[type]) -> Iterator[Member]:
    """Yield the public members of a class, the first, and of bases of it."""
    cls = classes[0]
    seen = set(INTERNAL)
    fields = set(getattr(cls, "__struct_fields__", ()))
    for owner in classes:
        for name, raw in vars(owner).items():
            is_call = name == "__call__" and getattr(cls, "_is_protocol", False)
            # Bound to anything, a method is written as it is called.
            thing: Any = MethodType(raw, cls) if inspect.isfunction(raw) else raw
            if isinstance(raw, (classmethod, staticmethod)):
                thing = getattr(cls, name)
            is_member = inspect.isroutine(thing) or isinstance(thing, property)
            if is_member and name not in seen | fields and (is_call or not name.startswith("_")):
                seen.add(name)
                yield Member(name, thing)


def _definition(entry: Entry) -> tuple[str, str]:
    """Return the comment above an assignment, and what is assigned."""
    source = inspect.getsource(import_module(entry.module))
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=entry.name)], value=value):
                comment = takewhile(_is_comment, reversed(lines[: statement.lineno - 1]))
                said = [line.lstrip("#: ") for line in comment]
                return " ".join(reversed(said)), ast.unparse(value)
            case _:
                pass
    return "", ""


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _in_code(text: str) -> str:
    return f"`{text}`" if text else ""
