"""The calls of the `litellm` namespace: trunkline's, with litellm's types and exceptions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..adapters.table.table import spell_model
from ..clients.client import Client
from ..clients.response_stream import ResponseStream
from ..clients.router import Router as OwnRouter
from ..clients.settings import SETTING_NAMES, Settings
from ..clients.with_retries import RETRIES
from ..pipeline.call.chain import claimed_options
from ..pipeline.call.concealed import conceal
from ..pipeline.errors import BadRequestError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.schema.responses import Response
from ..pipeline.stream.stream import Stream
from .conversion import give, plain_items, take
from .errors import LitellmErrors
from .helpers import mark_for_cache
from .streams import CustomStreamWrapper, ResponsesAPIStreamingIterator

_ERRORS = LitellmErrors()

# Arguments of litellm's Router for its own logging.
_LOGGING = frozenset({"debug_level", "set_verbose"})
# Arguments that say where a call goes, so that a model needs no prefix.
_SAYS_WHERE = frozenset({"api_base", "base_url", "custom_llm_provider"})
# Options of layers that the chain may lack, with values that request what happens without them.
_NOTHING: Mapping[str, object] = {
    "cache": {"no-cache": True, "no-store": True},
    "num_retries": 0,
}


class Calls:
    """completion() and acompletion() of a client with litellm's signatures."""

    def __init__(self, client: Client) -> None:
        self.use(client)

    def use(self, client: Client) -> None:
        """Use another client."""
        self._client = client
        self._claimed = claimed_options(client.middlewares)

    def completion(self, model: str, messages: Any = (), **arguments: Any) -> Any:
        """Send `messages` to `model`; see `trunkline.completion`.

        Returns:
            A ModelResponse of litellm's, or a CustomStreamWrapper where `stream` is true.

        Raises:
            litellm's exceptions, which are trunkline's too.
        """
        with _ERRORS:
            stream, given = self._read(messages, arguments)
            model = self._spell(model, given)
            return _answer(self._client.completion(model, stream=stream, **given))

    async def acompletion(self, model: str, messages: Any = (), **arguments: Any) -> Any:
        """Send `messages` to `model` under asyncio or trio; see `completion`."""
        with _ERRORS:
            stream, given = self._read(messages, arguments)
            model = self._spell(model, given)
            return _answer(await self._client.acompletion(model, stream=stream, **given))

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
            items = plain_items(input)
            model = self._spell(model, given)
            return _answer(self._client.responses(model, items, stream=stream, **given))

    async def aresponses(self, input: Any = None, model: str = "", **arguments: Any) -> Any:
        """Send `input` to `model` under asyncio or trio; see `responses`."""
        with _ERRORS:
            stream, given = self._read_arguments(arguments)
            items = plain_items(input)
            model = self._spell(model, given)
            return _answer(await self._client.aresponses(model, items, stream=stream, **given))

    def batch_completion(self, *args: Any, **kwargs: Any) -> Any:
        """Send many conversations; see `trunkline.batch_completion`."""
        return adapt(self._client.batch_completion)(*args, **kwargs)

    def _spell(self, model: str, arguments: Mapping[str, Any]) -> str:
        """Return a model with its provider's prefix, which litellm adds to names that it knows."""
        if model in self._client.settings.model_alias_map:
            return model
        spelled: str = _spelled(model, arguments)
        return spelled

    def _read(self, messages: Any, given: dict[str, Any]) -> tuple[bool | None, dict[str, Any]]:
        """Return `stream`, and the other arguments of trunkline's completion()."""
        stream, arguments = self._read_arguments(given)
        points = arguments.pop("cache_control_injection_points", ())
        arguments["messages"] = mark_for_cache(messages, points)
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
        if {"headers", "extra_headers"} <= arguments.keys():
            headers: Mapping[str, str] = arguments.pop("headers")
            arguments["extra_headers"] = {**headers, **arguments["extra_headers"]}
        for name, nothing in _NOTHING.items():
            if name not in self._claimed and arguments.get(name) == nothing:
                del arguments[name]
        return arguments.pop("stream", None), arguments


def _answer(reply: ModelResponse | Stream | Response | ResponseStream) -> Any:
    if isinstance(reply, Stream):
        return CustomStreamWrapper(reply)
    if isinstance(reply, ResponseStream):
        return ResponsesAPIStreamingIterator(reply)
    return give(reply)


class Router(Calls):
    """litellm's Router: trunkline's, with litellm's types and exceptions.

    Args:
        model_list: the deployments; see `trunkline.Router`.
        arguments: the other arguments of `trunkline.Router`. `set_verbose` and `debug_level` are
            accepted and ignored. Settings are those of the namespace, unless given.

    Raises:
        TypeError: trunkline's Router lacks an argument.
        ValueError: the list or an argument is invalid.
    """

    @classmethod
    def _settings(cls) -> Settings:
        """Return the defaults of arguments; see `bind_router`."""
        return Settings()

    def _spell(self, model: str, arguments: Mapping[str, Any]) -> str:  # noqa: ARG002  # see Calls
        """Return the model unchanged: it is a group."""
        return model

    def __init__(self, model_list: Sequence[Mapping[str, Any]] = (), **arguments: Any) -> None:
        settings = self._settings()
        given = {name: getattr(settings, name) for name in SETTING_NAMES}
        given.update(arguments)
        for name in [name for name, value in given.items() if value is None or name in _LOGGING]:
            del given[name]
        router = OwnRouter(model_list, **given)
        super().__init__(router)
        self.model_list = router.model_list
        # langchain-litellm reads this list to find the possible models of a call.
        self.fallbacks = given.get("fallbacks")
        self.context_window_fallbacks = given.get("context_window_fallbacks")
        self.content_policy_fallbacks = given.get("content_policy_fallbacks")
        self.default_litellm_params: Mapping[str, Any] = given.get("default_litellm_params", {})
        self.model_group_alias: Mapping[str, Any] = given.get("model_group_alias", {})


def bind_router(settings: Callable[[], Settings]) -> type[Router]:
    """Return the Router class of a namespace, whose current settings are the defaults."""

    class NamespaceRouter(Router):
        __doc__ = Router.__doc__

        @classmethod
        def _settings(cls) -> Settings:
            return settings()

    NamespaceRouter.__name__ = NamespaceRouter.__qualname__ = "Router"
    NamespaceRouter.__module__ = "litellm.router"
    return NamespaceRouter


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
    elif spell and "model" in given_by_name:
        given_by_name["model"] = _spelled(given_by_name["model"], given_by_name)
    return function(*given, **given_by_name)


def _spelled(model: Any, arguments: Mapping[str, Any]) -> Any:
    if not isinstance(model, str) or not _SAYS_WHERE.isdisjoint(arguments):
        return model
    return spell_model(model)
