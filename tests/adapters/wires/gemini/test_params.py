"""OpenAI's and Google's parameters, checked against the types of Google's client."""

from __future__ import annotations

from typing import Any

import pytest
from google.genai import types
from pydantic.alias_generators import to_camel

from tests.support.calls.gemini_calls import (
    HELLO,
    NEWER,
    OLDER,
    WEATHER,
    body_of_call,
    config_of_call,
)
from tests.support.calls.openai_requests import encode_body, make_request
from trunkline import BadRequestError, UnsupportedParamsError, get_supported_openai_params
from trunkline.pipeline.json_values import JSON


def test_sampling_parameters() -> None:
    assert config_of_call(
        temperature=0.5,
        top_p=0.9,
        top_k=7,
        n=2,
        seed=1,
        stop="end",
        presence_penalty=0.1,
        frequency_penalty=0.2,
        logprobs=True,
        top_logprobs=3,
        max_tokens=9,
        stream_options={"include_usage": True},
    ) == {
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 7,
        "candidateCount": 2,
        "seed": 1,
        "stopSequences": ["end"],
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "responseLogprobs": True,
        "logprobs": 3,
        "maxOutputTokens": 9,
    }
    assert config_of_call(max_completion_tokens=9, stop=["a", "b"]) == {
        "maxOutputTokens": 9,
        "stopSequences": ["a", "b"],
    }


def test_two_values_for_one_field_are_an_error() -> None:
    assert config_of_call(max_tokens=9, max_completion_tokens=9) == {"maxOutputTokens": 9}
    with pytest.raises(BadRequestError, match="maxOutputTokens is given twice"):
        config_of_call(max_tokens=9, max_completion_tokens=8)


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "get_weather"}},
            {"mode": "ANY", "allowedFunctionNames": ["get_weather"]},
        ),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "get_weather"}}],
                },
            },
            {"mode": "VALIDATED", "allowedFunctionNames": ["get_weather"]},
        ),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [{"name": "get_weather"}]},
            },
            {"mode": "ANY", "allowedFunctionNames": ["get_weather"]},
        ),
    ],
)
def test_tool_choice(choice: Any, config: JSON) -> None:
    body = body_of_call(tools=[WEATHER], tool_choice=choice)
    assert body["toolConfig"] == {"functionCallingConfig": config}


def test_tools_of_the_caller_and_of_google() -> None:
    empty = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}
    body = body_of_call(
        tools=[WEATHER, {"googleSearch": {}}, empty, {"code_execution": {}}],
        web_search_options={},
        include_server_side_tool_invocations=True,
    )
    declared = WEATHER["function"]
    assert body["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "get_weather",
                    "description": "Look at the sky",
                    "parametersJsonSchema": declared["parameters"],
                },
                {"name": "now"},
            ]
        },
        {"googleSearch": {}},
        {"code_execution": {}},
    ]
    assert body["toolConfig"] == {"includeServerSideToolInvocations": True}
    own = {"behavior": "NON_BLOCKING", "response": {"type": "OBJECT"}}
    declared = {"type": "function", "function": {"name": "now", **own}}
    assert body_of_call(tools=[declared])["tools"] == [
        {"functionDeclarations": [{"name": "now", **own}]}
    ]
    assert "tools" not in body_of_call(tools=[])


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0]"),
        ({"tools": [{"type": "function", "function": {"name": ""}}]}, "tools[0].function.name"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            "response_format.json_schema.schema",
        ),
        ({"audio": {"voice": "Kore", "format": "mp3"}}, "audio.format"),
        ({"reasoning_effort": "most"}, "reasoning_effort"),
        ({"thinking": {"type": "sometimes"}}, "thinking"),
        (
            {
                "reasoning_effort": "low",
                "thinking": {"type": "enabled", "budget_tokens": 1024},
            },
            "thinking",
        ),
    ],
)
def test_invalid_parameters_are_errors_with_their_name(params: JSON, place: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        body_of_call(**params)
    assert caught.value.param == place


def test_parameters_that_google_does_not_have() -> None:
    for name in ("logit_bias", "user", "parallel_tool_calls", "prediction", "verbosity"):
        assert name not in get_supported_openai_params(NEWER)
        with pytest.raises(UnsupportedParamsError, match=name):
            body_of_call(None, model=NEWER, **dict[str, Any]({name: 1}))


def test_response_formats() -> None:
    schema = {"type": "array", "items": {"type": "string"}}
    assert body_of_call(response_format={"type": "text"}).get("generationConfig") is None
    assert config_of_call(response_format={"type": "json_object"}) == {
        "responseMimeType": "application/json"
    }
    named = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}
    assert config_of_call(response_format=named) == {
        "responseMimeType": "application/json",
        "responseJsonSchema": schema,
    }
    assert config_of_call(response_format=named, model="gemini/gemini-1.5-pro") == {
        "responseMimeType": "application/json",
        "responseSchema": {"type": "ARRAY", "items": {"type": "STRING"}},
    }


@pytest.mark.parametrize(
    ("model", "effort", "config"),
    [
        (OLDER, "none", {"thinkingBudget": 0}),
        (OLDER, "minimal", {"thinkingBudget": 1024, "includeThoughts": True}),
        (OLDER, "medium", {"thinkingBudget": 8192, "includeThoughts": True}),
        ("gemini/gemini-2.5-pro", "high", {"thinkingBudget": 24576, "includeThoughts": True}),
        (NEWER, "none", {"thinkingLevel": "minimal"}),
        (NEWER, "minimal", {"thinkingLevel": "minimal", "includeThoughts": True}),
        (NEWER, {"effort": "low"}, {"thinkingLevel": "low", "includeThoughts": True}),
        ("gemini/gemini-3-pro-preview", "medium", {"thinkingLevel": "high"}),
        ("gemini/gemini-3.1-pro-preview", "medium", {"thinkingLevel": "medium"}),
        ("gemini/gemini-3.6-flash", "none", {"thinkingLevel": "minimal"}),
        ("gemini/gemini-3.6-flash", "medium", {"thinkingLevel": "medium"}),
        ("gemini/gemini-3.7-flash", "minimal", {"thinkingLevel": "low"}),
        ("gemini/gemini-3.8-flash", "minimal", {"thinkingLevel": "low"}),
        ("gemini/gemini-3.5-flash-lite", "minimal", {"thinkingLevel": "minimal"}),
        ("gemini/gemini-4-argon", "minimal", {"thinkingLevel": "low"}),
        ("gemini/gemini-4-argon", "xhigh", {"thinkingLevel": "high", "includeThoughts": True}),
        ("gemini/gemini-4-hydrogen", "xhigh", {"thinkingLevel": "xhigh", "includeThoughts": True}),
        ("gemini/gemini-4-hydrogen", "max", {"thinkingLevel": "xhigh"}),
        ("gemini/gemini-4-hydrogen", "high", {"thinkingLevel": "high"}),
        (NEWER, "max", {"thinkingLevel": "high"}),
        (NEWER, {"effort": "xhigh", "summary": "auto"}, {"thinkingLevel": "high"}),
        (OLDER, "xhigh", {"thinkingBudget": 24576, "includeThoughts": True}),
        ("gemini/gemini-2.5-pro", "max", {"thinkingBudget": 24576}),
        ("vertex_ai/gemini-4-hydrogen", "max", {"thinkingLevel": "xhigh"}),
        ("gemini/models/gemini-flash-latest", "high", {"thinkingLevel": "high"}),
    ],
)
def test_reasoning_effort(model: str, effort: Any, config: JSON) -> None:
    found = config_of_call(model=model, reasoning_effort=effort)["thinkingConfig"]
    assert found.items() >= config.items()


def test_unsupported_reasoning_effort() -> None:
    for model in ("gemini/gemini-2.5-pro", "gemini/gemini-3.8-flash"):
        with pytest.raises(
            BadRequestError, match="supports high, low, medium, minimal, not 'none'"
        ):
            config_of_call(model=model, reasoning_effort="none")
        with pytest.raises(BadRequestError, match="not 'none'"):
            config_of_call(model=model, thinking={"type": "disabled"})
    assert "generationConfig" not in body_of_call(reasoning_effort="default")


def test_thinking() -> None:
    budget = {"type": "enabled", "budget_tokens": 2000}
    assert config_of_call(model=OLDER, thinking=budget)["thinkingConfig"] == {
        "thinkingBudget": 2000,
        "includeThoughts": True,
    }
    assert config_of_call(model=OLDER, thinking={"type": "disabled"})["thinkingConfig"] == {
        "thinkingBudget": 0
    }
    assert config_of_call(model=OLDER, thinking={"type": "adaptive"})["thinkingConfig"] == {
        "thinkingBudget": -1,
        "includeThoughts": True,
    }
    assert config_of_call(thinking={"type": "adaptive"})["thinkingConfig"] == {
        "includeThoughts": True
    }


def test_modalities_and_voices() -> None:
    assert config_of_call(modalities=["text", "image"]) == {"responseModalities": ["TEXT", "IMAGE"]}
    assert config_of_call(
        model="gemini/gemini-2.5-flash-preview-tts",
        modalities=["audio"],
        audio={"voice": "Kore", "format": "pcm16"},
    ) == {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
    }


def test_googles_own_parameters_by_their_names() -> None:
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    body = body_of_call(
        safety_settings=safety,
        cached_content="cachedContents/1",
        labels={"team": "x"},
        media_resolution="MEDIA_RESOLUTION_LOW",
        thinkingConfig={"thinkingBudget": 5},
        generation_config={"top_k": 3},
        service_tier="default",
        store=False,
    )
    assert body["safetySettings"] == safety
    assert body["cachedContent"] == "cachedContents/1"
    assert body["labels"] == {"team": "x"}
    assert body["serviceTier"] == "standard"
    assert body["store"] is False
    assert body["generationConfig"] == {
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "thinkingConfig": {"thinkingBudget": 5},
        "topK": 3,
    }
    assert "serviceTier" not in body_of_call(service_tier="auto")


# Google's generation config has the same names as these parameters of OpenAI's.
_OF_OPENAI = {
    "frequency_penalty",
    "logprobs",
    "presence_penalty",
    "response_format",
    "seed",
    "temperature",
    "top_p",
}


@pytest.mark.parametrize("name", sorted(types.GenerationConfig.model_fields.keys() - _OF_OPENAI))
def test_all_fields_of_the_generation_config_get_there(name: str) -> None:
    body = encode_body(make_request(NEWER, HELLO, **dict[str, Any]({name: {"x": 1}})))
    assert body.keys() == {"contents", "generationConfig"}
    assert list(body["generationConfig"].values()) == [{"x": 1}]
    camel = types.GenerationConfig.model_fields[name].alias or to_camel(name)
    assert list(body["generationConfig"]) == [camel]


@pytest.mark.parametrize("name", sorted(types.ToolConfig.model_fields))
def test_all_fields_of_the_tool_config_get_there(name: str) -> None:
    body = encode_body(make_request(NEWER, HELLO, **dict[str, Any]({name: {"x": 1}})))
    assert body["toolConfig"] == {to_camel(name): {"x": 1}}


def test_a_tool_config_is_joined_with_the_tool_choice() -> None:
    body = body_of_call(
        tools=[WEATHER],
        tool_choice="auto",
        tool_config={
            "function_calling_config": {"stream_function_call_arguments": True},
            "include_server_side_tool_invocations": True,
        },
    )
    assert body["toolConfig"] == {
        "functionCallingConfig": {"mode": "AUTO", "streamFunctionCallArguments": True},
        "includeServerSideToolInvocations": True,
    }
    assert body_of_call(stream_function_call_arguments=True)["toolConfig"] == {
        "functionCallingConfig": {"streamFunctionCallArguments": True}
    }


def test_supported_parameters_of_each_model() -> None:
    assert "reasoning_effort" in get_supported_openai_params(OLDER)
    assert "reasoning_effort" not in get_supported_openai_params("gemini/gemini-2.0-flash")
    assert "audio" in get_supported_openai_params("gemini/gemini-2.5-pro-preview-tts")
    assert "audio" not in get_supported_openai_params(NEWER)
    assert "frequency_penalty" not in get_supported_openai_params("gemini/gemini-3.5-flash-lite")
    assert "store" in get_supported_openai_params(NEWER)
    assert "store" not in get_supported_openai_params("vertex_ai/gemini-2.5-flash")


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"modalities": "text"}, "modalities"),
        ({"modalities": 5}, "modalities"),
        ({"generation_config": [1]}, "generation_config"),
        ({"tool_config": "AUTO"}, "tool_config"),
        (
            {"tool_config": {"functionCallingConfig": "AUTO"}},
            "tool_config.function_calling_config",
        ),
    ],
)
def test_parameters_of_a_wrong_type(params: JSON, place: str) -> None:
    with pytest.raises(BadRequestError, match=f"{place}: expected") as caught:
        body_of_call(**params)
    assert caught.value.param == place


def test_googles_own_parameters_of_a_wrong_type_are_for_google_to_reject() -> None:
    request = make_request(NEWER, HELLO, thinking_config=5, service_tier=["x"])
    body = encode_body(request)
    assert body["generationConfig"] == {"thinkingConfig": 5}
    assert body["serviceTier"] == ["x"]
