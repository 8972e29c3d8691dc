"""Arguments whose names are slips are refused; what a provider documents is never one."""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import anthropic.types.beta.message_create_params
import anthropic.types.message_create_params
import google.genai.types
import openai.types.chat.completion_create_params
import openai.types.responses.response_create_params
import pytest

from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from trunkline import BadRequestError, Client, ModelRule, Provider, completion, list_providers
from trunkline.clients.client import KNOWN_OPTIONS
from trunkline.pipeline.call.arguments import OWN_ARGUMENTS
from trunkline.pipeline.call.slips import find_slip

KEY = "k" * 9
ADAPTERS = Path(__file__).parents[3] / "adapters"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("temprature", "temperature"),
        ("Temperature", "temperature"),
        ("fallback", "fallbacks"),
        ("num_retry", "num_retries"),
        ("max_token", "max_tokens"),
        ("maxTokens", "max_tokens"),
        ("message", "messages"),
        ("tool", "tools"),
        ("responce_format", "response_format"),
        ("apikey", "api_key"),
        ("callback", "callbacks"),
        ("timeouts", "timeout"),
        ("reasoning_efort", "reasoning_effort"),
    ],
)
def test_a_slip_is_refused_before_anything_is_sent(server: Server, name: str, meant: str) -> None:
    wrong: dict[str, Any] = {name: 1}
    with pytest.raises(BadRequestError, match=f"{name}: .*did you mean {meant}[?]") as caught:
        completion("openai/x", MESSAGES, api_key=KEY, base_url=server.url, **wrong)
    assert caught.value.param == name
    assert not server.seen


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        *(
            (name, "pass a provider's key as api_key=")
            for name in [
                "key",
                "auth",
                "bearer",
                "authorization",
                "api_token",
                "auth_token",
                "password",
                "secret",
                "credentials",
                "openai_api_key",
                "anthropic_api_key",
                "OPENAI_API_KEY",
                "hf_token",
            ]
        ),
        ("organisation", "OpenAI-Organization"),
        ("openai_organization", "OpenAI-Organization"),
        ("proxy", "HTTPS_PROXY"),
        ("proxies", "HTTPS_PROXY"),
        ("verify", "client="),
        ("azure_endpoint", "base_url="),
        ("openai_api_base", "base_url="),
        ("default_headers", "extra_headers="),
        ("cookies", "extra_headers="),
        ("deployment_name", "azure/DEPLOYMENT"),
        ("engine", "azure/DEPLOYMENT"),
        ("model_name", "model="),
    ],
)
def test_another_word_for_an_argument(server: Server, name: str, remedy: str) -> None:
    wrong: dict[str, Any] = {name: "sk-9876543210"}
    calls: list[dict[str, Any]] = [wrong, {"fallbacks": [{"model": "groq/y", **wrong}]}]
    for given in calls:
        with pytest.raises(BadRequestError) as caught:
            completion("openai/x", MESSAGES, api_key=KEY, base_url=server.url, **given)
        assert f"{name}: unknown argument; " in caught.value.message
        assert remedy in caught.value.message
        assert "9876543210" not in f"{caught.value!r} {caught.value}"
    assert not server.seen


@pytest.mark.parametrize("name", ["openai_api_key", "proxy"])
def test_another_word_may_be_an_option(server: Server, name: str) -> None:
    def layer(request: Any, call_next: Any) -> Any:
        return call_next(request)

    layer.options = frozenset({name})  # type: ignore[attr-defined]
    server.reply(good("plain"))
    given: dict[str, Any] = {name: "mine"}
    Client([layer]).completion("openai/x", MESSAGES, api_key=KEY, base_url=server.url, **given)
    assert name not in server.seen[0].json


def test_credentials_of_another_provider(server: Server) -> None:
    with pytest.raises(BadRequestError, match=r"token: .* pass its key as api_key") as caught:
        completion("openai/x", MESSAGES, api_key=KEY, base_url=server.url, token="sk-9876543210")
    assert "9876543210" not in str(caught.value)
    assert not server.seen


def test_a_slip_in_a_fallback_is_named(server: Server) -> None:
    fallbacks = [{"model": "openai/y", "max_token": 5}]
    with pytest.raises(BadRequestError, match="did you mean max_tokens"):
        completion("openai/x", MESSAGES, api_key=KEY, base_url=server.url, fallbacks=fallbacks)


@pytest.mark.parametrize(
    "name", ["top_a", "min_tokens", "repeat_penalty", "user_id", "a_new_parameter", "metrics"]
)
def test_parameters_of_providers_are_sent(server: Server, name: str) -> None:
    server.reply(good("plain"))
    given: dict[str, Any] = {name: 1}
    completion("custom_openai/x", MESSAGES, api_key=KEY, base_url=server.url, **given)
    assert server.seen[0].json[name] == 1


def test_extra_body_passes_everything(server: Server) -> None:
    server.reply(good("plain"))
    body = {"temprature": 1}
    completion("openai/x", MESSAGES, api_key=KEY, base_url=server.url, extra_body=body)
    assert server.seen[0].json["temprature"] == 1


def test_options_of_one_s_own_middlewares_are_known(server: Server) -> None:
    class Tagged:
        options = frozenset({"temperatur"})

        async def __call__(self, request: Any, call_next: Any) -> Any:
            return await call_next(request)

    server.reply(good("plain"))
    client = Client([Tagged()])
    client.completion("openai/x", MESSAGES, api_key=KEY, base_url=server.url, temperatur=1)
    assert len(server.seen) == 1


def check(names: Iterator[str] | set[str], source: str) -> None:
    known = KNOWN_OPTIONS | OWN_ARGUMENTS
    slips = {name: remedy for name in names if (remedy := find_slip(name, known))}
    assert not slips, f"{source} documents these; add them to provider_params.py"


@pytest.mark.parametrize(
    "kind",
    [
        openai.types.chat.completion_create_params.CompletionCreateParamsBase,
        openai.types.responses.response_create_params.ResponseCreateParamsBase,
        anthropic.types.message_create_params.MessageCreateParamsBase,
        anthropic.types.beta.message_create_params.MessageCreateParamsBase,
        google.genai.types.GenerateContentConfig,
        google.genai.types.GenerationConfig,
    ],
)
def test_parameters_of_the_vendors_types(kind: type) -> None:
    fields = getattr(kind, "model_fields", None)
    names = set(fields if fields is not None else get_type_hints(kind, include_extras=True))
    assert len(names) > 10
    check(names, kind.__name__)


def test_parameters_of_recorded_requests(recordings: Path) -> None:
    names: set[str] = set()
    for path in recordings.glob("*.jsonl.gz"):
        with gzip.open(path) as lines:
            for line in lines:
                names |= (json.loads(line)["request"] or {}).keys()
    assert len(names) > 20
    check(names, "a recording")


@pytest.mark.parametrize("row", list_providers(), ids=lambda row: row.name)
def test_parameters_of_rows(row: Provider) -> None:
    parts: list[Provider | ModelRule] = [row, *row.models]
    names = {new for part in parts for new in part.renames.values()}
    for part in row.models:
        names |= part.refuses
    check(names, row.name)


def read_names() -> Iterator[str]:
    """Yield the parameters that wires read by name: params.get("top_k")."""
    for path in ADAPTERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="params"), attr="get" | "pop"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    yield name
                case _:
                    pass


def test_parameters_that_wires_read() -> None:
    if not ADAPTERS.is_dir():
        pytest.skip("the sources are not here")
    names = set(read_names())
    assert len(names) > 20
    check(names, "a wire")
