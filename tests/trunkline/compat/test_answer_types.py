"""The types of `litellm`, made and read as other projects' code and tests do it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from tests.trunkline.compat.stand_in import installed


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def test_positional_arguments(litellm: Any) -> None:
    types = litellm.types.utils
    usage = types.Usage(1, 2, 3)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (1, 2, 3)
    assert types.Message("hi", "user").model_dump(include={"content", "role"}) == {
        "content": "hi",
        "role": "user",
    }
    assert types.Delta("hi", "assistant").role == "assistant"
    choice = types.Choices("length", 1, types.Message(content="x"))
    assert (choice.finish_reason, choice.index, choice.message.content) == ("length", 1, "x")
    piece = types.StreamingChoices("stop", 2, types.Delta("y"))
    assert (piece.finish_reason, piece.index, piece.delta.content) == ("stop", 2, "y")
    response = types.ModelResponse("id", [choice], 5, "m")
    assert (response.id, response.choices, response.created, response.model) == (
        "id",
        [choice],
        5,
        "m",
    )
    assert types.Function("{}", "f").name == "f"
    call = types.ChatCompletionMessageToolCall({"name": "f", "arguments": {"a": 1}}, "call_1")
    assert (call.id, call.function.arguments) == ("call_1", '{"a": 1}')


def test_more_positional_arguments_than_there_are(litellm: Any) -> None:
    with pytest.raises(TypeError, match="Delta: at most 5 positional arguments"):
        litellm.types.utils.Delta(*"abcdef")


def test_a_response_has_an_empty_choice_unless_others_are_given(litellm: Any) -> None:
    [choice] = litellm.ModelResponse().choices
    assert (choice.finish_reason, choice.message.content) == ("stop", None)
    assert litellm.ModelResponse(choices=[]).choices == []
    assert litellm.ModelResponse(choices=None, stream=True).choices == [choice]
    [piece] = litellm.types.utils.ModelResponseStream().choices
    assert piece.delta.content is None


@pytest.mark.parametrize("as_dict", [True, False])
def test_a_response_takes_choices_of_chunks(litellm: Any, as_dict: bool) -> None:
    types = litellm.types.utils
    given: Any = {"delta": {"role": "assistant", "content": "zero"}, "finish_reason": None}
    if not as_dict:
        given = types.StreamingChoices(
            finish_reason=None, delta=types.Delta(role="assistant", content="zero")
        )
    response = types.ModelResponse(choices=[given])
    assert isinstance(response.choices[0], types.StreamingChoices)
    assert response.choices[0].delta.content == "zero"
    for other in (copy.deepcopy(response), pickle.loads(pickle.dumps(response))):
        assert other == response


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("SAFETY", "content_filter"),
        ("whatever", "stop"),
        ("length", "length"),
    ],
)
def test_finish_reasons_become_openais(litellm: Any, native: str, reason: str) -> None:
    types = litellm.types.utils
    assert types.Choices(finish_reason=native).finish_reason == reason
    assert types.StreamingChoices(finish_reason=native).finish_reason == reason


def test_no_finish_reason(litellm: Any) -> None:
    assert litellm.types.utils.Choices(finish_reason=None).finish_reason == "stop"
    assert litellm.types.utils.StreamingChoices(finish_reason=None).finish_reason is None


def test_counts_are_put_into_the_details(litellm: Any) -> None:
    kind = litellm.Usage
    assert kind(reasoning_tokens=3).completion_tokens_details.reasoning_tokens == 3
    usage = kind(cache_read_input_tokens=3, cache_creation_input_tokens=4)
    assert usage.cache_read_input_tokens == usage.prompt_tokens_details.cached_tokens == 3
    assert usage.prompt_tokens_details.cache_creation_tokens == 4
    assert kind(prompt_cache_hit_tokens=5).prompt_tokens_details.cached_tokens == 5
    given = kind(cache_read_input_tokens=3, prompt_tokens_details={"cached_tokens": 2})
    assert given.prompt_tokens_details.cached_tokens == 2
    empty = kind(prompt_tokens=None)
    assert (empty.prompt_tokens, empty.prompt_tokens_details) == (0, None)
    assert empty.completion_tokens_details is None


def test_absent_fields_of_a_message(litellm: Any) -> None:
    message = litellm.Message(content="a")
    assert message.provider_specific_fields is None
    assert message.tool_calls is None
    assert "tool_calls" not in message
    assert "content" in message
    assert not hasattr(message, "reasoning_content")
    assert message.get("reasoning_content", "none") == "none"


def test_a_message_is_sent_back_as_it_is(litellm: Any) -> None:
    message = litellm.Message(content="a")
    reply = litellm.completion("openai/m", [message], mock_response="b")
    assert reply.choices[0].message.content == "b"


def test_pieces_of_calls(litellm: Any) -> None:
    types = litellm.types.utils
    [piece] = types.Delta(tool_calls=[{"function": {"arguments": "{"}}]).tool_calls
    assert (piece.id, piece.function.arguments) == (None, "{")
    whole = types.ChatCompletionDeltaToolCall(function=types.Function(name="f"))
    assert whole.id.startswith("call_")


def test_everything_of_a_module_of_types(litellm: Any) -> None:
    names: dict[str, Any] = {}
    exec("from litellm.types.utils import *", names)
    assert names["ModelResponse"] is litellm.ModelResponse
    assert {"Usage", "StreamingChoices", "Delta", "ChoiceLogprobs"} <= names.keys()
    assert not {"completion", "model_list", "cache"} & names.keys()
    exec("from litellm.exceptions import *", names)
    assert names["RateLimitError"] is litellm.RateLimitError


# Who imports what: a scan of frameworks' code and tests.
IMPORTS = """
from litellm import ChatCompletionToolParam, ChatCompletionToolParamFunctionChunk
from litellm import ResponseFunctionToolCall, ResponsesAPIResponse, Message, provider_list
from litellm.types.llms.base import BaseLiteLLMOpenAIResponseObject
from litellm.types.llms.openai import ResponseAPIUsage, ResponsesAPIStreamEvents
from litellm.types.llms.openai import ChatCompletionAnnotation, ChatCompletionThinkingBlock
from litellm.types.llms.openai import ChatCompletionAssistantToolCall, ResponseInputParam
from litellm.types.responses.main import GenericResponseOutputItem, OutputFunctionToolCall
from litellm.responses.main import responses, aresponses
from litellm.types.utils import CostPerToken, GenericStreamingChunk, EmbeddingResponse
from litellm.types.utils import CredentialItem, ChatCompletionTokenLogprob, ChoiceLogprobs
from litellm.types.utils import TopLogprob
from litellm.utils import create_pretrained_tokenizer, ProviderConfigManager
from litellm.utils import load_credentials_from_list
from litellm.main import responses_api_bridge_check
from litellm import acreate_file, embedding, aembedding, transcription, text_completion
from litellm import encode, decode, RetryPolicy, CustomLLM, OpenAIChatCompletion
from litellm import batch_completion_models, max_budget, _current_cost, model_list
from litellm import REPEATED_STREAMING_CHUNK_LIMIT, AzureOpenAIError
from litellm import route_all_chat_openai_to_responses
from litellm.integrations.mlflow import MlflowLogger
from litellm.litellm_core_utils import litellm_logging
from litellm.litellm_core_utils.thread_pool_executor import executor
from litellm import ChatCompletionDeveloperMessage, ChatCompletionVideoUrlObject
from litellm.files.main import ModelResponse
from litellm.llms.custom_llm import CustomLLM
from litellm import AnthropicThinkingParam, ChatCompletionAudioParam, ChatCompletionModality
from litellm import ChatCompletionPredictionContentParam, OpenAIWebSearchOptions
from litellm.types.llms.anthropic import AnthropicThinkingParam
"""


@pytest.mark.parametrize("line", IMPORTS.strip().splitlines())
def test_names_that_frameworks_import(litellm: Any, line: str) -> None:  # it is installed
    exec(line)


@pytest.mark.parametrize(
    ("given", "details"),
    [
        ({"cache_read_input_tokens": 0}, {"cached_tokens": 0}),
        ({"prompt_cache_hit_tokens": 0}, {"cached_tokens": 0}),
        ({"cache_creation_input_tokens": 0}, {"cache_creation_tokens": 0}),
        ({"cache_read_input_tokens": 3}, {"cached_tokens": 3}),
        ({"reasoning_tokens": 0}, None),
    ],
)
def test_counts_of_zero_are_details_too(
    litellm: Any, given: dict[str, int], details: dict[str, int] | None
) -> None:
    usage = litellm.Usage(prompt_tokens=5, **given).model_dump(exclude_none=True)
    assert usage.get("prompt_tokens_details") == details
    assert "completion_tokens_details" not in usage


def test_modules_that_tracers_patch(litellm: Any) -> None:
    for function in (litellm.anthropic.messages.acreate, litellm.google_genai.agenerate_content):
        assert callable(function)


def test_other_classes(litellm: Any) -> None:
    types = litellm.types.utils
    top = types.TopLogprob(token="a", logprob=-0.1)
    token = types.ChatCompletionTokenLogprob(token="a", logprob=-0.1, top_logprobs=[top])
    logprobs = types.ChoiceLogprobs(content=[token])
    choice = types.Choices(logprobs=logprobs)
    assert choice.logprobs.content[0].top_logprobs[0].token == "a"
    assert types.Choices(logprobs=logprobs.model_dump()).logprobs == logprobs
    assert not hasattr(types.Choices(logprobs=None), "logprobs")
    assert types.EmbeddingResponse(data=[{"index": 0}]).data == [{"index": 0}]
    assert litellm.RetryPolicy(RateLimitErrorRetries=3).RateLimitErrorRetries == 3
    price = types.CostPerToken(input_cost_per_token=1.0, output_cost_per_token=2.0)
    assert price["output_cost_per_token"] == 2.0
    with pytest.raises(litellm.CustomLLMError, match="completion: not implemented"):
        litellm.CustomLLM().completion(model="m")
