"""The functions and names other than completion() that users of litellm call."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

import trunkline
from tests.support.answers import MESSAGES, TEXT, chunk_bodies, failing, good
from tests.support.server import Server
from trunkline import (
    BadRequestError,
    InternalServerError,
    ModelResponse,
    ModelResponseStream,
    acompletion_with_retries,
    completion_with_retries,
    exceptions,
    get_llm_provider,
    stream_chunk_builder,
    supports_function_calling,
    supports_parallel_function_calling,
    supports_response_schema,
    supports_tool_choice,
    supports_web_search,
    utils,
    validate_environment,
)
from trunkline.facade import public_names
from trunkline.pipeline import errors

KEY = "sk-test-1"
GROQ = "https://api.groq.com/openai/v1"


class TestProvider:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            (("groq/llama",), ("llama", "groq", None, GROQ)),
            (("gpt-4o",), ("gpt-4o", "openai", None, "https://api.openai.com/v1")),
            (("meta/llama", "groq"), ("meta/llama", "groq", None, GROQ)),
            (("groq/llama", "groq"), ("llama", "groq", None, GROQ)),
            (("groq/llama", None, "http://h", "k"), ("llama", "groq", "k", "http://h")),
            # Where the address depends on what is not known yet.
            (("bedrock/nova",), ("nova", "bedrock", None, None)),
            (("azure/gpt",), ("gpt", "azure", None, None)),
        ],
    )
    def test_where_a_call_would_go(self, given: Any, found: tuple[Any, ...]) -> None:
        assert get_llm_provider(*given) == found

    def test_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GROQ_API_KEY", " gsk-1 ")
        assert get_llm_provider("groq/llama") == ("llama", "groq", "gsk-1", GROQ)
        assert get_llm_provider("groq/llama", api_key="own")[2] == "own"

    def test_none_of_that_name(self) -> None:
        with pytest.raises(BadRequestError, match="unknown provider 'nobody'"):
            get_llm_provider("nobody/x")


class TestEnvironment:
    @pytest.mark.parametrize(
        ("model", "given", "missing"),
        [
            ("gpt-4o", {}, ["OPENAI_API_KEY"]),
            ("gpt-4o", {"api_key": "k"}, []),
            ("gemini/x", {}, ["GEMINI_API_KEY"]),
            ("cloudflare/x", {}, ["CLOUDFLARE_API_KEY", "CLOUDFLARE_ACCOUNT_ID"]),
            ("cloudflare/x", {"api_key": "k"}, ["CLOUDFLARE_ACCOUNT_ID"]),
            ("cloudflare/x", {"api_base": "http://h"}, ["CLOUDFLARE_API_KEY"]),
            ("azure/x", {}, ["AZURE_API_KEY", "AZURE_API_BASE"]),
            ("azure/x", {"api_base": "http://h"}, ["AZURE_API_KEY"]),
            ("azure/x", {"api_base": "http://h", "api_key": "k"}, []),
            ("ollama/x", {}, []),
            ("langflow/x", {}, []),
            ("bedrock/x", {}, ["AWS_BEARER_TOKEN_BEDROCK"]),
            ("sagemaker/x", {}, []),
            ("vertex_ai/x", {}, []),
        ],
    )
    def test_what_is_missing(
        self, model: str, given: dict[str, str], missing: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
        found = validate_environment(model, **given)
        assert found == {"keys_in_environment": not missing, "missing_keys": missing}

    def test_any_of_several(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GOOGLE_API_KEY", "k")
        monkeypatch.setenv("CLOUDFLARE_API_BASE", "http://h")
        assert validate_environment("gemini/x")["keys_in_environment"]
        assert validate_environment("cloudflare/x")["missing_keys"] == ["CLOUDFLARE_API_KEY"]
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", " ")
        assert validate_environment("cloudflare/x")["missing_keys"] == ["CLOUDFLARE_API_KEY"]
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "k")
        assert validate_environment("cloudflare/x")["keys_in_environment"]

    @pytest.mark.parametrize(
        ("model", "variables"),
        [
            ("bedrock/x", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
            ("bedrock/x", ("AWS_PROFILE",)),
            ("azure_ai/x", ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")),
            ("snowflake/x", ("SNOWFLAKE_USER", "SNOWFLAKE_PRIVATE_KEY_FILE")),
            ("watsonx/x", ("WATSONX_ZENAPIKEY",)),
            ("databricks/x", ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET")),
            ("gigachat/x", ("GIGACHAT_ACCESS_TOKEN",)),
        ],
    )
    def test_another_way_to_log_in(
        self, model: str, variables: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in variables:
            assert not validate_environment(model, api_base="http://h")["keys_in_environment"]
            monkeypatch.setenv(name, "v")
        assert validate_environment(model, api_base="http://h")["keys_in_environment"]

    def test_models_that_can_be_called(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("GROQ_API_KEY", "AZURE_API_KEY", "CLOUDFLARE_API_KEY"):
            monkeypatch.setenv(name, "k")
        monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
        groq = utils.get_valid_models()
        # Azure and Cloudflare lack an address.
        assert {model.partition("/")[0] for model in groq} == {"groq"}
        assert all(utils.get_model_info(model)["litellm_provider"] == "groq" for model in groq)
        assert utils.get_valid_models(custom_llm_provider="groq") == groq
        assert utils.get_valid_models(custom_llm_provider="openai") == []
        monkeypatch.setenv("AZURE_API_BASE", "http://h")
        assert "azure/gpt-4o" in utils.get_valid_models()
        with pytest.raises(BadRequestError, match="unknown provider 'nobody'"):
            utils.get_valid_models(custom_llm_provider="nobody")

    def test_every_provider_can_be_asked(self) -> None:
        for provider in trunkline.list_providers():
            found = validate_environment(f"{provider.name}/m")
            assert found["keys_in_environment"] is not bool(found["missing_keys"])
            name = get_llm_provider("m", provider.name)
            assert name[:2] == ("m", provider.name)


class TestCapabilities:
    @pytest.mark.parametrize(
        ("ask", "yes", "no"),
        [
            (supports_function_calling, "gpt-4o", "perplexity/sonar"),
            (supports_parallel_function_calling, "gpt-4o", "openai/o3"),
            (supports_tool_choice, "gpt-4o", "cohere/command-r"),
            (supports_response_schema, "anthropic/claude-sonnet-4-5", "replicate/meta/llama"),
            (supports_web_search, "gpt-4o", "azure/gpt-4o"),
        ],
    )
    def test_from_the_provider_s_row(self, ask: Any, yes: str, no: str) -> None:
        assert ask(yes) is True
        assert ask(no) is False
        prefix, _, name = no.partition("/")
        assert ask(name, custom_llm_provider=prefix) is False
        with pytest.raises(BadRequestError, match="unknown provider"):
            ask("nobody/x")

    def test_what_was_told_goes_before(self) -> None:
        assert supports_function_calling("perplexity/told-of") is False
        utils.register_model({"perplexity/told-of": {"supports_function_calling": True}})
        assert supports_function_calling("perplexity/told-of") is True
        assert utils.get_model_info("perplexity/told-of")["supports_function_calling"] is True
        assert supports_tool_choice("perplexity/told-of") is False


class TestChunks:
    def test_of_a_stream(self, server: Server) -> None:
        server.reply(good("stream"))
        stream = trunkline.completion(
            "openai/m",
            MESSAGES,
            stream=True,
            stream_options={"include_usage": True},
            base_url=server.url,
            api_key=KEY,
        )
        chunks = list(stream)
        assert stream_chunk_builder(chunks, messages=MESSAGES) == stream.response

    def test_of_dictionaries(self) -> None:
        response = stream_chunk_builder(chunk_bodies())
        assert isinstance(response, ModelResponse)
        assert response.choices[0].message.content == TEXT
        assert response.usage is not None
        assert response.usage.total_tokens == 8

    def test_of_none(self) -> None:
        assert stream_chunk_builder([]) is None

    def test_usage_is_not_made_up(self) -> None:
        [*chunks, _usage] = [ModelResponseStream.model_validate(body) for body in chunk_bodies()]
        response = stream_chunk_builder(chunks, messages=MESSAGES)
        assert response is not None
        assert response.usage is None


class TestRetried:
    def test_as_often_as_asked(self, server: Server) -> None:
        server.reply(*[failing(500, retry_after="0")] * 3, good("plain"))
        response = completion_with_retries("openai/m", MESSAGES, base_url=server.url, api_key=KEY)
        assert (response.attempts, response.choices[0].message.content) == (4, TEXT)
        server.reply(failing(500, retry_after="0"))
        with pytest.raises(InternalServerError) as caught:
            completion_with_retries(
                "openai/m", MESSAGES, num_retries=1, base_url=server.url, api_key=KEY
            )
        assert caught.value.attempts == 2

    def test_asynchronous(self, server: Server) -> None:
        server.reply(failing(500, retry_after="0"), good("stream"))

        async def ask() -> int:
            stream = await acompletion_with_retries(
                "openai/m", MESSAGES, stream=True, base_url=server.url, api_key=KEY
            )
            async for _ in stream:
                pass
            return stream.attempts

        assert inspect.iscoroutinefunction(acompletion_with_retries)
        assert asyncio.run(ask()) == 2


class TestModules:
    def test_exceptions_are_complete(self) -> None:
        for name, thing in vars(errors).items():
            if inspect.isclass(thing) and issubclass(thing, Exception):
                assert getattr(exceptions, name) is thing

    def test_exceptions_under_litellm_s_names(self) -> None:
        assert exceptions.InvalidRequestError is trunkline.BadRequestError
        assert exceptions.RouterRateLimitError is trunkline.LimitExceededError
        assert exceptions.OpenAIError is trunkline.APIError

    @pytest.mark.parametrize("module", [exceptions, utils])
    def test_all_of_them_are_the_library_s_own(self, module: Any) -> None:
        for name in public_names(module):
            thing = getattr(module, name)
            assert getattr(trunkline, name, thing) is thing

    def test_types_under_litellm_s_names(self) -> None:
        assert trunkline.Choices is utils.Choices is trunkline.Choice
        assert trunkline.StreamingChoices is trunkline.StreamingChoice
        assert trunkline.ChatCompletionMessageToolCall is trunkline.ToolCall
        assert trunkline.CustomStreamWrapper is trunkline.Stream
        assert utils.FunctionCall is trunkline.Function
