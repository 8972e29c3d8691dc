"""The signatures of responses() and aresponses(); only type checkers read them.

scripts/make_signatures.py writes this file from scripts/call_arguments.py; change that instead.
"""
# fmt: off
# ruff: noqa: D418  # editors show the docstring of the first overload

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, overload

from ...middlewares.listening.listeners import Callback
from ...pipeline.call.request import Middleware
from ...pipeline.schema.responses import Response
from ...pipeline.secret import Secret
from ...pipeline.timeouts import Timeouts
from ..signatures import Fallbacks, Tool
from . import Input
from .stream import ResponseStream


class Responses(Protocol):
    """The signature of responses()."""
    @overload
    def __call__(
        self, model: str, input: Input | None = ..., *, stream: Literal[False] | None = ...,
        instructions: str | None = ..., previous_response_id: str | None = ...,
        conversation: str | Mapping[str, Any] | None = ..., max_output_tokens: int | None = ...,
        reasoning: Mapping[str, Any] | None = ..., text: Mapping[str, Any] | None = ...,
        tools: Sequence[Tool] | None = ..., tool_choice: str | Mapping[str, Any] | None = ...,
        parallel_tool_calls: bool | None = ..., max_tool_calls: int | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., top_logprobs: int | None = ...,
        include: Sequence[str] | None = ..., truncation: Literal["auto", "disabled"] | None = ...,
        background: bool | None = ..., background_options: Mapping[str, Any] | None = ...,
        prompt: Mapping[str, Any] | None = ...,
        context_management: Sequence[Mapping[str, Any]] | None = ...,
        image: Mapping[str, Any] | None = ..., access_programs: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        metadata: Mapping[str, Any] | None = ..., litellm_metadata: Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        mock_response: object | None = ..., allow_private_urls: bool | None = ...,
        middlewares: Sequence[Middleware] | None = ..., num_retries: int | None = ...,
        max_retries: int | None = ..., fallbacks: Fallbacks | None = ...,
        context_window_fallback_dict: Fallbacks | None = ...,
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
    ) -> Response:
        """Call a model in the form of OpenAI's Responses API, whatever the provider.

        Args:
            model: "provider/model", or a group of a Router.
            input: Text, or a list of items.
            stream: True returns a stream.
            instructions: The system message.
            previous_response_id: The response that the input continues.
            conversation: The provider's conversation to add to.
            max_output_tokens: Maximum number of tokens, reasoning included.
            reasoning: Such as {'effort': 'low', 'summary': 'auto'}.
            text: Form of the text: `format` for JSON, `verbosity`.
            tools: Tools that the model may call.
            tool_choice: "auto", "none", "required", or one tool.
            parallel_tool_calls: Whether the model may call several tools at once.
            max_tool_calls: Maximum number of calls of built-in tools.
            temperature: Sampling temperature, 0 to 2.
            top_p: Nucleus sampling: the probability mass to sample from.
            top_logprobs: How many alternatives per token to return, 0 to 20.
            include: More output, such as ["reasoning.encrypted_content"].
            truncation: Whether to shorten long input.
            background: Answer later; see `retrieve_response`.
            background_options: Options of `background`.
            prompt: A prompt that OpenAI stores, with its variables.
            context_management: How OpenAI shortens long contexts.
            image: Options of images that are generated.
            access_programs: OpenAI's programs that the request is part of.
            stream_options: For streams, such as {'include_obfuscation': False}.
            service_tier: Such as "auto", "default", "flex" or "priority".
            store: Whether the response is stored; OpenAI's default is True.
            user: Your own id of the end user.
            safety_identifier: A stable id of the end user, for abuse detection.
            prompt_cache_key: Routes calls with the same prefix to the same cache.
            prompt_cache_options: Options of OpenAI's prompt cache.
            prompt_cache_retention: How long a prompt is cached, such as "24h".
            moderation: OpenAI's moderation of the request.
            metadata: Sent to the provider; callbacks see it too.
            litellm_metadata: The same for callbacks only.
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
        self, model: str, input: Input | None = ..., *, stream: Literal[True],
        instructions: str | None = ..., previous_response_id: str | None = ...,
        conversation: str | Mapping[str, Any] | None = ..., max_output_tokens: int | None = ...,
        reasoning: Mapping[str, Any] | None = ..., text: Mapping[str, Any] | None = ...,
        tools: Sequence[Tool] | None = ..., tool_choice: str | Mapping[str, Any] | None = ...,
        parallel_tool_calls: bool | None = ..., max_tool_calls: int | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., top_logprobs: int | None = ...,
        include: Sequence[str] | None = ..., truncation: Literal["auto", "disabled"] | None = ...,
        background: bool | None = ..., background_options: Mapping[str, Any] | None = ...,
        prompt: Mapping[str, Any] | None = ...,
        context_management: Sequence[Mapping[str, Any]] | None = ...,
        image: Mapping[str, Any] | None = ..., access_programs: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        metadata: Mapping[str, Any] | None = ..., litellm_metadata: Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        mock_response: object | None = ..., allow_private_urls: bool | None = ...,
        middlewares: Sequence[Middleware] | None = ..., num_retries: int | None = ...,
        max_retries: int | None = ..., fallbacks: Fallbacks | None = ...,
        context_window_fallback_dict: Fallbacks | None = ...,
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
    ) -> ResponseStream: ...
    @overload
    def __call__(
        self, model: str, input: Input | None = ..., *, stream: bool | None,
        instructions: str | None = ..., previous_response_id: str | None = ...,
        conversation: str | Mapping[str, Any] | None = ..., max_output_tokens: int | None = ...,
        reasoning: Mapping[str, Any] | None = ..., text: Mapping[str, Any] | None = ...,
        tools: Sequence[Tool] | None = ..., tool_choice: str | Mapping[str, Any] | None = ...,
        parallel_tool_calls: bool | None = ..., max_tool_calls: int | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., top_logprobs: int | None = ...,
        include: Sequence[str] | None = ..., truncation: Literal["auto", "disabled"] | None = ...,
        background: bool | None = ..., background_options: Mapping[str, Any] | None = ...,
        prompt: Mapping[str, Any] | None = ...,
        context_management: Sequence[Mapping[str, Any]] | None = ...,
        image: Mapping[str, Any] | None = ..., access_programs: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        metadata: Mapping[str, Any] | None = ..., litellm_metadata: Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        mock_response: object | None = ..., allow_private_urls: bool | None = ...,
        middlewares: Sequence[Middleware] | None = ..., num_retries: int | None = ...,
        max_retries: int | None = ..., fallbacks: Fallbacks | None = ...,
        context_window_fallback_dict: Fallbacks | None = ...,
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
    ) -> Response | ResponseStream: ...


class AsyncResponses(Protocol):
    """The signature of aresponses()."""
    @overload
    async def __call__(
        self, model: str, input: Input | None = ..., *, stream: Literal[False] | None = ...,
        instructions: str | None = ..., previous_response_id: str | None = ...,
        conversation: str | Mapping[str, Any] | None = ..., max_output_tokens: int | None = ...,
        reasoning: Mapping[str, Any] | None = ..., text: Mapping[str, Any] | None = ...,
        tools: Sequence[Tool] | None = ..., tool_choice: str | Mapping[str, Any] | None = ...,
        parallel_tool_calls: bool | None = ..., max_tool_calls: int | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., top_logprobs: int | None = ...,
        include: Sequence[str] | None = ..., truncation: Literal["auto", "disabled"] | None = ...,
        background: bool | None = ..., background_options: Mapping[str, Any] | None = ...,
        prompt: Mapping[str, Any] | None = ...,
        context_management: Sequence[Mapping[str, Any]] | None = ...,
        image: Mapping[str, Any] | None = ..., access_programs: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        metadata: Mapping[str, Any] | None = ..., litellm_metadata: Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        mock_response: object | None = ..., allow_private_urls: bool | None = ...,
        middlewares: Sequence[Middleware] | None = ..., num_retries: int | None = ...,
        max_retries: int | None = ..., fallbacks: Fallbacks | None = ...,
        context_window_fallback_dict: Fallbacks | None = ...,
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
    ) -> Response:
        """Call a model under asyncio or trio; see `responses`.

        Args:
            model: "provider/model", or a group of a Router.
            input: Text, or a list of items.
            stream: True returns a stream.
            instructions: The system message.
            previous_response_id: The response that the input continues.
            conversation: The provider's conversation to add to.
            max_output_tokens: Maximum number of tokens, reasoning included.
            reasoning: Such as {'effort': 'low', 'summary': 'auto'}.
            text: Form of the text: `format` for JSON, `verbosity`.
            tools: Tools that the model may call.
            tool_choice: "auto", "none", "required", or one tool.
            parallel_tool_calls: Whether the model may call several tools at once.
            max_tool_calls: Maximum number of calls of built-in tools.
            temperature: Sampling temperature, 0 to 2.
            top_p: Nucleus sampling: the probability mass to sample from.
            top_logprobs: How many alternatives per token to return, 0 to 20.
            include: More output, such as ["reasoning.encrypted_content"].
            truncation: Whether to shorten long input.
            background: Answer later; see `retrieve_response`.
            background_options: Options of `background`.
            prompt: A prompt that OpenAI stores, with its variables.
            context_management: How OpenAI shortens long contexts.
            image: Options of images that are generated.
            access_programs: OpenAI's programs that the request is part of.
            stream_options: For streams, such as {'include_obfuscation': False}.
            service_tier: Such as "auto", "default", "flex" or "priority".
            store: Whether the response is stored; OpenAI's default is True.
            user: Your own id of the end user.
            safety_identifier: A stable id of the end user, for abuse detection.
            prompt_cache_key: Routes calls with the same prefix to the same cache.
            prompt_cache_options: Options of OpenAI's prompt cache.
            prompt_cache_retention: How long a prompt is cached, such as "24h".
            moderation: OpenAI's moderation of the request.
            metadata: Sent to the provider; callbacks see it too.
            litellm_metadata: The same for callbacks only.
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
        self, model: str, input: Input | None = ..., *, stream: Literal[True],
        instructions: str | None = ..., previous_response_id: str | None = ...,
        conversation: str | Mapping[str, Any] | None = ..., max_output_tokens: int | None = ...,
        reasoning: Mapping[str, Any] | None = ..., text: Mapping[str, Any] | None = ...,
        tools: Sequence[Tool] | None = ..., tool_choice: str | Mapping[str, Any] | None = ...,
        parallel_tool_calls: bool | None = ..., max_tool_calls: int | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., top_logprobs: int | None = ...,
        include: Sequence[str] | None = ..., truncation: Literal["auto", "disabled"] | None = ...,
        background: bool | None = ..., background_options: Mapping[str, Any] | None = ...,
        prompt: Mapping[str, Any] | None = ...,
        context_management: Sequence[Mapping[str, Any]] | None = ...,
        image: Mapping[str, Any] | None = ..., access_programs: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        metadata: Mapping[str, Any] | None = ..., litellm_metadata: Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        mock_response: object | None = ..., allow_private_urls: bool | None = ...,
        middlewares: Sequence[Middleware] | None = ..., num_retries: int | None = ...,
        max_retries: int | None = ..., fallbacks: Fallbacks | None = ...,
        context_window_fallback_dict: Fallbacks | None = ...,
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
    ) -> ResponseStream: ...
    @overload
    async def __call__(
        self, model: str, input: Input | None = ..., *, stream: bool | None,
        instructions: str | None = ..., previous_response_id: str | None = ...,
        conversation: str | Mapping[str, Any] | None = ..., max_output_tokens: int | None = ...,
        reasoning: Mapping[str, Any] | None = ..., text: Mapping[str, Any] | None = ...,
        tools: Sequence[Tool] | None = ..., tool_choice: str | Mapping[str, Any] | None = ...,
        parallel_tool_calls: bool | None = ..., max_tool_calls: int | None = ...,
        temperature: float | None = ..., top_p: float | None = ..., top_logprobs: int | None = ...,
        include: Sequence[str] | None = ..., truncation: Literal["auto", "disabled"] | None = ...,
        background: bool | None = ..., background_options: Mapping[str, Any] | None = ...,
        prompt: Mapping[str, Any] | None = ...,
        context_management: Sequence[Mapping[str, Any]] | None = ...,
        image: Mapping[str, Any] | None = ..., access_programs: Mapping[str, Any] | None = ...,
        stream_options: Mapping[str, Any] | None = ..., service_tier: str | None = ...,
        store: bool | None = ..., user: str | None = ..., safety_identifier: str | None = ...,
        prompt_cache_key: str | None = ..., prompt_cache_options: Mapping[str, Any] | None = ...,
        prompt_cache_retention: str | None = ..., moderation: str | Mapping[str, Any] | None = ...,
        metadata: Mapping[str, Any] | None = ..., litellm_metadata: Mapping[str, Any] | None = ...,
        api_key: str | Secret | None = ..., base_url: str | None = ..., api_base: str | None = ...,
        api_version: str | None = ..., custom_llm_provider: str | None = ...,
        timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        request_timeout: float | None = ...,
        stream_timeout: float | Timeouts | Mapping[str, Any] | None = ...,
        max_response_bytes: int | None = ..., extra_headers: Mapping[str, str] | None = ...,
        headers: Mapping[str, str] | None = ..., extra_body: Mapping[str, Any] | None = ...,
        extra_query: Mapping[str, Any] | None = ..., http_client: object | None = ...,
        client: object | None = ..., wire: Literal["chat", "responses"] | None = ...,
        mock_response: object | None = ..., allow_private_urls: bool | None = ...,
        middlewares: Sequence[Middleware] | None = ..., num_retries: int | None = ...,
        max_retries: int | None = ..., fallbacks: Fallbacks | None = ...,
        context_window_fallback_dict: Fallbacks | None = ...,
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
    ) -> Response | ResponseStream: ...
