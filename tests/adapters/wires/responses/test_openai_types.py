"""The parameters, tools and events of the openai package: none of them is unknown here."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from openai.types.chat import completion_create_params as chat_types
from openai.types.responses import response_create_params as response_types
from openai.types.responses import tool_param

from trunkline.adapters.provider.param_groups import BUILT_IN_TOOLS, CHAT_ONLY, RESPONSES_ONLY
from trunkline.adapters.wires.responses import PARAMS
from trunkline.adapters.wires.responses.inbound import read_request
from trunkline.pipeline.call.chat_params import CHAT_PARAMS
from trunkline.pipeline.json_values import JSON

CHAT = frozenset(typing.get_type_hints(chat_types.CompletionCreateParamsBase))
RESPONSES = frozenset(typing.get_type_hints(response_types.ResponseCreateParamsBase))
#: What a call has in arguments of its own.
ARGUMENTS = {"input", "messages", "metadata", "model", "stream"}
#: The same things under different names.
TRANSLATED = {
    "function_call",
    "functions",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "reasoning_effort",
    "response_format",
    "verbosity",
    "web_search_options",
}
#: A value that asks for something, and the name in an error if that is another.
VALUES: JSON = {
    "background": True,
    "include": ["file_search_call.results"],
    "instructions": "Be brief.",
    "max_output_tokens": 9,
    "parallel_tool_calls": False,
    "reasoning": {"effort": "low"},
    "store": False,
    "stream_options": {"include_obfuscation": False},
    "temperature": 0.5,
    "text": {"verbosity": "low"},
    "tool_choice": "required",
    "tools": [{"type": "function", "name": "look", "parameters": {}}],
    "top_logprobs": 2,
    "top_p": 0.5,
    "truncation": "auto",
}


def test_chat_completions() -> None:
    assert CHAT - ARGUMENTS == CHAT_PARAMS


def test_responses() -> None:
    assert RESPONSES - ARGUMENTS <= PARAMS
    assert RESPONSES - CHAT - ARGUMENTS == RESPONSES_ONLY


def test_chat_only() -> None:
    assert CHAT - RESPONSES - ARGUMENTS == CHAT_ONLY | TRANSLATED


@pytest.mark.parametrize("name", sorted(RESPONSES - ARGUMENTS))
def test_each_parameter_is_translated_or_refused(name: str) -> None:
    call = read_request({"input": "Hi", name: VALUES.get(name, {"some": "value"})})
    assert not call.wrong
    named = [text.partition(" ")[0] for text in call.unsupported]
    if name in RESPONSES_ONLY - {"instructions", "max_output_tokens", "reasoning", "text"}:
        assert named == [name]
    elif name == "instructions":
        assert call.messages[0]["role"] == "system"
    elif name == "store":
        # Nothing is stored by a provider without the API.
        assert not call.params
    elif name in ("moderation", "prompt_cache_options"):
        assert named == [name]
    else:
        assert call.params.keys() <= CHAT_PARAMS
        assert call.params


def kinds_of(union: Any) -> set[str]:
    """Return the types of the members of a union of typed dictionaries."""
    kinds: set[str] = set()
    for member in typing.get_args(union):
        hints = typing.get_type_hints(member)
        kinds.update(typing.get_args(hints["type"]))
    return kinds


def test_built_in_tools() -> None:
    known = kinds_of(tool_param.ToolParam) - {"function", "custom"}
    # Azure's name for computer use has no date either.
    assert known | {"computer_use"} == BUILT_IN_TOOLS
