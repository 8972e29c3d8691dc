"""Vertex AI: projects, locations and models, of Google and of other vendors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import completion_body
from tests.support.calls.gemini_calls import HELLO, WEATHER, answer
from tests.support.calls.vertex_calls import MODEL, ROOT, TOKEN, GivenCredentials
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import BadRequestError, Client, RateLimitError, get_supported_openai_params
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.provider.rules import wire_of
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import openai
from trunkline.adapters.wires.vertex import project as vertex_project
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.sync_io import SyncIO

CLAUDE_ANSWER: JSON = {
    "id": "m1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 2},
}


def prepared(model: str, **params: Any) -> tuple[Request, str]:
    """Return a prepared request and its base URL."""
    adapter = ProviderAdapter()
    request = Request(model=model, messages=(), params=params, io=SyncIO(), adapter=adapter)
    endpoint = adapter.resolve(request)
    provider = find_provider("vertex_ai")
    request, endpoint = drive(
        vertex_project.enter_project(request, provider, endpoint, "v1", "us-central1")
    )
    return request, endpoint.base_url


@pytest.mark.parametrize(
    ("location", "root"),
    [
        ("global", "https://aiplatform.googleapis.com"),
        ("us-east5", "https://us-east5-aiplatform.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        ("us", "https://aiplatform.us.rep.googleapis.com"),
        (None, "https://us-central1-aiplatform.googleapis.com"),
    ],
)
def test_hosts_of_locations(location: str | None, root: str) -> None:
    request, url = prepared(
        MODEL,
        vertex_ai_project="p1",
        vertex_ai_location=location,
        vertex_ai_credentials=GivenCredentials(),
        top_k=1,
    )
    assert url == f"{root}/v1/projects/p1/locations/{location or 'us-central1'}"
    assert dict(request.params) == {"top_k": 1}


def test_environment_variables_replace_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p2")
    monkeypatch.setenv("VERTEXAI_LOCATION", "asia-east1")
    _, url = prepared(MODEL, vertex_credentials=GivenCredentials())
    assert url == "https://asia-east1-aiplatform.googleapis.com/v1/projects/p2/locations/asia-east1"
    monkeypatch.setenv("VERTEXAI_PROJECT", "p3")
    monkeypatch.setenv("VERTEXAI_API_BASE", "https://proxy.example/vertex/")
    _, url = prepared(MODEL, vertex_credentials=GivenCredentials())
    assert url == "https://proxy.example/vertex/v1/projects/p3/locations/asia-east1"


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"vertex_project": "a/b"}, "vertex_project"),
        ({"vertex_location": "evil.example/"}, "vertex_location"),
        ({"vertex_project": 7}, "vertex_project"),
        ({"vertex_credentials": "no project"}, "vertex_project"),
    ],
)
def test_invalid_projects_and_locations(params: JSON, place: str) -> None:
    given = GivenCredentials()
    if params.get("vertex_credentials"):
        given.project_id = ""
    with pytest.raises(BadRequestError, match=place) as caught:
        prepared(MODEL, **{**params, "vertex_credentials": given})
    assert caught.value.param == place


@pytest.mark.parametrize(
    ("model", "wire", "path"),
    [
        ("gemini-2.5-flash", "vertex/gemini", "publishers/google/models/gemini-2.5-flash"),
        ("google/gemini-2.5-pro", "vertex/gemini", "publishers/google/models/gemini-2.5-pro"),
        ("1234567890", "vertex/gemini", "endpoints/1234567890"),
        ("publishers/google/models/x", "vertex/gemini", "publishers/google/models/x"),
    ],
)
def test_models_and_their_paths(server: Server, model: str, wire: str, path: str) -> None:
    assert wire_of(find_provider("vertex_ai"), model) == wire
    server.reply(answer_json(answer({"text": "Hi"})))
    client = Client()
    client.completion(
        f"vertex_ai/{model}",
        HELLO,
        vertex_credentials=GivenCredentials(),
        vertex_project="my-project",
        base_url=server.url,
    )
    assert server.seen[0].path == f"{ROOT}/{path}:generateContent"
    client.close()


def test_a_resource_path_as_model(server: Server) -> None:
    server.reply(answer_json(answer({"text": "Hi"})))
    client = Client()
    whole = "projects/x/locations/us-east1/endpoints/7"
    client.completion(
        f"vertex_ai/{whole}",
        HELLO,
        vertex_credentials=GivenCredentials(),
        base_url=server.url,
        api_version="v1",
    )
    assert server.seen[0].path == f"/v1/{whole}:generateContent"
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    client.close()


def test_vertex_reads_https_urls_itself(server: Server) -> None:
    picture = answer_json({}, content_type="image/png")
    server.reply(picture, answer_json(answer({"text": "Hi"})))
    parts = [
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/x", "format": "image/gif"}},
        {"type": "image_url", "image_url": {"url": f"{server.url}/dog"}},
    ]
    client = Client()
    client.completion(
        MODEL,
        [{"role": "user", "content": parts}],
        vertex_credentials=GivenCredentials(),
        base_url=server.url,
        allow_private_urls=True,
    )
    cat, other, dog = server.seen[1].json["contents"][0]["parts"]
    assert cat == {"fileData": {"fileUri": "https://example.com/cat.png", "mimeType": "image/png"}}
    assert other["fileData"]["mimeType"] == "image/gif"
    assert dog["inlineData"]["mimeType"] == "image/png"
    assert "authorization" not in server.seen[0].headers
    client.close()


@pytest.mark.parametrize(
    "model",
    ["vertex_ai/claude-sonnet-4-5@20250929", "vertex_ai/anthropic/claude-sonnet-4-5@20250929"],
)
def test_claude(server: Server, world: World, mode: str, model: str) -> None:
    events: list[JSON] = [
        {"type": "message_start", "message": {**CLAUDE_ANSWER, "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]
    plain = mode == "plain"
    server.reply(answer_json(CLAUDE_ANSWER) if plain else answer_events(events, done=False))
    client = Client()
    response = world.answer(
        client,
        mode,
        model,
        HELLO,
        vertex_credentials=GivenCredentials(),
        vertex_project="my-project",
        max_tokens=10,
        tools=[WEATHER],
        base_url=server.url,
        extra_headers={"anthropic-beta": "b1"},
    )
    assert response.choices[0].message.content == "Hi"
    assert response.choices[0].finish_reason == "stop"
    (seen,) = server.seen
    method = "rawPredict" if plain else "streamRawPredict"
    assert seen.path == (
        "/v1/projects/my-project/locations/global/publishers/anthropic/models/"
        f"claude-sonnet-4-5@20250929:{method}"
    )
    assert seen.json["anthropic_version"] == "vertex-2023-10-16"
    assert seen.json["max_tokens"] == 10
    assert "model" not in seen.json
    assert seen.json.get("stream", False) is not plain
    assert not any(name.startswith("vertex_") for name in seen.json)
    assert seen.headers["anthropic-beta"] == "b1"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    client.close()


@pytest.mark.parametrize(
    ("model", "path", "sent"),
    [
        (
            "meta/llama-3.3-70b-instruct-maas",
            "endpoints/openapi/chat/completions",
            "meta/llama-3.3-70b-instruct-maas",
        ),
        ("openai/gpt-oss-120b-maas", "endpoints/openapi/chat/completions", None),
        (
            "mistral-small-2503@001",
            "publishers/mistralai/models/mistral-small-2503@001:rawPredict",
            "mistral-small-2503",
        ),
        (
            "mistralai/codestral-2",
            "publishers/mistralai/models/codestral-2:rawPredict",
            "codestral-2",
        ),
        ("jamba-1.5-mini", "publishers/ai21/models/jamba-1.5-mini:rawPredict", None),
    ],
)
def test_models_of_other_vendors(server: Server, model: str, path: str, sent: str | None) -> None:
    server.reply(answer_json(completion_body("Hi")))
    client = Client()
    response = client.completion(
        f"vertex_ai/{model}",
        HELLO,
        vertex_credentials=GivenCredentials(),
        vertex_project="my-project",
        max_completion_tokens=5,
        base_url=server.url,
    )
    assert response.choices[0].message.content == "Hi"
    (seen,) = server.seen
    assert seen.path == f"/v1/projects/my-project/locations/us-central1/{path}"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.json == {"model": sent or model, "messages": HELLO, "max_tokens": 5}
    client.close()


def test_streams_of_other_vendors_have_their_own_path(server: Server) -> None:
    chunk = {
        "id": "1",
        "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}],
    }
    server.reply(answer_events([chunk]))
    client = Client()
    stream = client.completion(
        "vertex_ai/mistral-medium-3",
        HELLO,
        stream=True,
        vertex_credentials=GivenCredentials(),
        base_url=server.url,
    )
    assert [part.choices[0].delta.content for part in stream] == ["Hi"]
    assert server.seen[0].path.endswith("/models/mistral-medium-3:streamRawPredict")
    client.close()


@pytest.mark.parametrize("model", ["gemini-2.5-flash", "claude-sonnet-4-5", "meta/llama-4"])
def test_googles_errors_for_every_kind_of_model(server: Server, model: str) -> None:
    problem = {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slowly"}
    server.reply(answer_json([{"error": problem}], 429, retry_after="7"))
    client = Client([])
    with pytest.raises(RateLimitError, match="slowly") as caught:
        client.completion(
            f"vertex_ai/{model}",
            HELLO,
            vertex_credentials=GivenCredentials(),
            max_tokens=1,
            base_url=server.url,
        )
    assert caught.value.retry_after == 7
    assert TOKEN not in str(caught.value)
    client.close()


def test_supported_parameters_of_each_family() -> None:
    assert "logprobs" in get_supported_openai_params("vertex_ai/gemini-2.5-flash")
    assert "logprobs" not in get_supported_openai_params("vertex_ai/claude-sonnet-4-5")
    llama = get_supported_openai_params("vertex_ai/meta/llama-3.3-70b-instruct-maas")
    assert set(llama) < openai.PARAMS
    assert "verbosity" not in llama
    assert "thinking" not in get_supported_openai_params("vertex_ai/gemini-2.0-flash")
