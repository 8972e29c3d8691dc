"""The calls of the `litellm` namespace: trunkline's, with litellm's types and exceptions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..clients.client import Client
from ..clients.responses.stream import ResponseStream
from ..clients.with_retries import RETRIES
from ..pipeline.call.chain import claimed_options
from ..pipeline.call.concealed import conceal
from ..pipeline.errors import BadRequestError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.schema.responses import Response
from ..pipeline.stream.stream import Stream
from .answer_format import FormatChecks
from .conversion import give, plain_items, take
from .errors import LitellmErrors, mocked
from .handlers.adapter import with_handlers
from .helpers import add_base_model, mark_for_cache, prefer_thinking
from .key_settings import KeySettings
from .openai_organization import name_organization
from .providers import is_known, spell
from .reasoning_items import take_reasoning_items
from .responses_route import prefer_responses
from .streams import CustomStreamWrapper, ResponsesAPIStreamingIterator

_ERRORS = LitellmErrors()

# The arguments of litellm's completion() after model and messages, in their order.
_ORDER = (
    *("timeout", "temperature", "top_p", "n", "stream", "stream_options", "stop"),
    *("max_completion_tokens", "max_tokens", "modalities", "prediction", "audio"),
    *("presence_penalty", "frequency_penalty", "logit_bias", "user", "reasoning_effort"),
    *("verbosity", "response_format", "seed", "tools", "tool_choice", "logprobs"),
    *("top_logprobs", "parallel_tool_calls", "web_search_options"),
)
_ADDRESSES = ("api_base", "base_url")
# Options of layers that the chain may lack, with values that request what happens without them.
_NOTHING: Mapping[str, object] = {
    "cache": {"no-cache": True, "no-store": True},
    "num_retries": 0,
}


class Calls:
    """completion() and acompletion() of a client with litellm's signatures."""

    #: A namespace has its own, which its routers share.
    checks = FormatChecks()
    #: The same.
    keys = KeySettings()

    def __init__(self, client: Client) -> None:
        self.use(client)

    def use(self, client: Client) -> None:
        """Use another client."""
        self._client = client
        self._claimed = claimed_options(client.middlewares)

    def completion(self, model: str, messages: Any = (), *values: Any, **arguments: Any) -> Any:
        """Send `messages` to `model`; see `trunkline.completion`.

        Returns:
            A ModelResponse of litellm's, or a CustomStreamWrapper where `stream` is true.

        Raises:
            litellm's exceptions, which are trunkline's too.
        """
        with _ERRORS:
            stream, given = self._read(messages, _by_name(values, arguments))
            model = self._spell(model, given)
            return _answer(self._reach(model).completion(model, stream=stream, **given))

    async def acompletion(
        self, model: str, messages: Any = (), *values: Any, **arguments: Any
    ) -> Any:
        """Send `messages` to `model` under asyncio or trio; see `completion`."""
        with _ERRORS:
            stream, given = self._read(messages, _by_name(values, arguments))
            model = self._spell(model, given)
            client = self._reach(model)
            return _answer(await client.acompletion(model, stream=stream, **given))

    def completion_with_retries(
        self, model: str, messages: Any = (), *, num_retries: int = RETRIES, **arguments: Any
    ) -> Any:
        """Call `completion` with up to `num_retries` retries."""
        return self.completion(model, messages, num_retries=num_retries, **arguments)

    async def acompletion_with_retries(
        self, model: str, messages: Any = (), *, num_retries: int = RETRIES, **arguments: Any
    ) -> Any:
        """Call `acompletion` with up to `num_retries` retries."""
        return await self.acompletion(model, messages, num_retries=num_retries, **arguments)

    def responses(self, input: Any = None, model: str = "", **arguments: Any) -> Any:
        """Send `input` to `model`; see `trunkline.responses`.

        Returns:
            litellm's ResponsesAPIResponse, or a ResponsesAPIStreamingIterator if `stream` is true.

        Raises:
            litellm's exceptions, which are trunkline's too.
        """
        with _ERRORS:
            stream, given = self._read_arguments(arguments)
            prefer_responses(given, self._meant(model))
            items = plain_items(input)
            model = self._spell(model, given)
            return _answer(self._reach(model).responses(model, items, stream=stream, **given))

    async def aresponses(self, input: Any = None, model: str = "", **arguments: Any) -> Any:
        """Send `input` to `model` under asyncio or trio; see `responses`."""
        with _ERRORS:
            stream, given = self._read_arguments(arguments)
            prefer_responses(given, self._meant(model))
            items = plain_items(input)
            model = self._spell(model, given)
            client = self._reach(model)
            return _answer(await client.aresponses(model, items, stream=stream, **given))

    def batch_completion(self, *args: Any, **kwargs: Any) -> Any:
        """Send many conversations; see `trunkline.batch_completion`."""
        model = args[0] if args else kwargs.get("model")
        if "model_info" in self._claimed:
            add_base_model(kwargs, kwargs, model)
        self.keys.add(kwargs, model)
        prefer_thinking(kwargs, [str(model)])
        with _ERRORS:
            self.checks.apply(kwargs)
        return adapt(with_handlers(self._client).batch_completion)(*args, **kwargs)

    def _reach(self, model: str) -> Client:
        """Return the client of a model's calls, which handlers of the program's own may answer."""
        return with_handlers(self._client_for(model))

    def _client_for(self, model: str) -> Client:  # noqa: ARG002  # a Router has one for each pattern
        """Return the client that handles calls of a model."""
        return self._client

    def _spell(self, model: str, arguments: dict[str, Any]) -> str:
        """Return a model with its provider's prefix, which litellm adds to names that it knows.

        At another address than the provider's own, the call gets the prices of the model, as in
        litellm.
        """
        [meant] = self._meant(model)
        spelled: str = _spelled(meant, arguments)
        prefer_thinking(arguments, [spelled])
        name_organization(arguments, spelled)
        self.keys.add(arguments, spelled)
        if "model_info" in self._claimed:
            add_base_model(arguments, arguments, spelled)
        return spelled if meant == model else model

    def _meant(self, model: str) -> list[str]:
        """Return the models that may answer calls of a name."""
        return [self._client.settings.model_alias_map.get(model, model)]

    def _read(self, messages: Any, given: dict[str, Any]) -> tuple[bool | None, dict[str, Any]]:
        """Return `stream`, and the other arguments of trunkline's completion()."""
        stream, arguments = self._read_arguments(given)
        points = arguments.pop("cache_control_injection_points", ())
        arguments["messages"] = mark_for_cache(take_reasoning_items(messages), points)
        return stream, arguments

    def _read_arguments(self, given: dict[str, Any]) -> tuple[bool | None, dict[str, Any]]:
        """Return `stream`, and the other arguments as trunkline takes them.

        Raises:
            BadRequestError: an argument that only another library's wrapper understands.
        """
        conceal(given)
        arguments = {name: take(value) for name, value in given.items() if value is not None}
        if "response_model" in arguments:
            raise BadRequestError(
                "response_model: is an argument of instructor's; give the class as response_format",
                param="response_model",
            )
        both = [arguments.get("headers"), arguments.get("extra_headers")]
        if all(isinstance(each, Mapping) for each in both):
            headers: Mapping[str, str] = arguments.pop("headers")
            arguments["extra_headers"] = {**headers, **arguments["extra_headers"]}
        if "mock_response" in arguments:
            arguments["mock_response"] = mocked(arguments["mock_response"])
        self.checks.apply(arguments)
        for name, nothing in _NOTHING.items():
            if name not in self._claimed and arguments.get(name) == nothing:
                del arguments[name]
        return arguments.pop("stream", None), arguments


def _by_name(values: Sequence[object], arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with the positional ones added by name.

    Raises:
        TypeError: there are too many, or one is also given by name.
    """
    if len(values) > len(_ORDER):
        raise TypeError(f"completion() takes at most {len(_ORDER) + 2} positional arguments")
    for name, value in zip(_ORDER, values, strict=False):
        if name in arguments:
            raise TypeError(f"completion() got multiple values for argument {name!r}")
        arguments[name] = value
    return arguments


def _answer(reply: ModelResponse | Stream | Response | ResponseStream) -> Any:
    if isinstance(reply, Stream):
        return CustomStreamWrapper(reply)
    if isinstance(reply, ResponseStream):
        return ResponsesAPIStreamingIterator(reply)
    return give(reply)


def adapt(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of trunkline that takes and returns litellm's types."""
    has_model = next(iter(inspect.signature(function).parameters), None) == "model"
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with _ERRORS:
                return give(await _call(function, args, kwargs, spell=has_model))

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        with _ERRORS:
            return give(_call(function, args, kwargs, spell=has_model))

    return called


def _call(
    function: Callable[..., Any],
    args: Sequence[object],
    named: Mapping[str, object],
    *,
    spell: bool,
) -> Any:
    """Call a function of trunkline with litellm's objects; `spell` is for one of a model."""
    given = [take(value) for value in args]
    given_by_name = {name: take(value) for name, value in named.items()}
    if spell and given:
        given[0] = _spelled(given[0], given_by_name)
    elif "model" in given_by_name:
        given_by_name["model"] = _spelled(given_by_name["model"], given_by_name)
    return function(*given, **given_by_name)


def _spelled(model: Any, arguments: Mapping[str, Any]) -> Any:
    if not isinstance(model, str) or arguments.get("custom_llm_provider"):
        return model
    # At an address, an unknown name is that of a server's own model, without a prefix.
    elsewhere = any(arguments.get(name) for name in _ADDRESSES)
    return model if elsewhere and not is_known(model) else spell(model)
