"""Parameters of completion() in a Responses request, checked against OpenAI's own types."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from tests.adapters.wires.responses.calls import MODEL, PLAIN_MODEL, send, sent
from trunkline import BadRequestError, UnsupportedParamsError
from trunkline.pipeline.json_values import JSON

SCHEMA: JSON = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FUNCTION: JSON = {"name": "look", "description": "Look", "parameters": SCHEMA, "strict": True}
GRAMMAR: JSON = {"syntax": "lark", "definition": "start: /a/"}
BUILT_IN: list[JSON] = [
    {"type": "web_search", "search_context_size": "low"},
    {"type": "file_search", "vector_store_ids": ["vs_1"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "image_generation", "quality": "low"},
    {"type": "mcp", "server_label": "docs", "server_url": "https://example.com/mcp"},
    {"type": "computer"},
    {"type": "shell"},
    {"type": "local_shell"},
    {"type": "apply_patch"},
    {"type": "tool_search"},
    {
        "type": "namespace",
        "name": "crm",
        "description": "Customers",
        "tools": [{"type": "function", "name": "look", "parameters": SCHEMA}],
    },
]


def test_function_and_custom_tools() -> None:
    form = {"type": "grammar", "grammar": GRAMMAR}
    custom = {"name": "run", "description": "Run", "format": form}
    plain = {"type": "function", "function": {"name": "plain"}}
    tools = [{"type": "function", "function": FUNCTION}, {"type": "custom", "custom": custom}]
    assert sent(tools=[*tools, plain])["tools"] == [
        {"type": "function", **FUNCTION},
        {"type": "custom", **custom, "format": {"type": "grammar", **GRAMMAR}},
        {"type": "function", "name": "plain", "parameters": None, "strict": False},
    ]


def test_tools_of_the_provider_go_as_they_are() -> None:
    for tool in BUILT_IN:
        assert sent(tools=[tool])["tools"] == [tool], tool["type"]


def test_web_search_options_become_a_tool() -> None:
    place = {"type": "approximate", "approximate": {"country": "DE", "city": "Bonn"}}
    options = {"search_context_size": "high", "user_location": place}
    location = {"type": "approximate", "country": "DE", "city": "Bonn"}
    search = {"type": "web_search", "search_context_size": "high", "user_location": location}
    tools = [{"type": "function", "function": FUNCTION}]
    body = sent(tools=tools, web_search_options=options)
    assert body["tools"] == [{"type": "function", **FUNCTION}, search]
    body = sent(web_search_options=options, tools=tools)
    assert body["tools"] == [search, {"type": "function", **FUNCTION}]


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        *((word, word) for word in ("auto", "none", "required")),
        (
            {"type": "function", "function": {"name": "look"}},
            {"type": "function", "name": "look"},
        ),
        ({"type": "custom", "custom": {"name": "run"}}, {"type": "custom", "name": "run"}),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": "look"}}],
                },
            },
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "look"}],
            },
        ),
        ({"type": "file_search"}, {"type": "file_search"}),
        ({"type": "mcp", "server_label": "docs"}, {"type": "mcp", "server_label": "docs"}),
        ({"type": "function", "name": "look"}, {"type": "function", "name": "look"}),
    ],
)
def test_tool_choice(choice: Any, written: Any) -> None:
    tool = {"type": "function", "function": FUNCTION}
    assert sent(tools=[tool], tool_choice=choice)["tool_choice"] == written


class City(BaseModel):
    name: str


class Town(msgspec.Struct):
    name: str


@pytest.mark.parametrize("form", [City, Town])
def test_classes_as_formats(form: type[object]) -> None:
    written = sent(response_format=form)["text"]["format"]
    assert written["type"] == "json_schema"
    assert written["name"] == form.__name__
    assert written["strict"] is True
    assert written["schema"]["required"] == ["name"]
    assert written["schema"]["additionalProperties"] is False


def test_formats_and_verbosity() -> None:
    schema = {"name": "city", "schema": SCHEMA, "strict": True}
    form = {"type": "json_schema", "json_schema": schema}
    body = sent(response_format=form, verbosity="low")
    assert body["text"] == {"format": {"type": "json_schema", **schema}, "verbosity": "low"}
    assert sent(response_format={"type": "json_object"})["text"] == {
        "format": {"type": "json_object"}
    }
    body = sent(text={"verbosity": "high"}, response_format={"type": "text"})
    assert body["text"] == {"format": {"type": "text"}, "verbosity": "high"}


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ({"reasoning_effort": "low"}, {"effort": "low"}),
        (
            {"reasoning_effort": {"effort": "high", "summary": "detailed"}},
            {"effort": "high", "summary": "detailed"},
        ),
        ({"reasoning_effort": {"summary": "auto"}}, {"summary": "auto"}),
        ({"reasoning_effort": {}}, {}),
        ({"reasoning": {"effort": "low"}}, {"effort": "low"}),
        (
            {"reasoning": {"summary": "auto"}, "reasoning_effort": "low"},
            {"summary": "auto", "effort": "low"},
        ),
    ],
)
def test_reasoning(arguments: JSON, written: JSON) -> None:
    assert sent(**arguments)["reasoning"] == written


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "max_output_tokens"])
def test_limits(name: str) -> None:
    limit: JSON = {name: 100}
    assert sent(**limit)["max_output_tokens"] == 100


def test_only_one_limit() -> None:
    with pytest.raises(BadRequestError, match="give one of them"):
        send(max_tokens=100, max_output_tokens=200)


@pytest.mark.parametrize(
    ("arguments", "store", "include"),
    [
        ({}, False, ["reasoning.encrypted_content"]),
        ({"store": False}, False, ["reasoning.encrypted_content"]),
        ({"store": True}, True, None),
        ({"background": True}, None, None),
        ({"conversation": "conv_1"}, None, None),
        ({"previous_response_id": "resp_0"}, None, None),
        (
            {"previous_response_id": "resp_0", "store": False},
            False,
            ["reasoning.encrypted_content"],
        ),
        (
            {"include": ["web_search_call.action.sources"]},
            False,
            ["web_search_call.action.sources", "reasoning.encrypted_content"],
        ),
        ({"model": PLAIN_MODEL}, False, None),
    ],
)
def test_nothing_is_stored_unless_the_call_asks(
    arguments: JSON, store: bool | None, include: list[str] | None
) -> None:
    body = sent(**arguments)
    assert (body.get("store"), body.get("include")) == (store, include)


def test_log_probabilities() -> None:
    body = sent(model=PLAIN_MODEL, logprobs=True, top_logprobs=3)
    assert body["include"] == ["message.output_text.logprobs"]
    assert body["top_logprobs"] == 3


def test_other_parameters_keep_their_names() -> None:
    given: JSON = {
        "context_management": [{"type": "compaction", "compact_threshold": 1000}],
        "instructions": "Be brief.",
        "max_tool_calls": 3,
        "moderation": {"model": "omni-moderation-latest"},
        "parallel_tool_calls": False,
        "prompt": {"id": "pmpt_1", "variables": {"name": "Ada"}},
        "prompt_cache_key": "key",
        "prompt_cache_retention": "24h",
        "safety_identifier": "somebody",
        "service_tier": "flex",
        "truncation": "auto",
    }
    body = sent(**given)
    assert {name: body[name] for name in given} == given
    assert "stream" not in body
    body = sent(model=PLAIN_MODEL, temperature=0.5, top_p=0.9, user="somebody")
    assert (body["temperature"], body["top_p"], body["user"]) == (0.5, 0.9, "somebody")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("stop", ["x"]),
        ("seed", 1),
        ("logit_bias", {"1": 1}),
        ("presence_penalty", 0.5),
        ("frequency_penalty", 0.5),
    ],
)
def test_what_has_no_place_is_refused_or_dropped(name: str, value: Any) -> None:
    with pytest.raises(UnsupportedParamsError) as caught:
        send(model=PLAIN_MODEL, **{name: value})
    assert name in caught.value.message
    assert name not in sent(model=PLAIN_MODEL, drop_params=True, **{name: value})


def test_extra_body_and_metadata() -> None:
    body = send(extra_body={"new": 1}, metadata={"run": "7"})
    assert body["new"] == 1
    assert body["model"] == MODEL.rpartition("/")[2]
