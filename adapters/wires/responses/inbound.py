"""A request in the form of the Responses API as a chat call, for providers that lack that API.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from ....pipeline.call.messages import MessageParam
from ....pipeline.json_values import JSON, as_array, as_object
from ...provider.param_groups import RESPONSES_ONLY
from .input import InputReader
from .tools import NATIVE_FIELDS

#: Values of parameters that ask for nothing but what a stateless provider does anyway.
_NO_EFFECT: Mapping[str, tuple[object, ...]] = {"background": (False,), "truncation": ("disabled",)}
#: Parameters for which chat completions have no place: OpenAI's take `moderation` and
#: `prompt_cache_options` too, but those of other providers do not.
_RESPONSES_PARAMS = RESPONSES_ONLY | {"moderation", "prompt_cache_options"}
_NOT_PARAMS = frozenset({"input", "instructions", "model", "stream"})
#: The types of parameters that are translated.
_SHAPES: Mapping[str, type[object]] = {
    "include": list,
    "reasoning": dict,
    "text": dict,
    "tools": list,
}
#: Nothing is stored where there is no such API, and metadata is for callbacks.
_IGNORED = frozenset({"metadata", "store"})
#: What may be included at no cost: a provider that has it sends it anyway.
_INCLUDED = frozenset({"reasoning.encrypted_content", "message.output_text.logprobs"})
_FORM = "responses() takes name, description and parameters in the tool itself"
_CHOICE = "responses() takes the name in tool_choice itself"
_FORMATS = ("text", "json_object", "json_schema")
#: Only a conversation that somebody kept knows what these refer to.
_CONTINUES = ("previous_response_id", "conversation")


class ChatCall(Struct, frozen=True):
    """A Responses request as a chat call.

    Attributes:
        messages: the conversation.
        params: parameters by their names in chat completions.
        wrong: path and reason of each thing that is malformed, or that chat completions lack.
        unsupported: parameters and tools that chat completions lack.
        places: by paths of messages and their parts, the paths of what they were made of.
        sources: for each message the numbers of its items, None for `instructions`.
    """

    messages: tuple[MessageParam, ...]
    params: dict[str, Any]
    wrong: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    unsupported: list[str] = field(default_factory=list[str])
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    sources: tuple[tuple[int, ...] | None, ...] = ()


def read_request(body: Mapping[str, Any], earlier: int = 0) -> ChatCall:
    """Return a request's body as a chat call; nothing is raised here.

    A provider that has the Responses API gets the body as it is, whatever is found here.

    Args:
        body: the request's fields.
        earlier: how many items of the input were stored before; paths do not count them.
    """
    wrong: list[tuple[str, str]] = [*malformed(body)]
    unsupported: list[str] = []
    continues = any(body.get(name) for name in _CONTINUES)
    reader = InputReader(lambda path, why: wrong.append((path, why)), continues=continues)
    reader.instruct(body.get("instructions"))
    given: object = body.get("input")
    if not given and not continues and not body.get("prompt"):
        wrong.append(("input", "expected text or at least one item"))
    messages = reader.read(given, earlier)
    params: dict[str, Any] = {}
    for name, value in body.items():
        if value is None or name in _NOT_PARAMS:
            continue
        if not isinstance(value, _SHAPES.get(name, object)):
            # It is in `wrong`.
            continue
        if name == "text":
            text = as_object(value) or {}
            wrong += _wrong_format(text)
            params |= _text_params(text)
        elif name == "tools":
            _read_tools(as_array(value) or [], params, wrong, unsupported)
        else:
            _read_param(name, value, params, unsupported)
    sources = tuple(reader.sources)
    return ChatCall(tuple(messages), params, wrong, unsupported, reader.places, sources)


def malformed(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and reason of each thing that no provider of the Responses API takes.

    These are parameters of a wrong type, and tools and choices in the form of chat completions.
    """
    for name, shape in _SHAPES.items():
        value = body.get(name)
        if value is not None and not isinstance(value, shape):
            yield name, _expected(shape, value)
    for number, tool in enumerate(as_array(body.get("tools")) or ()):
        kind = _outer(tool)
        if kind:
            yield f"tools[{number}].{kind}", _not_inside(_FORM, kind)
    choice = as_object(body.get("tool_choice")) or {}
    kind = _outer(choice)
    if kind:
        yield f"tool_choice.{kind}", _not_inside(_CHOICE, kind)
    elif choice.get("type") in ("function", "custom") and not isinstance(choice.get("name"), str):
        yield "tool_choice.name", _expected(str, choice.get("name"))


def _outer(given: object) -> str:
    """Return the name of the inner object of a function or a custom tool, "" if it has none."""
    fields = as_object(given) or {}
    kind = fields.get("type")
    nested = isinstance(kind, str) and as_object(fields.get(kind)) is not None
    return str(kind) if nested and kind in ("function", "custom") else ""


def _not_inside(form: str, kind: str) -> str:
    return f"{form}, not inside {kind!r}, which is the form of completion()"


def _expected(kind: type[object], value: object) -> str:
    return f"expected {kind.__name__}, got {type(value).__name__}"


def _read_param(name: str, value: Any, params: JSON, unsupported: list[str]) -> None:
    if name == "tool_choice":
        _read_choice(value, params, unsupported)
    elif name in _READERS:
        params |= _READERS[name](value)
    elif name == "include":
        names = [str(each) for each in as_array(value) or ()]
        unsupported += [f"include ({each})" for each in names if each not in _INCLUDED]
    elif name in _RESPONSES_PARAMS:
        if value not in _NO_EFFECT.get(name, ()):
            unsupported.append(name)
    elif name not in _IGNORED:
        # The same in both APIs, or a provider's own parameter.
        params[name] = value


def _effort_params(reasoning: JSON) -> JSON:
    effort = reasoning.get("effort")
    return {} if effort is None else {"reasoning_effort": effort}


def _text_params(text: JSON) -> JSON:
    params: JSON = {}
    if text.get("verbosity") is not None:
        params["verbosity"] = text["verbosity"]
    form = as_object(text.get("format")) or {}
    if form.get("type") == "json_schema":
        schema = {name: value for name, value in form.items() if name != "type"}
        params["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif form.get("type") == "json_object":
        params["response_format"] = {"type": "json_object"}
    return params


def _wrong_format(text: JSON) -> Iterator[tuple[str, str]]:
    form: object = text.get("format")
    if form is None:
        return
    fields = as_object(form)
    if fields is None:
        yield "text.format", _expected(dict, form)
    elif fields.get("type") not in _FORMATS:
        yield "text.format.type", f"expected {', '.join(_FORMATS)}, got {fields.get('type')!r}"


def _read_tools(
    value: list[Any], params: JSON, wrong: list[tuple[str, str]], unsupported: list[str]
) -> None:
    tools: list[JSON] = []
    for number, tool in enumerate(value):
        fields = as_object(tool)
        if fields is None:
            wrong.append((f"tools[{number}]", _expected(dict, tool)))
            continue
        kind = fields.get("type")
        if kind in ("function", "custom"):
            _check_tool(fields, f"tools[{number}]", wrong)
        rest = {
            name: item
            for name, item in fields.items()
            if name != "type" and name not in NATIVE_FIELDS
        }
        if kind == "function":
            known = {name: item for name, item in rest.items() if item is not None}
            tools.append({"type": "function", "function": known})
        elif kind == "custom":
            tools.append({"type": "custom", "custom": _custom(rest)})
        elif not isinstance(kind, str):
            wrong.append((f"tools[{number}].type", _expected(str, kind)))
        else:
            unsupported.append(f"tools ({kind})")
    if tools:
        params["tools"] = tools


def _check_tool(tool: JSON, path: str, wrong: list[tuple[str, str]]) -> None:
    if not _outer(tool) and not isinstance(tool.get("name"), str):
        wrong.append((f"{path}.name", _expected(str, tool.get("name"))))
    parameters = tool.get("parameters")
    if parameters is not None and as_object(parameters) is None:
        wrong.append((f"{path}.parameters", _expected(dict, parameters)))


def _custom(custom: JSON) -> JSON:
    form = as_object(custom.get("format")) or {}
    if form.get("type") != "grammar":
        return custom
    grammar = {name: item for name, item in form.items() if name != "type"}
    return {**custom, "format": {"type": "grammar", "grammar": grammar}}


def _read_choice(choice: Any, params: JSON, unsupported: list[str]) -> None:
    fields = as_object(choice)
    if fields is None:
        params["tool_choice"] = choice
        return
    kind = fields.get("type")
    chosen = _chosen(fields) or {}
    if kind == "allowed_tools":
        tools = [_chosen(as_object(tool) or {}) for tool in as_array(fields.get("tools")) or ()]
        if None not in tools:
            chosen = {"type": kind, kind: {"mode": fields.get("mode"), "tools": tools}}
    if chosen:
        params["tool_choice"] = chosen
    elif kind not in ("function", "custom"):
        unsupported.append(f"tool_choice ({kind})")


def _chosen(tool: JSON) -> JSON | None:
    """Return the choice of a function or a custom tool, None for tools of the provider."""
    kind = tool.get("type")
    if kind in ("function", "custom") and "name" in tool:
        return {"type": kind, kind: {"name": tool["name"]}}
    return None


_READERS: Mapping[str, Callable[[Any], JSON]] = {
    "max_output_tokens": lambda value: {"max_completion_tokens": value},
    "reasoning": _effort_params,
    "top_logprobs": lambda value: {"logprobs": True, "top_logprobs": value},
}
