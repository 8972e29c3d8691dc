"""The client: a chain of middlewares, an adapter at its end, and the connections of both worlds."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from ..closing import Closing
from ..drawing import Drawn
from ..errors import BadRequestError
from ..port import IO
from ..schema.model_response import ModelResponse
from ..schema.trail import Trail
from ..stream.stream import Stream
from ..sync import drive
from ..transport.engines import Engine, asynchronous_io, blocking_io, choose_engine
from ..transport.httpx_client import borrow
from .arguments import ADAPTER_ARGUMENTS, DEFAULT_TIMEOUTS, request_fields, split_arguments
from .chain import (
    claimed_options,
    compose,
    describe_one,
    name_layer,
    note_attempts,
    run,
)
from .chat_params import wrong_type
from .messages import MessageLike, check_messages
from .request import Adapter, Handler, Middleware, Request

if TYPE_CHECKING:
    from ..transport.async_io import AsyncIO
    from ..transport.sync_io import SyncIO

Messages = Iterable[MessageLike]


class _Worlds:
    """The two ports of a client and of all that derive from it, made when first needed."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine: Engine | None = engine
        self._blocking: SyncIO | None = None
        self._asynchronous: AsyncIO | None = None

    def blocking(self) -> SyncIO:
        if self._blocking is None:
            self._blocking = blocking_io(self._engine)
        return self._blocking

    def asynchronous(self) -> AsyncIO:
        if self._asynchronous is None:
            self._asynchronous = asynchronous_io(self._engine)
        return self._asynchronous

    def close(self) -> None:
        if self._blocking is not None:
            self._blocking.close()

    async def aclose(self) -> None:
        self.close()
        if self._asynchronous is not None:
            await self._asynchronous.aclose()


class Client(Closing, Drawn):
    """A chain of middlewares around an adapter.

    Args:
        adapter: what answers at the end of the chain.
        middlewares: the chain; the first is the outermost.
        known_options: names that some middleware would own; a call that gives one which nobody
            in this chain owns is refused, instead of sending it to the provider.
        engine: what speaks HTTP, "httpx" or "fast" (the extra of that name); None is what the
            variable TRUNKLINE_ENGINE names, else "fast" where it is installed.

    Raises:
        TypeError: something in `middlewares` is no middleware.
        ValueError: two middlewares claim the same option, or there is no such engine.
        ImportError: the engine is not installed.
    """

    def __init__(
        self,
        adapter: Adapter,
        middlewares: Sequence[Middleware] = (),
        *,
        known_options: Iterable[str] = (),
        engine: Engine | None = None,
    ) -> None:
        self._known = frozenset(known_options)
        if engine is not None:
            choose_engine(engine)
        self._worlds = _Worlds(engine)
        self._assemble(adapter, middlewares)

    def _assemble(self, adapter: Adapter, middlewares: Sequence[Middleware]) -> None:
        self.adapter = adapter
        try:
            self.middlewares = tuple(middlewares)
        except TypeError:
            got = f"{middlewares!r}; put it into one"
            raise TypeError(f"middlewares: expected a list, got {got}") from None
        self._claimed = claimed_options(self.middlewares)
        self._handler = compose(self.middlewares, note_attempts(adapter))
        self._layers = (*map(name_layer, self.middlewares), name_layer(adapter))

    @overload
    def completion(
        self,
        model: str,
        messages: Messages,
        *,
        stream: Literal[False] | None = ...,
        **arguments: Any,
    ) -> ModelResponse: ...
    @overload
    def completion(
        self, model: str, messages: Messages, *, stream: Literal[True], **arguments: Any
    ) -> Stream: ...
    @overload
    def completion(
        self, model: str, messages: Messages, *, stream: bool | None, **arguments: Any
    ) -> ModelResponse | Stream: ...
    # `arguments` are Any because a provider's own parameters are as open as the providers.
    def completion(
        self, model: str, messages: Messages, *, stream: bool | None = None, **arguments: Any
    ) -> ModelResponse | Stream:
        """Answer `messages` with `model`, blocking.

        Args:
            model: "provider/model"; a bare name is OpenAI's.
            messages: OpenAI's list of messages; it is not changed.
            stream: True returns a Stream of chunks.
            arguments: OpenAI's parameters, the provider's own, and trunkline's:
                api_key, base_url (or api_base), api_version, custom_llm_provider, timeout
                (seconds, default 600, or connect, first_event, idle, answer and total),
                stream_timeout (the same, in its place for a stream),
                extra_headers, extra_body, extra_query, client (an httpx client), metadata,
                mock_response (text, an exception or a response: nothing is sent),
                allow_private_urls (True where messages may have addresses of private hosts
                fetched), middlewares (for this call, outside the client's), and the options of
                the middlewares.

        Raises:
            APIError: what went wrong, by class; see trunkline.exceptions.

        Source: https://platform.openai.com/docs/api-reference/chat/create
        """
        handler, request = self._prepare(
            self._worlds.blocking(), model, messages, bool(stream), arguments
        )
        return drive(run(handler, request))

    @overload
    async def acompletion(
        self,
        model: str,
        messages: Messages,
        *,
        stream: Literal[False] | None = ...,
        **arguments: Any,
    ) -> ModelResponse: ...
    @overload
    async def acompletion(
        self, model: str, messages: Messages, *, stream: Literal[True], **arguments: Any
    ) -> Stream: ...
    @overload
    async def acompletion(
        self, model: str, messages: Messages, *, stream: bool | None, **arguments: Any
    ) -> ModelResponse | Stream: ...
    async def acompletion(
        self, model: str, messages: Messages, *, stream: bool | None = None, **arguments: Any
    ) -> ModelResponse | Stream:
        """Answer `messages` with `model` under asyncio or trio; see `completion`."""
        handler, request = self._prepare(
            self._worlds.asynchronous(), model, messages, bool(stream), arguments
        )
        return await run(handler, request)

    def with_middlewares(self, *middlewares: Middleware) -> Self:
        """Return a client with `middlewares` outside its own, sharing the connections."""
        return self._derive(self.adapter, (*middlewares, *self.middlewares))

    def with_adapter(self, adapter: Adapter) -> Self:
        """Return a client with this one's chain around another adapter, say one for tests."""
        return self._derive(adapter, self.middlewares)

    def describe(self) -> str:
        """Return the chain as text, outermost first, one line a layer."""
        layers = [name for name, _ in self.named_layers()]
        return "\n".join(f"{number:2} {layer}" for number, layer in enumerate(layers, 1))

    def named_layers(self) -> list[tuple[str, object]]:
        """Return the chain with the adapter last, each with its name in `describe()`."""
        named = [(describe_one(middleware), middleware) for middleware in self.middlewares]
        return [*named, (repr(self.adapter), self.adapter)]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' > '.join(map(describe_one, self.middlewares))}>"

    def close(self) -> None:
        """Close the connections of blocking calls."""
        self._worlds.close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop, and those of blocking calls."""
        await self._worlds.aclose()

    def _derive(self, adapter: Adapter, middlewares: Sequence[Middleware]) -> Self:
        derived = copy.copy(self)
        derived._assemble(adapter, middlewares)
        return derived

    def _prepare(
        self, io: IO, model: str, messages: Messages, stream: bool, arguments: dict[str, Any]
    ) -> tuple[Handler, Request]:
        """Check the arguments and return what to run with which request."""
        if not isinstance(model, str) or not model.strip():  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise BadRequestError(f'model: expected "provider/model", got {model!r}', param="model")
        extra: Sequence[Middleware] = arguments.pop("middlewares", None) or ()
        handler, claimed, layers = self._handler, self._claimed, self._layers
        if extra:
            if not isinstance(extra, list | tuple):
                raise wrong_type("middlewares", "a list of middlewares", extra)
            handler = compose(extra, handler)
            claimed = claimed_options((*extra, *self.middlewares))
            layers = (*map(name_layer, extra), *layers)
        own, options, params = split_arguments(arguments, claimed, self._known)
        options.update({name: own[name] for name in ADAPTER_ARGUMENTS if name in own})
        if "client" in own:
            io = borrow(own["client"], io)
        fields: dict[str, Any] = {
            "timeouts": DEFAULT_TIMEOUTS,
            **request_fields(own, stream=stream),
        }
        request = Request(
            model=model,
            messages=check_messages(messages),
            params=params,
            stream=stream,
            options=options,
            claimed=claimed,
            io=io,
            adapter=self.adapter,
            trail=Trail(layers=layers, began=perf_counter()),
            **fields,
        )
        return handler, request
