"""ChainClient: a chain of middlewares, an adapter at its end, and HTTP connections.

The path of a call: `completion()` or `acompletion()` reads the arguments (arguments.py), checks the
messages (messages.py), builds a `Request` (request.py), and runs the chain (chain.py), whose last
handler is the adapter. `trunkline.Client` adds the default chain and the settings.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Mapping, Sequence
from inspect import isclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from msgspec import structs

from ..closing import Closing
from ..drawing import Drawn
from ..engines import (
    AsynchronousIO,
    BlockingIO,
    Engine,
    EngineName,
    asynchronous_io,
    blocking_io,
    choose_engine,
    name_engine,
)
from ..errors import BadRequestError, InvalidArgumentError
from ..port import IO
from ..schema.model_response import ModelResponse
from ..schema.trail import Trail
from ..stream.stream import Stream
from ..sync import drive
from .arguments import DEFAULT_TIMEOUTS, request_fields, split_arguments
from .chain import (
    check_requests,
    claimed_options,
    compose,
    describe_one,
    name_layer,
    note_attempts,
    other_arguments,
    run,
)
from .chat_params import wrong_type
from .concealed import conceal
from .messages import Messages, check_messages
from .native import NativeCall
from .request import Adapter, Handler, Middleware, Reply, Request

if TYPE_CHECKING:
    from .order import CheckedOrders

_log = logging.getLogger("trunkline")


class _Connections:
    """The blocking and the asynchronous port of a client, each created when first needed.

    Clients derived with `with_middlewares()` or `with_adapter()` share them.

    Attributes:
        chosen: the engine, None until it is given or needed.
    """

    def __init__(self, engine: EngineName | None) -> None:
        self.chosen: Engine | None = None if engine is None else choose_engine(engine)
        self._blocking: BlockingIO | None = None
        self._asynchronous: AsynchronousIO | None = None

    @property
    def engine(self) -> Engine:
        """The engine; TRUNKLINE_ENGINE is read when it is first needed."""
        if self.chosen is None:
            self.chosen = choose_engine(None)
        return self.chosen

    def blocking(self) -> BlockingIO:
        if self._blocking is None:
            self._blocking = blocking_io(self.engine)
        return self._blocking

    def asynchronous(self) -> AsynchronousIO:
        if self._asynchronous is None:
            self._asynchronous = asynchronous_io(self.engine)
        return self._asynchronous

    def close(self) -> None:
        if self._blocking is not None:
            self._blocking.close()

    async def aclose(self) -> None:
        self.close()
        if self._asynchronous is not None:
            await self._asynchronous.aclose()


class ChainClient(Closing, Drawn):
    """A chain of middlewares around an adapter.

    Args:
        adapter: the end of the chain; it sends each request to a provider.
        middlewares: the chain; the first is the outermost.
        known_options: option names that belong to middlewares. A call that gives one of them is
            rejected if no middleware in this chain takes it, so that it never reaches a provider.
        engine: the HTTP engine: "httptools" (from the extra `fast`), "h11" or "httpx". None means
            the one that the variable TRUNKLINE_ENGINE names, else "httptools" if it is installed,
            else "h11".

    Raises:
        InvalidArgumentError: an item of `middlewares` is not a middleware, two of them claim the
            same option, or the engine is unknown.
        ImportError: the engine is not installed.
    """

    def __init__(
        self,
        adapter: Adapter,
        middlewares: Sequence[Middleware] = (),
        *,
        known_options: Iterable[str] = (),
        engine: EngineName | None = None,
    ) -> None:
        self._known = frozenset(known_options)
        self._connections = _Connections(engine)
        self._assemble(adapter, middlewares)

    def _assemble(self, adapter: Adapter, middlewares: Sequence[Middleware]) -> None:
        if not callable(adapter) or isclass(adapter) or other_arguments(adapter, 1) is not None:
            raise InvalidArgumentError(
                "adapter: expected an object that sends requests, such as a FakeProvider, "
                f"got {name_layer(adapter)}"
            )
        self.adapter = adapter
        try:
            self.middlewares = tuple(middlewares)
        except TypeError:
            raise InvalidArgumentError(
                f"middlewares: expected a list, got {middlewares!r}; wrap it in a list"
            ) from None
        self._orders: CheckedOrders | None = None
        self._handler = compose(self.middlewares, note_attempts(adapter, *self.middlewares[-1:]))
        self._claimed = claimed_options(self.middlewares)
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
    # `arguments` are Any because providers take parameters of any name and type.
    def completion(
        self, model: str, messages: Messages, *, stream: bool | None = None, **arguments: Any
    ) -> ModelResponse | Stream:
        """Send `messages` to `model` and return the response, once it has arrived.

        Args:
            model: "provider/model"; without a slash it is an OpenAI model.
            messages: OpenAI's list of messages; it is not changed.
            stream: True returns a Stream of chunks.
            arguments: OpenAI's parameters, the provider's own parameters, and trunkline's:
                api_key, base_url (or api_base), api_version, custom_llm_provider;
                timeout (seconds, default 600, or a dictionary with connect, first_event, idle,
                answer and total), stream_timeout (used instead of timeout for a stream);
                extra_headers, extra_body, extra_query, client (an httpx client), metadata;
                max_response_bytes (default 64 MB; of a stream, the largest event);
                mock_response (text, an exception or a response; nothing is sent);
                allow_private_urls (True allows URLs in messages to be fetched from private
                hosts); middlewares (for this call, outside the client's own); and the options
                of the middlewares.

        Raises:
            APIError: the call failed; the subclass says why, see trunkline.exceptions.

        Source: https://platform.openai.com/docs/api-reference/chat/create
        """
        conceal(arguments)
        handler, request = self._prepare(
            self._connections.blocking(), model, messages, stream, arguments
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
        """Send `messages` to `model` under asyncio or trio; see `completion`."""
        conceal(arguments)
        handler, request = self._prepare(
            self._connections.asynchronous(), model, messages, stream, arguments
        )
        return await run(handler, request)

    def run_native(
        self, model: str, native: NativeCall, *, stream: bool, arguments: dict[str, Any]
    ) -> Reply:
        """Run a call that came in the form of another API; `arguments` are trunkline's own.

        Raises:
            APIError: the call failed.
        """
        io = self._connections.blocking()
        return drive(run(*self._prepare(io, model, native, stream, arguments)))

    def asynchronous_io(self) -> IO:
        """Return the port of asynchronous calls, for code that starts tasks of its own."""
        return self._connections.asynchronous()

    async def arun_native(
        self, model: str, native: NativeCall, *, stream: bool, arguments: dict[str, Any]
    ) -> Reply:
        """Run a call under asyncio or trio; see `run_native`."""
        io = self._connections.asynchronous()
        return await run(*self._prepare(io, model, native, stream, arguments))

    @property
    def options(self) -> frozenset[str]:
        """The names of the arguments that middlewares take, those of the default chain included."""
        return self._claimed | self._known

    def with_middlewares(self, *middlewares: Middleware) -> Self:
        """Return a client with `middlewares` outside its own; both share their connections."""
        derived = self._derive(self.adapter, (*middlewares, *self.middlewares))
        derived.check_order()
        return derived

    def check_order(self) -> None:
        """Warn about an order of middlewares that cannot work; see order.py.

        Raises:
            InvalidArgumentError: a middleware that may occur only once occurs twice.
        """
        from .order import check_order  # noqa: PLC0415  # the default chain needs no check

        check_order(self.middlewares)

    def with_adapter(self, adapter: Adapter) -> Self:
        """Return a client with the same chain around another adapter, for example a fake one."""
        return self._derive(adapter, self.middlewares)

    def describe(self) -> str:
        """Return the chain as text, outermost first, one line per layer."""
        layers = [name for name, _ in self.named_layers()]
        return "\n".join(f"{number:2} {layer}" for number, layer in enumerate(layers, 1))

    def named_layers(self) -> list[tuple[str, object]]:
        """Return the layers of the chain with their names in `describe()`, the adapter last."""
        named = [(describe_one(middleware), middleware) for middleware in self.middlewares]
        return [*named, (repr(self.adapter), self.adapter)]

    def __repr__(self) -> str:
        layers = " > ".join(map(describe_one, self.middlewares))
        # It neither chooses the engine nor fails if the variable names an unknown one.
        engine = self._connections.chosen or name_engine(None)
        shown = filter(None, (layers, self._sender(engine)))
        return f"<{type(self).__name__} {', '.join(shown)}>"

    def _sender(self, engine: str) -> str:
        """Return what sends the requests; subclasses may have something else than the engine."""
        return f"engine={engine!r}"

    def close(self) -> None:
        """Close the connections of blocking calls."""
        self._connections.close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop and those of blocking calls."""
        await self._connections.aclose()

    def _derive(self, adapter: Adapter, middlewares: Sequence[Middleware]) -> Self:
        derived = copy.copy(self)
        derived._assemble(adapter, middlewares)
        return derived

    def _with_settings(self, model: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the model and the arguments of a call; subclasses add their settings here."""
        return model, arguments

    def _prepare(
        self,
        io: IO,
        model: str,
        content: Messages | NativeCall,
        stream: bool | None,
        arguments: dict[str, Any],
    ) -> tuple[Handler, Request]:
        """Check the arguments of a call, which `conceal` has changed.

        Returns its handler and its request.
        """
        if not isinstance(model, str) or not model.strip():  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise BadRequestError(f'model: expected "provider/model", got {model!r}', param="model")
        if stream is None:
            stream = False
        elif not isinstance(stream, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise wrong_type("stream", "bool", stream)
        model, arguments = self._with_settings(model, arguments)
        handler, claimed, layers = self._chain_of(arguments.pop("middlewares", None))
        own, options, given = split_arguments(arguments, claimed, self._known)
        trail = Trail(layers=layers, began=perf_counter())
        given_client = own.get("client", own.get("http_client"))
        if given_client is not None:
            from ..engines.httpx_client import send_through  # noqa: PLC0415  # it is rare

            io = send_through(given_client, io)
        if _log.isEnabledFor(logging.DEBUG):
            from ..transport.logged_io import LoggedIO  # noqa: PLC0415  # few programs log at DEBUG

            io = LoggedIO(io, trail)
        native: NativeCall | None = None
        params: Mapping[str, Any] = given
        # isinstance() asks the class of a Struct's class, which takes much longer.
        if type(content) is NativeCall:
            native, messages, params = content, content.messages, content.params
        else:
            messages = check_messages(content)
        request = Request(
            model=model,
            messages=messages,
            io=io,
            adapter=self.adapter,
            params=params,
            stream=stream,
            timeouts=DEFAULT_TIMEOUTS,
            options=options,
            claimed=claimed,
            native=native,
            trail=trail,
        )
        # Not in a variable, which a traceback could show: they contain credentials.
        return handler, structs.replace(request, **request_fields(own, stream=stream))

    def _chain_of(
        self, extra: Sequence[Middleware] | None
    ) -> tuple[Handler, frozenset[str], tuple[str, ...]]:
        """Return the handler, the claimed options and the layers' names with `extra` outermost."""
        if not extra:
            return self._handler, self._claimed, self._layers
        if not isinstance(extra, list | tuple):
            raise wrong_type("middlewares", "list of middlewares", extra)
        try:
            handler = compose(extra, check_requests(self._handler, extra[-1]))
            claimed = claimed_options((*extra, *self.middlewares))
            self._check_added(extra)
        except (TypeError, ValueError) as error:
            raise BadRequestError(str(error), param="middlewares") from None
        return handler, claimed, (*map(name_layer, extra), *self._layers)

    def _check_added(self, extra: Sequence[Middleware]) -> None:
        if self._orders is None:
            from .order import CheckedOrders  # noqa: PLC0415  # few calls add middlewares

            self._orders = CheckedOrders(self.middlewares)
        self._orders.check(extra)
