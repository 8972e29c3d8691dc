"""Tokens of OpenAI's models by OpenAI's own vocabularies; the extra `tokens`.

The tokens around the texts of a conversation are counted as OpenAI documents it, for the models
that it documents. https://developers.openai.com/cookbook/examples/how_to_count_tokens_with_tiktoken

A vocabulary is fetched from OpenAI once and kept in the folder TIKTOKEN_CACHE_DIR.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ....pipeline.call.messages import MessageParam
from ....pipeline.call.request import Request
from ....pipeline.errors import APIConnectionError, BadRequestError
from ....pipeline.json_values import as_array, as_object

if TYPE_CHECKING:
    from tiktoken import Encoding

Count = Callable[[str], int]

_MESSAGE, _NAME, _ANSWER = 3, 1, 3
# Of tools: each function, its first parameter, each parameter, an enum and its values, the end.
_FUNCTION = {"cl100k_base": 10, "o200k_base": 7}
_PARAMETERS, _PARAMETER, _ENUM, _ENUM_VALUE, _TOOLS_END = 3, 3, -3, 3, 12

_COUNTED_FIELDS = frozenset({"content", "name", "role"})
_SCALARS = frozenset({"boolean", "integer", "number", "string"})
_SHAPE = frozenset({"description", "enum", "type"})


def count_text_here(model: str, text: str) -> int:
    """Return the number of tokens of text.

    Raises:
        ImportError: tiktoken is not installed.
        BadRequestError: it does not know the model.
        APIConnectionError: the vocabulary is not on this machine and cannot be fetched.
    """
    return _counter(_encoding(model))(text)


def count_here(request: Request, model: str) -> int:
    """Return the number of tokens of messages and tools, and of the start of the response.

    Raises:
        BadRequestError: OpenAI does not document how to count something in them (images, audio,
            files, tool calls, tools with nested parameters); the message says where.
        Exception: as `count_text_here`.
    """
    encoding = _encoding(model)
    count = _counter(encoding)
    total = _ANSWER
    for number, message in enumerate(request.messages):
        total += _count_message(message, count, f"messages[{number}]")
    tools = as_array(request.params.get("tools"))
    if tools:
        if encoding.name not in _FUNCTION:
            raise _uncounted("tools", f"for the vocabulary {encoding.name}")
        total += _TOOLS_END
        for number, tool in enumerate(tools):
            total += _FUNCTION[encoding.name] + _count_tool(tool, count, f"tools[{number}]")
    return total


def _counter(encoding: Encoding) -> Count:
    # Marks such as <|endoftext|> are text here, as they are to the API.
    return lambda text: len(encoding.encode_ordinary(text))


def _encoding(model: str) -> Encoding:
    try:
        import tiktoken  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ImportError(
            "counting OpenAI's tokens needs tiktoken: pip install 'trunkline[tokens]'"
        ) from error
    try:
        name = tiktoken.encoding_name_for_model(model)
    except KeyError:
        raise BadRequestError(
            f"tiktoken {tiktoken.__version__} does not know the vocabulary of {model!r}; upgrade "
            "tiktoken, or read the `usage` of a response",
            "openai",
            param="model",
        ) from None
    return load_vocabulary(name, model)


def load_vocabulary(name: str, model: str) -> Encoding:
    """Return a vocabulary of tiktoken's by its name; `model` is for the error.

    Raises:
        APIConnectionError: it is not on this machine and cannot be fetched.
    """
    import tiktoken  # noqa: PLC0415  # an extra

    try:
        return tiktoken.get_encoding(name)
    except OSError as error:
        raise APIConnectionError(
            f"the vocabulary {name} could not be fetched ({type(error).__name__}): tiktoken keeps "
            "it in the folder TIKTOKEN_CACHE_DIR once it has been fetched",
            "openai",
            model,
        ) from error


def _count_message(message: MessageParam, count: Count, where: str) -> int:
    fields: Mapping[str, Any] = message
    total = _MESSAGE
    for name, value in fields.items():
        if value is None or value == []:
            continue
        if name not in _COUNTED_FIELDS:
            raise _uncounted(f"{where}.{name}", "")
        total += _count_content(value, count, f"{where}.{name}")
        total += _NAME if name == "name" else 0
    return total


def _count_content(value: object, count: Count, where: str) -> int:
    if isinstance(value, str):
        return count(value)
    total = 0
    for number, part in enumerate(as_array(value) or ()):
        fields = as_object(part) or {}
        if fields.get("type") != "text":
            raise _uncounted(f"{where}[{number}]", f"of type {fields.get('type')!r}")
        total += count(fields["text"])
    return total


def _count_tool(tool: object, count: Count, where: str) -> int:
    function = as_object((as_object(tool) or {}).get("function"))
    if function is None:
        raise _uncounted(where, "for tools that are not functions")
    described = str(function.get("description") or "").removesuffix(".")
    total = count(f"{function['name']}:{described}")
    schema = as_object(function.get("parameters")) or {}
    properties = as_object(schema.get("properties")) or {}
    total += _PARAMETERS if properties else 0
    for name, value in properties.items():
        total += _count_parameter(name, as_object(value) or {}, count, f"{where}.{name}")
    return total


def _count_parameter(name: str, schema: Mapping[str, Any], count: Count, where: str) -> int:
    kind: object = schema.get("type")
    if not isinstance(kind, str) or kind not in _SCALARS or schema.keys() - _SHAPE:
        raise _uncounted(where, "for types other than strings, numbers and booleans")
    total = _PARAMETER
    values = as_array(schema.get("enum"))
    if values is not None:
        total += _ENUM + sum(_ENUM_VALUE + count(str(value)) for value in values)
    described = str(schema.get("description") or "").removesuffix(".")
    return total + count(f"{name}:{kind}:{described}")


def _uncounted(where: str, what: str) -> BadRequestError:
    return BadRequestError(
        f"{where}: OpenAI does not document how to count tokens {what or 'here'}; read the `usage` "
        "of a response instead",
        "openai",
        param=where,
    )
