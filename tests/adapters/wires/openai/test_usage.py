"""Token counts by the names of each provider, and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.answers import HEAD, MESSAGES, chunk_body, completion_body
from tests.support.server import answer_events, answer_json
from trunkline import Client, ModelResponse, Stream
from trunkline.pipeline.json_values import JSON, as_object

BASE: JSON = {"prompt_tokens": 10_000, "completion_tokens": 100, "total_tokens": 10_100}


def _response(model: str, usage: JSON, mode: str) -> ModelResponse:
    """Make a call to the provider's own address, which prices depend on."""
    known = {"model": model.partition("/")[2], "created": 0}
    if mode == "plain":
        answer = answer_json({**completion_body(), **known, "usage": usage})
    else:
        last: JSON = {**HEAD, **known, "choices": [], "usage": usage}
        chunks: list[JSON] = [{**chunk_body({"content": "Hi"}, "stop"), **known}, last]
        answer = answer_events(chunks)
    body = b"".join(answer.pieces)
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, headers=answer.headers, content=body)
    )
    arguments: dict[str, Any] = {"api_key": "k", "wire": "chat"}
    with httpx.Client(transport=transport) as http, Client() as client:
        if mode == "plain":
            reply: ModelResponse = client.completion(
                model, MESSAGES, stream=False, client=http, **arguments
            )
            return reply
        stream: Stream = client.completion(model, MESSAGES, stream=True, client=http, **arguments)
        list(stream)
        return stream.response


WRITES = [
    pytest.param(
        {"prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 7}}, id="openai"
    ),
    pytest.param({"prompt_tokens_details": {"cache_write_tokens": 7}}, id="no reads"),
    pytest.param(
        {
            "prompt_tokens_details": {
                "cached_tokens": 3,
                "cache_creation_input_tokens": 7,
                "cache_creation": {"ephemeral_5m_input_tokens": 7},
            }
        },
        id="qwen",
    ),
    pytest.param({"cache_creation_input_tokens": 7, "cache_read_input_tokens": 3}, id="databricks"),
    pytest.param(
        {"prompt_tokens_details": {"cached_tokens": 3}, "cache_creation_input_tokens": 7},
        id="top level",
    ),
    pytest.param({"cache_write_tokens": 7}, id="gateway"),
    pytest.param({"prompt_tokens_details": {"cache_creation_tokens": 7}}, id="litellm"),
]


@pytest.mark.parametrize("added", WRITES)
def test_cache_writes(mode: str, added: JSON) -> None:
    usage = _response("openai/gpt-4o", {**BASE, **added}, mode).usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cache_creation_tokens == 7
    assert usage.cache_creation_input_tokens == 7
    dumped = usage.model_dump()
    for name, value in added.items():
        inner = as_object(value)
        if inner is not None:
            assert inner.items() <= dumped[name].items()
            assert all(usage[name][key] == one for key, one in inner.items())
        else:
            assert dumped[name] == usage[name] == value


@pytest.mark.parametrize(
    "added",
    [
        {"cached_tokens": 5},
        {"cached_tokens": 5, "prompt_tokens_details": {"audio_tokens": 0}},
        {"prompt_cache_hit_tokens": 5, "prompt_cache_miss_tokens": 1},
        {"cache_read_input_tokens": 5},
        {"prompt_tokens_details": {"cached_tokens": 5}},
    ],
)
def test_cache_reads(mode: str, added: JSON) -> None:
    usage = _response("moonshot/kimi-k2.6", {**BASE, **added}, mode).usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 5
    assert all(usage.model_dump()[name] for name in added)


@pytest.mark.parametrize(
    ("added", "tokens"),
    [
        ({"reasoning_tokens": 5}, 5),
        ({"reasoning_tokens": 5, "completion_tokens_details": {"audio_tokens": 0}}, 5),
        ({"reasoning_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 7}}, 7),
        ({"reasoning_tokens": 0}, None),
        # Of Perplexity's research: they are not among the completion's.
        ({"reasoning_tokens": 500}, None),
    ],
)
def test_reasoning(mode: str, added: JSON, tokens: int | None) -> None:
    usage = _response("perplexity/sonar-reasoning-pro", {**BASE, **added}, mode).usage
    assert usage is not None
    details = usage.completion_tokens_details
    assert (details.reasoning_tokens if details else None) == tokens
    assert usage.reasoning_tokens == added["reasoning_tokens"]
    assert usage.completion_tokens == 100


def test_any_field_is_kept(mode: str) -> None:
    details = {"cached_tokens": 1, "made_up_tokens": 4}
    added = {"server_tools": {"searches": 2}, "queue_time": 0.5}
    usage_sent = {
        **BASE,
        **added,
        "prompt_tokens_details": details,
        "completion_tokens_details": {"image_pixels": 9},
    }
    usage = _response("openai/gpt-4o", usage_sent, mode).usage
    assert usage is not None
    assert usage.model_dump() == usage_sent
    assert usage.queue_time == 0.5
    assert usage.prompt_tokens_details.made_up_tokens == 4  # type: ignore[union-attr]
    assert usage["completion_tokens_details"]["image_pixels"] == 9


@pytest.mark.parametrize(
    ("model", "added", "read", "write"),
    [
        (
            "openai/gpt-5.6",
            {"prompt_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 6000}},
            2000,
            6000,
        ),
        ("moonshot/kimi-k2.6", {"cached_tokens": 8000}, 8000, 0),
    ],
)
def test_costs(mode: str, model: str, added: JSON, read: int, write: int) -> None:
    pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")
    from genai_prices import Usage  # noqa: PLC0415  # an extra
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  # an extra

    response = _response(model, {**BASE, **added}, mode)
    provider, name = model.replace("moonshot/", "moonshotai/").split("/")
    _, listed = get_snapshot().find_provider_model(name, None, provider, None)
    price = listed.get_prices(datetime.now(UTC), {})
    expected = price.calc_price(
        Usage(
            input_tokens=10_000,
            output_tokens=100,
            cache_read_tokens=read,
            cache_write_tokens=write,
        )
    )
    assert response.cost == pytest.approx(float(expected["total_price"]))
    assert response.cost != _response(model, BASE, mode).cost


def test_what_has_no_price_has_no_cost(mode: str) -> None:
    pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")
    details = {"prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 6000}}
    assert _response("openai/gpt-4o", {**BASE, **details}, mode).cost is None
    assert _response("openai/gpt-4o", BASE, mode).cost is not None


def test_audio_by_the_second_has_no_cost(mode: str) -> None:
    pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")
    model = "mistral/voxtral-small-latest"
    timed = _response(model, {**BASE, "prompt_audio_seconds": 30}, mode)
    assert timed.cost is None
    assert timed.usage is not None
    assert timed.usage.prompt_audio_seconds == 30
    assert _response(model, {**BASE, "prompt_audio_seconds": 0}, mode).cost is not None
