"""The signatures of completion() and its siblings; only type checkers read them.

scripts/make_signatures.py writes this file from scripts/call_arguments.py; change that instead.
"""
# fmt: off
# ruff: noqa: D417, D418  # editors show the docstring of the first overload

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Literal, Protocol, overload

from typing_extensions import TypeVar

from ..middlewares.listening.listeners import Callback
from ..pipeline.call.messages import Messages
from ..pipeline.call.request import Middleware
from ..pipeline.errors import APIError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.secret import Secret
from ..pipeline.stream.stream import Stream
from ..pipeline.timeouts import Timeouts
from .progress import MakeBar
from .workers import Arguments, MakeClient

# Without `response_format`, the variable's default is what is meant.
# pyright: reportInvalidTypeVarUse=false

# The class that is given as `response_format`; without one, Any.
ParsedT = TypeVar("ParsedT", default=Any)
Tool = Mapping[str, Any] | Callable[..., object]
# A model, or arguments of completion() with a model; or a table of these by model or group.
Fallbacks = Sequence[str | Mapping[str, Any]] | Mapping[str, Any]


class Completion(Protocol):
    """The signature of completion()."""
    @overload
    def __call__(
        self, model: str, messages: Messages, *, stream: Literal[False] | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> ModelResponse[ParsedT]:
        """Send messages to a model; return the response, or a Stream if stream=True.

        Args:
            model: "provider/model", or a group of a Router.
            messages: OpenAI's list of messages; for batches one list per call.
            stream: True returns a stream.
            temperature: Sampling temperature, 0 to 2.
            top_p: Nucleus sampling: the probability mass to sample from.
            max_tokens: Maximum number of tokens in the response.
            max_completion_tokens: The same, reasoning included; OpenAI's newer name.
            n: How many choices to return.
            stop: Sequences that end the response.
            seed: Makes sampling repeatable as far as the provider can.
            frequency_penalty: Penalty for frequent tokens, -2 to 2.
            presence_penalty: Penalty for tokens that have occurred, -2 to 2.
            logit_bias: Bias per token id, -100 to 100.
            logprobs: Return the log probabilities of the tokens.
            top_logprobs: How many alternatives per token to return, 0 to 20.
            tools: Tools that the model may call: OpenAI's or functions.
            tool_choice: "auto", "none", "required", or one tool.
            parallel_tool_calls: Whether the model may call several tools at once.
            functions: The older form of `tools`.
            function_call: The older form of `tool_choice`.
            response_format: JSON: OpenAI's form, or a class.
            reasoning_effort: "none", "minimal", "low" to "max".
            verbosity: How long the response is.
            modalities: Kinds of output, such as ["text", "audio"].
            audio: Voice and format of audio output.
            prediction: Content that is known in advance.
            web_search_options: Search the web; options such as user_location.
            stream_options: For streams, such as {'include_usage': True}.
            service_tier: Such as "auto", "default", "flex" or "priority".
            store: Whether OpenAI stores the response.
            user: Your own id of the end user.
            safety_identifier: A stable id of the end user, for abuse detection.
            prompt_cache_key: Routes calls with the same prefix to the same cache.
            prompt_cache_options: Options of OpenAI's prompt cache.
            prompt_cache_retention: How long a prompt is cached, such as "24h".
            moderation: OpenAI's moderation of the request.
            api_key: The provider's key; else its environment variable.
            base_url: Address of the API; else the provider's own.
            api_base: Another name of `base_url`.
            api_version: Version of the API, for providers that have several.
            custom_llm_provider: The provider, if `model` has no prefix.
            timeout: Seconds, default 600; or limits by name.
            request_timeout: Another name of `timeout`.
            stream_timeout: `timeout` for streams.
            max_response_bytes: The largest response body, default 64 MB.
            extra_headers: Headers to add to the request.
            headers: Another name of `extra_headers`.
            extra_body: Fields to add to the request's body, as they are.
            extra_query: Parameters to add to the URL.
            http_client: An httpx client that sends the requests of this call.
            client: Another name of `http_client`.
            wire: The API to use; else the model decides.
            metadata: For callbacks and traces; see the page of `Metadata`.
            mock_response: Text, an exception or a response; nothing is sent.
            allow_private_urls: Fetch URLs in messages from private hosts too.
            middlewares: For this call, outside the client's own.
            num_retries: How often to retry a failed call, default 2.
            max_retries: Another name of `num_retries`.
            fallbacks: Models to ask if the call fails, in order.
            context_window_fallback_dict: If the prompt is too long.
            content_policy_fallbacks: If the content is refused.
            cache: Cache the response; or options such as {'ttl': 60}.
            caching: Another name of `cache`.
            drop_params: Leave out parameters that the model does not support.
            additional_drop_params: Parameters to leave out, by path.
            allowed_openai_params: Parameters to send in any case.
            disable_stop_sequence_limit: Send all `stop` sequences.
            callbacks: Called once when the call has ended.
            success_callback: Called if it succeeded.
            failure_callback: Called if it failed.
            attempt_callbacks: Called after each request.
            call_id: Your own id of the call; else one is made.
            litellm_call_id: Another name of `call_id`.
            tags: Tags, for callbacks and traces.
            model_info: Its `base_model` names the model whose listed prices apply.
            input_cost_per_token: Your own price in US dollars, as the next ones.
            input_cost_per_audio_token: Price of a token of audio input.
            output_cost_per_token: Price of a token of output.
            output_cost_per_audio_token: Price of a token of audio output.
            output_cost_per_reasoning_token: Price of a token of reasoning.
            cache_read_input_token_cost: Price of a token read from a prompt cache.
            cache_creation_input_token_cost: Price of a token written to it.
            cache_creation_input_token_cost_above_1hr: The same for an hour or more.
            provider_params: further arguments, such as those of the provider.
        """
        ...
    @overload
    def __call__(
        self, model: str, messages: Messages, *, stream: Literal[True],
        temperature: float | None = ..., top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> Stream[ParsedT]: ...
    @overload
    def __call__(
        self, model: str, messages: Messages, *, stream: bool | None,
        temperature: float | None = ..., top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ...,
    ) -> ModelResponse[ParsedT] | Stream[ParsedT]: ...


class AsyncCompletion(Protocol):
    """The signature of acompletion()."""
    @overload
    async def __call__(
        self, model: str, messages: Messages, *, stream: Literal[False] | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> ModelResponse[ParsedT]:
        """Send messages to a model under asyncio or trio; see `completion`.

        Args:
            model: "provider/model", or a group of a Router.
            messages: OpenAI's list of messages; for batches one list per call.
            stream: True returns a stream.
            temperature: Sampling temperature, 0 to 2.
            top_p: Nucleus sampling: the probability mass to sample from.
            max_tokens: Maximum number of tokens in the response.
            max_completion_tokens: The same, reasoning included; OpenAI's newer name.
            n: How many choices to return.
            stop: Sequences that end the response.
            seed: Makes sampling repeatable as far as the provider can.
            frequency_penalty: Penalty for frequent tokens, -2 to 2.
            presence_penalty: Penalty for tokens that have occurred, -2 to 2.
            logit_bias: Bias per token id, -100 to 100.
            logprobs: Return the log probabilities of the tokens.
            top_logprobs: How many alternatives per token to return, 0 to 20.
            tools: Tools that the model may call: OpenAI's or functions.
            tool_choice: "auto", "none", "required", or one tool.
            parallel_tool_calls: Whether the model may call several tools at once.
            functions: The older form of `tools`.
            function_call: The older form of `tool_choice`.
            response_format: JSON: OpenAI's form, or a class.
            reasoning_effort: "none", "minimal", "low" to "max".
            verbosity: How long the response is.
            modalities: Kinds of output, such as ["text", "audio"].
            audio: Voice and format of audio output.
            prediction: Content that is known in advance.
            web_search_options: Search the web; options such as user_location.
            stream_options: For streams, such as {'include_usage': True}.
            service_tier: Such as "auto", "default", "flex" or "priority".
            store: Whether OpenAI stores the response.
            user: Your own id of the end user.
            safety_identifier: A stable id of the end user, for abuse detection.
            prompt_cache_key: Routes calls with the same prefix to the same cache.
            prompt_cache_options: Options of OpenAI's prompt cache.
            prompt_cache_retention: How long a prompt is cached, such as "24h".
            moderation: OpenAI's moderation of the request.
            api_key: The provider's key; else its environment variable.
            base_url: Address of the API; else the provider's own.
            api_base: Another name of `base_url`.
            api_version: Version of the API, for providers that have several.
            custom_llm_provider: The provider, if `model` has no prefix.
            timeout: Seconds, default 600; or limits by name.
            request_timeout: Another name of `timeout`.
            stream_timeout: `timeout` for streams.
            max_response_bytes: The largest response body, default 64 MB.
            extra_headers: Headers to add to the request.
            headers: Another name of `extra_headers`.
            extra_body: Fields to add to the request's body, as they are.
            extra_query: Parameters to add to the URL.
            http_client: An httpx client that sends the requests of this call.
            client: Another name of `http_client`.
            wire: The API to use; else the model decides.
            metadata: For callbacks and traces; see the page of `Metadata`.
            mock_response: Text, an exception or a response; nothing is sent.
            allow_private_urls: Fetch URLs in messages from private hosts too.
            middlewares: For this call, outside the client's own.
            num_retries: How often to retry a failed call, default 2.
            max_retries: Another name of `num_retries`.
            fallbacks: Models to ask if the call fails, in order.
            context_window_fallback_dict: If the prompt is too long.
            content_policy_fallbacks: If the content is refused.
            cache: Cache the response; or options such as {'ttl': 60}.
            caching: Another name of `cache`.
            drop_params: Leave out parameters that the model does not support.
            additional_drop_params: Parameters to leave out, by path.
            allowed_openai_params: Parameters to send in any case.
            disable_stop_sequence_limit: Send all `stop` sequences.
            callbacks: Called once when the call has ended.
            success_callback: Called if it succeeded.
            failure_callback: Called if it failed.
            attempt_callbacks: Called after each request.
            call_id: Your own id of the call; else one is made.
            litellm_call_id: Another name of `call_id`.
            tags: Tags, for callbacks and traces.
            model_info: Its `base_model` names the model whose listed prices apply.
            input_cost_per_token: Your own price in US dollars, as the next ones.
            input_cost_per_audio_token: Price of a token of audio input.
            output_cost_per_token: Price of a token of output.
            output_cost_per_audio_token: Price of a token of audio output.
            output_cost_per_reasoning_token: Price of a token of reasoning.
            cache_read_input_token_cost: Price of a token read from a prompt cache.
            cache_creation_input_token_cost: Price of a token written to it.
            cache_creation_input_token_cost_above_1hr: The same for an hour or more.
            provider_params: further arguments, such as those of the provider.
        """
        ...
    @overload
    async def __call__(
        self, model: str, messages: Messages, *, stream: Literal[True],
        temperature: float | None = ..., top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> Stream[ParsedT]: ...
    @overload
    async def __call__(
        self, model: str, messages: Messages, *, stream: bool | None,
        temperature: float | None = ..., top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ...,
    ) -> ModelResponse[ParsedT] | Stream[ParsedT]: ...


class Batch(Protocol):
    """The signature of batch_completion()."""
    def __call__(
        self, model: str | None = ..., messages: Iterable[Messages] | None = ..., *,
        requests: Iterable[Arguments] | None = ..., max_workers: int | None = ...,
        progress: bool | MakeBar | None = ..., executor: Executor | None = ...,
        make_client: MakeClient | None = ..., temperature: float | None = ...,
        top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> list[ModelResponse[ParsedT] | APIError]:
        """Run many calls; return responses and errors in the order of the input.

        Args:
            model: "provider/model", or a group of a Router.
            messages: OpenAI's list of messages; for batches one list per call.
            requests: Instead of messages: arguments of each call.
            max_workers: Maximum number of concurrent calls, default 100.
            progress: Show a progress bar; or a class like tqdm.
            executor: Runs the calls; else threads of this process.
            make_client: Creates the client in another process.
            provider_params: further arguments, such as those of the provider.
        """
        ...


class AsyncBatch(Protocol):
    """The signature of abatch_completion()."""
    async def __call__(
        self, model: str | None = ..., messages: Iterable[Messages] | None = ..., *,
        requests: Iterable[Arguments] | None = ..., max_workers: int | None = ...,
        progress: bool | MakeBar | None = ..., temperature: float | None = ...,
        top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> list[ModelResponse[ParsedT] | APIError]:
        """Run many calls under asyncio or trio; see `batch_completion`.

        Args:
            model: "provider/model", or a group of a Router.
            messages: OpenAI's list of messages; for batches one list per call.
            requests: Instead of messages: arguments of each call.
            max_workers: Maximum number of concurrent calls, default 100.
            progress: Show a progress bar; or a class like tqdm.
            provider_params: further arguments, such as those of the provider.
        """
        ...


class BatchAsCompleted(Protocol):
    """The signature of batch_as_completed()."""
    def __call__(
        self, model: str | None = ..., messages: Iterable[Messages] | None = ..., *,
        requests: Iterable[Arguments] | None = ..., max_workers: int | None = ...,
        progress: bool | MakeBar | None = ..., executor: Executor | None = ...,
        make_client: MakeClient | None = ..., temperature: float | None = ...,
        top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> Iterator[tuple[int, ModelResponse[ParsedT] | APIError]]:
        """Run many calls; yield each one's number and its response or error.

        Args:
            model: "provider/model", or a group of a Router.
            messages: OpenAI's list of messages; for batches one list per call.
            requests: Instead of messages: arguments of each call.
            max_workers: Maximum number of concurrent calls, default 100.
            progress: Show a progress bar; or a class like tqdm.
            executor: Runs the calls; else threads of this process.
            make_client: Creates the client in another process.
            provider_params: further arguments, such as those of the provider.
        """
        ...


class AsyncBatchAsCompleted(Protocol):
    """The signature of abatch_as_completed()."""
    def __call__(
        self, model: str | None = ..., messages: Iterable[Messages] | None = ..., *,
        requests: Iterable[Arguments] | None = ..., max_workers: int | None = ...,
        progress: bool | MakeBar | None = ..., temperature: float | None = ...,
        top_p: float | None = ..., max_tokens: int | None = ...,
        max_completion_tokens: int | None = ..., n: int | None = ...,
        stop: str | Sequence[str] | None = ..., seed: int | None = ...,
        frequency_penalty: float | None = ..., presence_penalty: float | None = ...,
        logit_bias: Mapping[str, float] | None = ..., logprobs: bool | None = ...,
        top_logprobs: int | None = ..., tools: Sequence[Tool] | None = ...,
        tool_choice: str | Mapping[str, Any] | None = ..., parallel_tool_calls: bool | None = ...,
        functions: Sequence[Mapping[str, Any]] | None = ...,
        function_call: str | Mapping[str, Any] | None = ...,
        response_format: type[ParsedT] | Mapping[str, Any] | None = ...,
        reasoning_effort: str | Mapping[str, Any] | None = ...,
        verbosity: Literal["low", "medium", "high"] | None = ...,
        modalities: Sequence[str] | None = ..., audio: Mapping[str, Any] | None = ...,
        prediction: Mapping[str, Any] | None = ...,
        web_search_options: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        metadata: Mapping[str, Any] | None = ..., mock_response: object | None = ...,
        allow_private_urls: bool | None = ..., middlewares: Sequence[Middleware] | None = ...,
        num_retries: int | None = ..., max_retries: int | None = ...,
        fallbacks: Fallbacks | None = ..., context_window_fallback_dict: Fallbacks | None = ...,
        content_policy_fallbacks: Fallbacks | None = ...,
        cache: bool | Mapping[str, Any] | None = ..., caching: bool | None = ...,
        drop_params: bool | None = ..., additional_drop_params: Sequence[str] | None = ...,
        allowed_openai_params: Sequence[str] | None = ...,
        disable_stop_sequence_limit: bool | None = ..., callbacks: Sequence[Callback] | None = ...,
        success_callback: Sequence[Callback] | None = ...,
        failure_callback: Sequence[Callback] | None = ...,
        attempt_callbacks: Sequence[Callback] | None = ..., call_id: str | None = ...,
        litellm_call_id: str | None = ..., tags: Sequence[str] | None = ...,
        model_info: Mapping[str, Any] | None = ..., input_cost_per_token: float | None = ...,
        input_cost_per_audio_token: float | None = ..., output_cost_per_token: float | None = ...,
        output_cost_per_audio_token: float | None = ...,
        output_cost_per_reasoning_token: float | None = ...,
        cache_read_input_token_cost: float | None = ...,
        cache_creation_input_token_cost: float | None = ...,
        cache_creation_input_token_cost_above_1hr: float | None = ..., **provider_params: Any,
    ) -> AsyncIterator[tuple[int, ModelResponse[ParsedT] | APIError]]:
        """Run many calls under asyncio or trio; see `batch_as_completed`.

        Args:
            model: "provider/model", or a group of a Router.
            messages: OpenAI's list of messages; for batches one list per call.
            requests: Instead of messages: arguments of each call.
            max_workers: Maximum number of concurrent calls, default 100.
            progress: Show a progress bar; or a class like tqdm.
            provider_params: further arguments, such as those of the provider.
        """
        ...
