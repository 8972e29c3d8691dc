"""The chat model: its fields, and the calls that LangChain makes to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
    Callbacks,
)
from langchain_core.callbacks.manager import BaseRunManager
from langchain_core.language_models import (
    BaseChatModel,
    LangSmithParams,
    LanguageModelInput,
    ModelProfile,
)
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.block_translators import register_translator
from langchain_core.outputs import ChatGenerationChunk, ChatResult, LLMResult
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import BaseModel, Field, SecretStr, model_validator

from ... import Client, Timeouts, list_providers, token_counter
from ...clients.default import client as default_client
from .arguments import (
    OF_A_PROVIDER,
    RUN_METADATA,
    ToolLike,
    called_model,
    check_single,
    encode_schema,
    encode_tool,
    encode_tool_choice,
    gather_fields,
    hide,
    profile_of,
    reveal,
    with_metadata,
)
from .errors import langchain_errors
from .messages import encode_messages
from .responses import MODEL_PROVIDER, ChunkDecoder, decode_response
from .standard_blocks import content_blocks
from .structured_output import parser_of_call, parser_of_text, with_parser

# The fields that are arguments of completion() of the same name.
_ARGUMENTS = (
    "model",
    "temperature",
    "max_tokens",
    "n",
    "stop",
    "timeout",
    "num_retries",
    "api_key",
    "base_url",
)

# LangChain then reads `content_blocks` of our messages with our function.
register_translator(MODEL_PROVIDER, content_blocks, content_blocks)


class ChatTrunkline(BaseChatModel):
    """A chat model of any provider.

    It takes every argument of `trunkline.completion`, here for all calls, or in `invoke`,
    `stream`, `bind` and so on for one: OpenAI's parameters, the provider's own, `fallbacks`,
    `drop_params`, `extra_headers` and others. Arguments that are not a field are collected in
    `model_kwargs`. LangChain uses `cache`, `callbacks` and `tags` for its own purposes; pass
    trunkline's arguments of these names in `model_kwargs`. The `metadata` of the model and of a
    run reaches trunkline's callbacks and spans.

    Attributes:
        model: "provider/model"; without a slash it is an OpenAI model. Also as `model_name`.
        temperature, max_tokens, n: as in OpenAI's API.
        stop: texts at which the response stops; also as `stop_sequences`.
        timeout: seconds, or several limits, as for `trunkline.completion`.
        num_retries: how often trunkline retries a failed call; LangChain adds no retries. Also
            as `max_retries`.
        api_key: key of this model's provider, instead of the one in its environment variable.
            Calls to a model of another provider do not get it.
        base_url: root of the provider's API, for this provider only; also as `api_base`.
        streaming: whether `invoke` streams too, for callbacks that receive each token.
        client: a trunkline Client or Router to use instead of the default client.
        model_kwargs: all other arguments. Text whose name marks it as a credential becomes a
            `SecretStr`; you can also pass a `SecretStr` anywhere.

    Raises:
        ValidationError (a ValueError): a field has a wrong type, or is given under two names.

    Calls raise trunkline's errors, which are also instances of LangChain's matching classes.
    """

    model: str
    temperature: float | None = None
    max_tokens: int | None = None
    n: int | None = None
    stop: str | list[str] | None = None
    timeout: float | dict[str, float | None] | Timeouts | None = None
    num_retries: int | None = None
    api_key: SecretStr | None = None
    base_url: str | None = None
    streaming: bool = False
    client: Client | None = Field(default=None, exclude=True, repr=False)
    model_kwargs: dict[str, Any] = Field(default_factory=dict)

    # Declared for type checkers: any keyword argument is allowed.
    def __init__(self, model: str | None = None, **arguments: Any) -> None:
        if model is not None:
            arguments["model"] = model
        super().__init__(**arguments)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, values: dict[str, Any]) -> dict[str, Any]:
        return gather_fields(values, cls.model_fields)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return that `dumps` and `load` work; they leave `client` out."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the public module, which serialized models name."""
        return ["trunkline", "integrations", "langchain"]

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The environment variable that replaces the key when the model is serialized."""
        provider, _ = called_model(self.model, self.model_kwargs)
        rows = [row for row in list_providers() if row.name == provider and row.key_env]
        variable = rows[0].key_env[0] if rows else f"{provider.upper()}_API_KEY"
        return {"api_key": variable}

    @property
    def _llm_type(self) -> str:
        return "trunkline-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in _ARGUMENTS if name != "api_key"}
        known = {name: value for name, value in given.items() if value is not None}
        return {**known, **self.model_kwargs}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        provider, model = called_model(
            kwargs.get("model", self.model), {**self.model_kwargs, **kwargs}
        )
        params["ls_provider"], params["ls_model_name"] = provider, model
        if not stop and self.stop:
            params["ls_stop"] = [self.stop] if isinstance(self.stop, str) else self.stop
        return params

    def _resolve_model_profile(self) -> ModelProfile | None:
        return profile_of(self.model, self.model_kwargs.get("custom_llm_provider"))

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        kwargs.pop(RUN_METADATA, None)
        return super()._get_invocation_params(stop=stop, **hide(kwargs))

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        kwargs.pop(RUN_METADATA, None)
        return super()._get_llm_string(stop=stop, **hide(kwargs))

    def _call_arguments(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run: BaseRunManager | None,
        given: dict[str, Any],
    ) -> dict[str, Any]:
        """Return the arguments of completion() for one call."""
        arguments = {name: getattr(self, name) for name in _ARGUMENTS} | self.model_kwargs | given
        own, _ = called_model(self.model, self.model_kwargs)
        asked, _ = called_model(arguments["model"], arguments)
        if asked != own:
            # Never send one provider's key, address or headers to another.
            arguments |= {name: given.get(name) for name in OF_A_PROVIDER}
        arguments.pop("stream", None)
        arguments["stop"] = (arguments["stop"] if stop is None else stop) or None
        passed = arguments.pop(RUN_METADATA, None)
        of_run = passed if run is None else run.metadata
        levels = (self.metadata, of_run, arguments.get("metadata"))
        arguments["metadata"] = {k: v for level in levels for k, v in (level or {}).items()} or None
        return {**reveal(arguments), "messages": encode_messages(messages)}

    @property
    def _client(self) -> Client:
        return default_client if self.client is None else self.client

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with langchain_errors():
            arguments = self._call_arguments(messages, stop, run_manager, kwargs)
            return decode_response(self._client.completion(**arguments, stream=False))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with langchain_errors():
            arguments = self._call_arguments(messages, stop, run_manager, kwargs)
            return decode_response(await self._client.acompletion(**arguments, stream=False))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        decoder = ChunkDecoder()
        with langchain_errors():
            arguments = self._call_arguments(messages, stop, run_manager, kwargs)
            check_single(arguments)
            with self._client.completion(**arguments, stream=True) as stream:
                for chunk in stream:
                    piece = decoder.decode(chunk)
                    if piece is not None:
                        if run_manager is not None:
                            run_manager.on_llm_new_token(piece.text, chunk=piece)
                        yield piece
                yield decoder.end(stream.response)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        decoder = ChunkDecoder()
        with langchain_errors():
            arguments = self._call_arguments(messages, stop, run_manager, kwargs)
            check_single(arguments)
            async with await self._client.acompletion(**arguments, stream=True) as stream:
                async for chunk in stream:
                    piece = decoder.decode(chunk)
                    if piece is not None:
                        if run_manager is not None:
                            await run_manager.on_llm_new_token(piece.text, chunk=piece)
                        yield piece
                yield decoder.end(stream.response)

    def generate(
        self,
        messages: list[list[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        *,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Return the responses to several prompts; `invoke` calls this method too."""
        kwargs[RUN_METADATA] = metadata
        return super().generate(messages, stop, callbacks, metadata=metadata, **kwargs)

    async def agenerate(
        self,
        messages: list[list[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        *,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Return the responses to several prompts, under asyncio; `ainvoke` calls it too."""
        kwargs[RUN_METADATA] = metadata
        return await super().agenerate(messages, stop, callbacks, metadata=metadata, **kwargs)

    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        """Yield the response in chunks as they arrive; leaving the loop closes the connection."""
        return super().stream(input, config, stop=stop, **with_metadata(kwargs, config))

    def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        """Yield the response in chunks as they arrive, under asyncio; see `stream`."""
        return super().astream(input, config, stop=stop, **with_metadata(kwargs, config))

    def get_num_tokens(self, text: str) -> int:
        """Return the number of tokens of a text; see `trunkline.token_counter`."""
        with langchain_errors():
            return token_counter(**self._counting(), text=text)

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], tools: Sequence[ToolLike] | None = None
    ) -> int:
        """Return the number of tokens of a prompt; see `trunkline.token_counter`."""
        encoded = [encode_tool(tool, None) for tool in tools or ()]
        with langchain_errors():
            said = encode_messages(messages)
            return token_counter(**self._counting(), messages=said, tools=encoded or None)

    def _counting(self) -> dict[str, Any]:
        names = ("model", "api_key", "base_url", "timeout", "num_retries")
        own = {name: getattr(self, name) for name in names}
        own["custom_llm_provider"] = self.model_kwargs.get("custom_llm_provider")
        return {name: reveal(value) for name, value in own.items() if value is not None}

    def bind_tools(
        self,
        tools: Sequence[ToolLike],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return a runnable of this model that can call tools.

        Args:
            tools: functions, classes, LangChain's tools, dictionaries in the format of OpenAI,
                Anthropic or Bedrock, or tools that run at the provider.
            tool_choice: "auto", "none", "any" or "required" (also True), a tool's name, or
                OpenAI's or Anthropic's dictionary.
            strict: whether arguments must match the schema exactly, if the provider supports it.
            parallel_tool_calls: whether a response may contain several calls.
            kwargs: further arguments of the calls.

        Raises:
            BadRequestError: `tool_choice` is invalid, or names a tool that is not in `tools`.
            ValueError: LangChain cannot convert an item of `tools`.
        """
        with langchain_errors():
            encoded = [encode_tool(tool, strict) for tool in tools]
            chosen = {
                "tool_choice": encode_tool_choice(tool_choice, encoded),
                "parallel_tool_calls": parallel_tool_calls,
            }
        given = {name: value for name, value in chosen.items() if value is not None}
        return self.bind(tools=encoded, **given, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return a runnable that returns objects.

        Args:
            schema: a pydantic model (the objects are instances of it), a TypedDict, a JSON schema
                with a title, or a function in OpenAI's format; optional for "json_mode".
            method: "json_schema" asks for a response of that schema, in the provider's own way;
                "function_calling" asks for a call with such arguments; "json_mode" asks for
                any JSON.
            include_raw: whether to return {"raw": message, "parsed": object or None,
                "parsing_error": exception or None} instead of raising.
            strict: whether the response must match exactly, if the provider supports it. The
                schema must then meet the provider's rules for strict schemas.
            kwargs: further arguments of the calls.

        Raises:
            ValueError: `method` is unknown, or LangChain cannot convert `schema`.

        The runnable raises OutputParserException for a response that is a refusal, is incomplete,
        or does not match the schema.
        """
        noted = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
        if schema is not None:
            kwargs["ls_structured_output_format"] = noted
        if method == "json_mode":
            model = self.bind(response_format={"type": "json_object"}, **kwargs)
            return with_parser(model, parser_of_text(schema), include_raw)
        if schema is None:
            raise ValueError(f"schema: method {method!r} needs one")
        if method == "json_schema":
            bound = self.bind(response_format=encode_schema(schema, strict), **kwargs)
            return with_parser(bound, parser_of_text(schema), include_raw)
        if method == "function_calling":
            name = encode_tool(schema, None)["function"]["name"]
            calling = self.bind_tools(
                [schema], tool_choice=name, strict=strict, parallel_tool_calls=False, **kwargs
            )
            return with_parser(calling, parser_of_call(schema, name), include_raw)
        raise ValueError(
            f"method: expected 'json_schema', 'function_calling' or 'json_mode', got {method!r}"
        )
