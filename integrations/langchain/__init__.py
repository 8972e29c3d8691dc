"""trunkline as a chat model of LangChain.

    from trunkline.integrations.langchain import ChatTrunkline

    model = ChatTrunkline(
        "anthropic/claude-sonnet-4-5", max_tokens=1000, fallbacks=["openai/gpt-4o"]
    )
    model.invoke("Hello").content

One class for every provider, with the whole chain underneath: fallbacks, retries, limits, cache,
budgets, callbacks and traces, and middlewares of your own in `client=`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
        Callbacks,
    )
except ImportError as missing:
    raise ImportError(
        "trunkline.integrations.langchain needs LangChain: pip install 'trunkline[langchain]'"
    ) from missing

from langchain_core.callbacks.manager import BaseRunManager
from langchain_core.language_models import (
    BaseChatModel,
    LangSmithParams,
    LanguageModelInput,
    ModelProfile,
)
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
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
from .responses import (
    ChunkDecoder,
    decode_response,
    parser_of_call,
    parser_of_text,
    with_parser,
)

# The fields that are arguments of completion() under the same name.
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


class ChatTrunkline(BaseChatModel):
    """A chat model that is any provider's.

    Every argument of `trunkline.completion` can be given, here for all calls or to `invoke`,
    `stream`, `bind` ... for one: OpenAI's parameters, the provider's own, `fallbacks`,
    `drop_params`, `extra_headers` ... What is no field below is gathered in `model_kwargs`. Some
    names have a meaning of LangChain's own here, `cache`, `callbacks` and `tags`: give trunkline's
    in `model_kwargs`. `metadata` of the model and of a run reaches the chain's callbacks and
    spans.

    Attributes:
        model: "provider/model"; a bare name is OpenAI's. Also as `model_name`.
        temperature, max_tokens, n: as OpenAI has them.
        stop: texts that end an answer; also as `stop_sequences`.
        timeout: seconds, or several limits, as for `trunkline.completion`.
        num_retries: further requests for a call that failed, by the chain; nothing retries beside
            it. Also as `max_retries`.
        api_key: key of this model's provider, instead of the one in its environment variable. A
            call to a model of another provider does not get it.
        base_url: root of the provider's API, likewise; also as `api_base`.
        streaming: whether `invoke` streams, too, for the callbacks that watch.
        client: a trunkline Client, or a Router, with a chain of its own.
        model_kwargs: all other arguments. Texts in them whose names say that they are credentials
            become `SecretStr`, and a `SecretStr` may stand anywhere.

    Raises:
        ValidationError (a ValueError): a field has a wrong type, or is given under two names.

    Calls raise trunkline's errors, which are also LangChain's of the same meaning.
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

    # So that type checkers know that anything may be given.
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
        """Tell LangChain that `dumps` and `load` work; a `client` is left out."""
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The variable that stands for the key in what is stored: the provider's own."""
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
            # What was meant for one provider is sent to no other.
            arguments |= {name: given.get(name) for name in OF_A_PROVIDER}
        arguments.pop("stream", None)
        arguments["stop"] = (arguments["stop"] if stop is None else stop) or None
        handed_on = arguments.pop(RUN_METADATA, None)
        known = handed_on if run is None else run.metadata
        noted: dict[str, Any] = {
            **(self.metadata or {}),
            **(known or {}),
            **(arguments.get("metadata") or {}),
        }
        arguments["metadata"] = noted or None
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
        """Return the answers to several prompts; `invoke` ends here, too."""
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
        """Return the answers to several prompts, under asyncio; `ainvoke` ends here, too."""
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
        """Return the answer's pieces as they arrive; leaving the loop closes the connection."""
        return super().stream(input, config, stop=stop, **with_metadata(kwargs, config))

    def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        """Return the answer's pieces as they arrive, under asyncio; see `stream`."""
        return super().astream(input, config, stop=stop, **with_metadata(kwargs, config))

    def get_num_tokens(self, text: str) -> int:
        """Return how many tokens a text is; see `trunkline.token_counter`."""
        with langchain_errors():
            return token_counter(**self._counting(), text=text)

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], tools: Sequence[ToolLike] | None = None
    ) -> int:
        """Return how many tokens a prompt is; see `trunkline.token_counter`."""
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
        """Return the model with tools that it may call.

        Args:
            tools: functions, classes, LangChain's tools, dictionaries in OpenAI's, Anthropic's or
                Bedrock's form, or a provider's own tools.
            tool_choice: "auto", "none", "any" or "required" (also True), a tool's name, or
                OpenAI's or Anthropic's dictionary.
            strict: whether arguments must fit the schema exactly, where the provider can that.
            parallel_tool_calls: whether an answer may hold several calls.
            kwargs: further arguments of the calls.

        Raises:
            BadRequestError: `tool_choice` names no tool, or cannot be read.
            ValueError: a tool is none.
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
        """Return a runnable that answers with objects.

        Args:
            schema: a pydantic model (then the objects are its own), a TypedDict, a JSON schema
                with a title, or a function in OpenAI's form; "json_mode" needs none.
            method: "json_schema" asks for an answer of that schema, in the provider's own way,
                "function_calling" for a call with such arguments, "json_mode" for some JSON.
            include_raw: whether to return {"raw": message, "parsed": object or None,
                "parsing_error": exception or None} instead of raising.
            strict: whether the answer must fit exactly, where the provider can that; the schema
                then has to be one that it takes so.
            kwargs: further arguments of the calls.

        Raises:
            ValueError: there is no such method, or no schema can be made of `schema`.

        The runnable raises OutputParserException for an answer that is refused, not whole, or does
        not fit.
        """
        noted = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
        if schema is not None:
            kwargs["ls_structured_output_format"] = noted
        if method == "json_mode":
            model = self.bind(response_format={"type": "json_object"}, **kwargs)
            return with_parser(model, parser_of_text(schema), include_raw)
        if schema is None:
            raise ValueError(f"method {method!r} needs a schema")
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
