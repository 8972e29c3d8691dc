"""Format signatures, annotations and default values as in the source code."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, cast, get_overloads

from msgspec import NODEFAULT, UNSET
from msgspec.structs import FieldInfo

_WIDTH = 88
_ADDRESS = re.compile(r"<(?P<name>[\w.]+)[^<>]* at 0x[0-9a-f]+>")
_STARS: Mapping[object, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def signatures(name: str, function: Callable[..., Any]) -> str:
    """Return the signature of a function, or those of its overloads.

    A bound method is written without its first parameter.
    """
    plain = inspect.unwrap(getattr(function, "__func__", function))
    prefix = "async " if inspect.iscoroutinefunction(plain) else ""
    skipped = 1 if inspect.ismethod(function) else 0
    return "\n".join(
        prefix + _signature(name, inspect.signature(each), skipped)
        for each in get_overloads(plain) or [plain]
    )


def class_signature(name: str, cls: type) -> str:
    """Return the signature that a class is called with."""
    called = inspect.signature(cls)
    return _signature(name, called.replace(return_annotation=inspect.Signature.empty))


def annotation(value: object) -> str:
    """Return an annotation as in the source, "" if there is none."""
    if value is inspect.Signature.empty:
        return ""
    return (
        value if isinstance(value, str) else inspect.formatannotation(value).replace("typing.", "")
    )


def default(value: object) -> str:
    """Return a default value as Python code, or its class name if its repr has an address."""
    if value is ...:
        return "..."
    if isinstance(value, MappingProxyType):
        value = dict(cast("Mapping[object, object]", value))
    if inspect.isroutine(value) or inspect.isclass(value):
        return value.__name__
    return _ADDRESS.sub(lambda found: found["name"].rpartition(".")[2], repr(value))


def field_default(field: FieldInfo) -> str:
    """Return the default of a struct's field, "" if the field is required."""
    if field.default_factory is not NODEFAULT:
        made: object = field.default_factory()
        plain = made in ([], {}, set())
        return repr(made) if plain else f"{field.default_factory.__name__}()"
    if field.default is NODEFAULT:
        return ""
    return "absent" if field.default is UNSET else default(field.default)


def attribute_types(cls: type) -> dict[str, str]:
    """Return the types of the attributes that `__init__` assigns, "" if unknown."""
    source = inspect.getsource(vars(cls)["__init__"])
    function = ast.parse(textwrap.dedent(source)).body[0]
    parameters = inspect.signature(cls).parameters
    types = {name: annotation(each.annotation) for name, each in parameters.items()}
    for node in ast.walk(function):
        match node:
            case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=written):
                types[name] = ast.unparse(written)
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Name(id=given)):
                types.setdefault(name, types.get(given, ""))
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Constant(value=value)):
                types.setdefault(name, type(value).__name__)
            case _:
                pass
    return types


def _signature(name: str, signature: inspect.Signature, skipped: int = 0) -> str:
    given = list(signature.parameters.values())[skipped:]
    parameters = list(map(_parameter, given))
    kinds = [each.kind for each in given]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parameters.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    if positional := kinds.count(inspect.Parameter.POSITIONAL_ONLY):
        parameters.insert(positional, "/")
    returned = annotation(signature.return_annotation)
    end = f" -> {returned}" if returned else ""
    line = f"{name}({', '.join(parameters)}){end}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {each}," for each in parameters), f"){end}"])


def _parameter(parameter: inspect.Parameter) -> str:
    written = annotation(parameter.annotation)
    text = _STARS.get(parameter.kind, "") + parameter.name + (written and f": {written}")
    if parameter.default is inspect.Parameter.empty:
        return text
    equals = " = " if written else "="
    return f"{text}{equals}{default(parameter.default)}"
