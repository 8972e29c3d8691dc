"""What Gemini is asked, judged by the types of the vendor's client."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.gemini_calls import (
    HELLO,
    NEWER,
    OLDER,
    PNG,
    WEATHER,
    body_of_call,
    call,
    config_of_call,
    contents_of,
    parts_of,
)
from tests.support.calls.openai_requests import make_request
from tests.support.server import Server, answer_json
from trunkline import BadRequestError, Client, UnsupportedParamsError, get_supported_openai_params
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import gemini
from trunkline.pipeline.json_values import JSON

PNG_PART = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0="}}


def image(url: str = PNG, **more: Any) -> JSON:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def test_system_messages_are_one_instruction_wherever_they_stand() -> None:
    body = body_of_call(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "content": "You?"},
        ]
    )
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert body["contents"] == [{"role": "user", "parts": [{"text": "Hi"}, {"text": "You?"}]}]


def test_a_system_message_alone_is_the_users() -> None:
    body = body_of_call([{"role": "system", "content": "Say hello"}])
    assert body == {"contents": [{"role": "user", "parts": [{"text": "Say hello"}]}]}


@pytest.mark.parametrize("content", ["", [], None, [{"type": "text", "text": ""}]])
def test_empty_content_is_tolerated(content: Any) -> None:
    contents = contents_of(
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": "Still there?"},
    )
    assert contents == [{"role": "user", "parts": [{"text": "Hi"}, {"text": "Still there?"}]}]
    assert contents_of({"role": "user", "content": content})[0]["parts"] == [{"text": " "}]


def test_all_results_stand_together_with_the_names_of_their_calls() -> None:
    contents = contents_of(
        {"role": "user", "content": "Weather in Rome and Oslo?"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [call(arguments='{"city": "Rome"}'), call("time", id="c2")],
        },
        {"role": "tool", "tool_call_id": "c2", "content": "noon"},
        {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "blue"}'},
        {"role": "user", "content": "Well?"},
    )
    assert [content["role"] for content in contents] == ["user", "model", "user"]
    text, first, second = contents[1]["parts"]
    assert text == {"text": "I look."}
    assert first["functionCall"] == {"name": "get_weather", "args": {"city": "Rome"}, "id": "c1"}
    assert second["functionCall"] == {"name": "time", "args": {}, "id": "c2"}
    assert contents[2]["parts"] == [
        {"functionResponse": {"name": "time", "response": {"output": "noon"}, "id": "c2"}},
        {"functionResponse": {"name": "get_weather", "response": {"sky": "blue"}, "id": "c1"}},
        {"text": "Well?"},
    ]


def test_a_result_without_a_call_says_where() -> None:
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.tool_call_id") as caught:
        body_of_call([{"role": "tool", "tool_call_id": "nobody", "content": "x"}])
    assert caught.value.param == "messages[0].tool_call_id"


def test_pictures_in_results_go_into_them_where_the_model_knows_that() -> None:
    messages: list[JSON] = [
        {"role": "user", "content": "Show me"},
        {"role": "assistant", "tool_calls": [call("a", id="1"), call("b", id="2")]},
        {"role": "tool", "tool_call_id": "1", "content": [image()]},
        {"role": "tool", "tool_call_id": "2", "content": "done"},
    ]
    newer = contents_of(*messages)[2]["parts"]
    assert newer[0]["functionResponse"]["parts"] == [PNG_PART]
    older = contents_of(*messages, model=OLDER)[2]["parts"]
    assert ["functionResponse" in part for part in older] == [True, True, False]
    assert older[2] == PNG_PART


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (image(), PNG_PART),
        ({"type": "image_url", "image_url": PNG}, PNG_PART),
        (
            image("gs://bucket/cat.jpg"),
            {"fileData": {"fileUri": "gs://bucket/cat.jpg", "mimeType": "image/jpeg"}},
        ),
        (
            image(detail="high"),
            {**PNG_PART, "mediaResolution": {"level": "MEDIA_RESOLUTION_HIGH"}},
        ),
        (image(detail="auto"), PNG_PART),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}},
        ),
        (
            {"type": "video_url", "video_url": {"url": "https://youtu.be/abc"}},
            {"fileData": {"fileUri": "https://youtu.be/abc", "mimeType": "video/*"}},
        ),
        (
            {
                "type": "video_url",
                "video_url": {
                    "url": "data:video/mp4;base64,AAAA",
                    "video_metadata": {"fps": 2, "startOffset": "1s"},
                },
            },
            {
                "inlineData": {"mimeType": "video/mp4", "data": "AAAA"},
                "videoMetadata": {"fps": 2, "startOffset": "1s"},
            },
        ),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
        ),
        (
            {"type": "file", "file": {"file_data": "JVBE", "filename": "a.pdf"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
        ),
        (
            {"type": "file", "file": {"file_id": "files/abc"}},
            {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc"}},
        ),
        (
            {"type": "file", "file": {"file_id": "gs://b/x", "format": "text/csv"}},
            {"fileData": {"fileUri": "gs://b/x", "mimeType": "text/csv"}},
        ),
        (
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"},
            },
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
        ),
        (
            {"type": "document", "source": {"type": "text", "data": "Once"}},
            {"text": "Once"},
        ),
    ],
)
def test_content_parts(part: JSON, expected: JSON) -> None:
    assert parts_of(part) == [expected]


def test_older_models_take_no_resolution_of_a_part() -> None:
    assert parts_of(image(detail="low"), model=OLDER) == [PNG_PART]


def test_title_and_context_of_a_document_are_sent_as_text() -> None:
    part = {
        "type": "document",
        "title": "Tale",
        "context": "Old",
        "source": {"type": "text", "data": "Once"},
    }
    assert parts_of(part) == [{"text": "Tale\nOld"}, {"text": "Once"}]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"type": "search_result", "text": "x"}, "messages[0].content[0]"),
        (image("cat.png"), "messages[0].content[0].image_url.url"),
        (image("gs://bucket/cat"), "messages[0].content[0].image_url.url"),
        ({"type": "file", "file": {"file_data": "JVBE"}}, "messages[0].content[0].file"),
        ({"type": "file", "file": {"file_id": "file-9"}}, "messages[0].content[0].file.file_id"),
        (
            {
                "type": "document",
                "citations": {"enabled": True},
                "source": {"type": "text", "data": "x"},
            },
            "messages[0].content[0].citations",
        ),
        ({"type": "document", "source": {"type": "odd"}}, "messages[0].content[0].source"),
    ],
)
def test_what_gemini_cannot_take_says_where_it_stands(part: JSON, place: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parts_of(part)
    assert caught.value.param == place
    assert str(caught.value).startswith(place)


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


def test_one_thing_under_two_names_is_refused() -> None:
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
        ({"reasoning_effort": "max"}, "reasoning_effort"),
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
def test_parameters_that_cannot_be_sent_say_which(params: JSON, place: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        body_of_call(**params)
    assert caught.value.param == place


def test_parameters_that_google_has_not() -> None:
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
        ("gemini/models/gemini-flash-latest", "high", {"thinkingLevel": "high"}),
    ],
)
def test_reasoning_effort(model: str, effort: Any, config: JSON) -> None:
    found = config_of_call(model=model, reasoning_effort=effort)["thinkingConfig"]
    assert found.items() >= config.items()


def test_reasoning_effort_that_a_model_has_not() -> None:
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


def test_what_nobody_knows_is_sent_for_google_to_judge() -> None:
    request = make_request(NEWER, HELLO, brand_new=1)
    provider = find_provider("gemini")
    endpoint = ProviderAdapter().resolve(request)
    assert b'"brandNew":1' in gemini.encode(request, provider, endpoint).body


def test_what_is_supported_is_said_of_each_model() -> None:
    assert "reasoning_effort" in get_supported_openai_params(OLDER)
    assert "reasoning_effort" not in get_supported_openai_params("gemini/gemini-2.0-flash")
    assert "audio" in get_supported_openai_params("gemini/gemini-2.5-pro-preview-tts")
    assert "audio" not in get_supported_openai_params(NEWER)
    assert "frequency_penalty" not in get_supported_openai_params("gemini/gemini-3.5-flash-lite")
    assert "store" in get_supported_openai_params(NEWER)
    assert "store" not in get_supported_openai_params("vertex_ai/gemini-2.5-flash")


def test_address_and_key(server: Server) -> None:
    client = Client()
    server.reply(answer_json({"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}))
    for base, path in (
        (server.url, "/v1beta/models/gemini-2.5-flash:generateContent"),
        (f"{server.url}/proxy/v1beta/", "/proxy/v1beta/models/gemini-2.5-flash:generateContent"),
    ):
        client.completion(OLDER, HELLO, base_url=base, api_key="secret-key-1")
        assert server.seen[-1].path == path
        assert server.seen[-1].headers["x-goog-api-key"] == "secret-key-1"
    client.completion(
        "gemini/tunedModels/mine",
        HELLO,
        base_url=server.url,
        api_key="secret-key-1",
        api_version="v1alpha",
        extra_body={"generationConfig": {"topK": 1}, "labels": {"a": "b"}},
        temperature=1,
    )
    seen = server.seen[-1]
    assert seen.path == "/v1alpha/tunedModels/mine:generateContent"
    assert seen.json["generationConfig"] == {"temperature": 1, "topK": 1}
    assert seen.json["labels"] == {"a": "b"}
    assert not any("secret-key-1" in seen.path for seen in server.seen)
    client.close()


def test_addresses_in_messages_are_fetched_but_for_googles_own(server: Server) -> None:
    picture = answer_json({}, content_type="image/png")
    picture.pieces = [b"\x89PNG"]
    server.reply(picture, answer_json({"candidates": [{"content": {"parts": [{"text": "Cat"}]}}]}))
    client = Client()
    own = "https://generativelanguage.googleapis.com/v1beta/files/f1"
    parts = [
        image(f"{server.url}/cat"),
        {"type": "file", "file": {"file_id": own}},
        {"type": "video_url", "video_url": "https://www.youtube.com/watch?v=1"},
    ]
    client.completion(
        NEWER,
        [{"role": "user", "content": parts}],
        base_url=server.url,
        api_key="secret-key-1",
        allow_private_urls=True,
    )
    fetched, sent = server.seen
    assert fetched.path == "/cat"
    assert "x-goog-api-key" not in fetched.headers
    assert sent.json["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}},
        {"fileData": {"fileUri": own}},
        {"fileData": {"fileUri": "https://www.youtube.com/watch?v=1", "mimeType": "video/*"}},
    ]
    client.close()
