"""Check the types of a JSON schema's keywords, before a wire translates it.

https://json-schema.org/draft/2020-12/json-schema-core#section-10 (which keywords hold schemas)
"""

from __future__ import annotations

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import JSON, as_array, as_object

_BY_NAME = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLES = ("additionalProperties", "contains", "else", "if", "items", "not", "then")
#: A schema that is nested more deeply most likely contains itself.
_DEEPEST = 200


def check_shape(given: object, path: str) -> JSON:
    """Return a schema, an empty one for None.

    Args:
        given: the schema as the caller gave it.
        path: its location in the request.

    Raises:
        BadRequestError: a keyword has a value of a wrong type; the error has its path.
    """
    schema = {} if given is None else as_object(given)
    if schema is None:
        raise _wrong(path, "a JSON schema, which is an object", given)
    nodes = [(schema, path, 0)]
    while nodes:
        node, place, depth = nodes.pop()
        if depth > _DEEPEST:
            raise BadRequestError(
                f"{path}: more than {_DEEPEST} schemas are inside each other", param=path
            )
        _check_words(node, place)
        for inner, where in _inner_schemas(node, place):
            fields = as_object(inner)
            if fields is not None:
                nodes.append((fields, where, depth + 1))
            elif inner is not None and not isinstance(inner, bool):
                raise _wrong(where, "a schema", inner)
    return schema


def _check_words(node: JSON, path: str) -> None:
    """Check the keywords whose values are not schemas."""
    kind: object = node.get("type")
    kinds = as_array(kind) or [kind]
    if kind is not None and not all(isinstance(one, str) for one in kinds):
        raise _wrong(f"{path}.type", "a string or a list of strings", kind)
    names = node.get("required", [])
    several = [] if names is None else as_array(names)
    if several is None or not all(isinstance(one, str) for one in several):
        raise _wrong(f"{path}.required", "a list of strings", names)
    if node.get("enum") is not None and as_array(node["enum"]) is None:
        raise _wrong(f"{path}.enum", "a list", node["enum"])
    for name in ("$ref", "format"):
        if not isinstance(node.get(name), str | None):
            raise _wrong(f"{path}.{name}", "a string", node[name])


def _inner_schemas(node: JSON, path: str) -> list[tuple[object, str]]:
    found: list[tuple[object, str]] = []
    for key in _BY_NAME:
        if node.get(key) is not None:
            named = as_object(node[key])
            if named is None:
                raise _wrong(f"{path}.{key}", "an object", node[key])
            found += [(inner, f"{path}.{key}.{name}") for name, inner in named.items()]
    for key in _LISTS:
        if node.get(key) is not None:
            several = as_array(node[key])
            if several is None:
                raise _wrong(f"{path}.{key}", "a list", node[key])
            found += [(inner, f"{path}.{key}[{number}]") for number, inner in enumerate(several)]
    for key in _SINGLES:
        # Older drafts have a list of schemas in `items`.
        several = as_array(node.get(key)) if key == "items" else None
        inners = [node.get(key)] if several is None else several
        found += [(inner, f"{path}.{key}") for inner in inners]
    return found


def _wrong(path: str, expected: str, value: object) -> BadRequestError:
    return BadRequestError(f"{path}: expected {expected}, got {type(value).__name__}", param=path)
