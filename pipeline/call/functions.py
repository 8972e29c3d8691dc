"""Python functions as tools: their schema from signature and docstring, and how to call them.

Arguments may have every type that msgspec or pydantic can read: str, int, bool, list, Literal,
Enum, Struct, dataclass, TypedDict, BaseModel. `Annotated[str, "what it is for"]` describes an
argument, and so does the docstring, in Google's, Sphinx's or NumPy's form.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from ..errors import InvalidArgumentError
from ..json_values import JSON
from .docstrings import read_docstring
from .parsing import is_pydantic

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_DEFINITIONS = "#/$defs/{name}"


class FunctionTool(Struct, frozen=True, kw_only=True):
    """A Python function as a tool.

    Attributes:
        name: its name for the model.
        definition: OpenAI's definition of the tool.
        function: the function, plain or `async`.
        types: the types of its arguments.
        required: the arguments that have no default.
    """

    name: str
    definition: JSON
    function: Callable[..., Any]
    types: Mapping[str, Any]
    required: frozenset[str]

    @property
    def is_async(self) -> bool:
        """Whether calling the function returns an awaitable."""
        function = _without_partial(inspect.unwrap(self.function))
        call: object = getattr(function, "__call__", None)  # noqa: B004
        return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)

    def read_arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call in their types.

        Raises:
            ValueError: an argument is missing, unknown, or has a value that does not fit its type.
        """
        unknown = sorted(given.keys() - self.types.keys())
        if unknown:
            expected = ", ".join(self.types) or "none"
            raise ValueError(f"{', '.join(unknown)}: unknown argument; expected {expected}")
        missing = sorted(self.required - given.keys())
        if missing:
            raise ValueError(f"{', '.join(missing)}: missing argument")
        return {name: _convert(name, value, self.types[name]) for name, value in given.items()}


class FunctionDefinition(dict[str, Any]):
    """The definition of a function that was passed in `tools=`; it keeps the function."""

    tool: FunctionTool


def define(function: Callable[..., Any]) -> FunctionDefinition:
    """Return a tool's definition for a function; see `function_tool`."""
    tool = function_tool(function)
    definition = FunctionDefinition(tool.definition)
    definition.tool = tool
    return definition


def function_tool(function: Callable[..., Any]) -> FunctionTool:
    """Return a function as a tool.

    Raises:
        InvalidArgumentError: it has no name, or an argument without a type or of a type without
            a schema; the message says which.
    """
    name = _name_of(function)
    hints = _hints_of(function, name)
    documented = read_docstring(inspect.getdoc(_plain(function)) or "")
    schema: JSON = {"type": "object", "properties": {}, "required": []}
    definitions: JSON = {}
    for parameter in inspect.signature(function).parameters.values():
        _check(parameter, name, hints)
        described = _schema_of(hints[parameter.name], f"{name}: {parameter.name}", definitions)
        text = documented.arguments.get(parameter.name)
        annotated = get_origin(hints[parameter.name]) is Annotated
        # What the class of an argument says about itself is about any object of it.
        if text and not (annotated and "description" in described):
            described = {**described, "description": text}
        if parameter.default is parameter.empty:
            schema["required"].append(parameter.name)
        schema["properties"][parameter.name] = described
    schema["additionalProperties"] = False
    if definitions:
        schema["$defs"] = definitions
    body: JSON = {"name": name, "parameters": schema}
    if documented.description:
        body["description"] = documented.description
    return FunctionTool(
        name=name,
        definition={"type": "function", "function": body},
        function=function,
        types={each: hints[each] for each in schema["properties"]},
        required=frozenset(schema["required"]),
    )


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that a partial or a callable object consists of."""
    function = _without_partial(function)
    if inspect.isroutine(function):
        return function
    call: Callable[..., Any] = type(function).__call__
    return call


def _without_partial(function: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _name_of(function: Callable[..., Any]) -> str:
    if inspect.isclass(function) or not callable(function):  # pyright: ignore[reportUnnecessaryComparison]
        raise InvalidArgumentError(f"tools: expected a function, got {function!r}")
    inner = _without_partial(function)
    name: str = getattr(inner, "__name__", None) or type(inner).__name__
    if _NAME.fullmatch(name) is None:
        raise InvalidArgumentError(
            f"tools: {name}: a tool needs a name; use 'def' with a name for it"
        )
    return name


def _hints_of(function: Callable[..., Any], name: str) -> dict[str, Any]:
    try:
        return get_type_hints(_plain(function), include_extras=True)
    except NameError as error:
        raise InvalidArgumentError(
            f"tools: {name}: a type cannot be found ({error}); define it at the top of its module"
        ) from error


def _check(parameter: inspect.Parameter, name: str, hints: Mapping[str, Any]) -> None:
    if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
        raise InvalidArgumentError(
            f"tools: {name}: {parameter}: a model passes arguments by name; "
            "use arguments that can be passed by name"
        )
    if parameter.kind is parameter.VAR_KEYWORD:
        raise InvalidArgumentError(
            f"tools: {name}: {parameter}: name each argument, so that it has a schema"
        )
    if parameter.name not in hints:
        raise InvalidArgumentError(
            f"tools: {name}: argument {parameter.name!r} has no type, so it has no schema; "
            f"write '{parameter.name}: str', for example"
        )


def _schema_of(kind: Any, place: str, definitions: JSON) -> JSON:
    """Return the schema of a type; add what it refers to to the definitions.

    Raises:
        InvalidArgumentError: the type has no schema.
    """
    notes: tuple[object, ...] = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    texts = [note for note in notes if isinstance(note, str)]
    try:
        schema = _pydantic_schema(kind) if _needs_pydantic(kind) else _plain_schema(kind)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidArgumentError(
            f"tools: {place}: the type {kind!r} has no schema; use built-in types, dataclasses, "
            "pydantic models or msgspec Structs"
        ) from error
    definitions.update(schema.pop("$defs", {}))
    return {**schema, "description": texts[0]} if texts else schema


def _plain_schema(kind: Any) -> JSON:
    (schema,), definitions = msgspec.json.schema_components([kind], ref_template=_DEFINITIONS)
    return {**schema, "$defs": definitions}


def _pydantic_schema(kind: Any) -> JSON:
    import pydantic  # noqa: PLC0415  # the type is one of pydantic's

    schema: JSON = pydantic.TypeAdapter(kind).json_schema()
    schema.pop("title", None)
    return schema


def _needs_pydantic(kind: Any) -> bool:
    """Return whether a type is a pydantic model or contains one."""
    if "pydantic" not in sys.modules:
        return False
    of_pydantic = type(kind).__module__.partition(".")[0] == "pydantic"
    return of_pydantic or is_pydantic(kind) or any(map(_needs_pydantic, get_args(kind)))


def _convert(name: str, value: Any, kind: Any) -> Any:
    if _needs_pydantic(kind):
        import pydantic  # noqa: PLC0415  # the type is one of pydantic's

        try:
            return pydantic.TypeAdapter(kind).validate_python(value)
        except pydantic.ValidationError as error:
            raise ValueError(f"{name}: {error}") from error
    try:
        # Models write numbers as text now and then.
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from error


def write_result(result: object) -> str:
    """Return what a function returned as the text of a tool's result: JSON, text as it is."""
    if isinstance(result, str):
        return result
    try:
        return msgspec.json.encode(result, enc_hook=_plain_value).decode()
    except (TypeError, ValueError, RecursionError):
        return str(result)


def _plain_value(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    raise TypeError(type(value).__name__)
