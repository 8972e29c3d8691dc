"""Client: a chain of middlewares around every provider, by default the default chain.

A call enters `ChainClient.completion()` in pipeline/call/client.py. This class adds the settings,
the default chain, and the adapter that knows the providers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any, Unpack, cast

from ..adapters.adapter import ProviderAdapter
from ..adapters.table.routes import describe_route
from ..middlewares.cache import Cache
from ..middlewares.callbacks import AttemptCallbacks, Callbacks
from ..middlewares.cost import Cost
from ..middlewares.deadline import Deadline
from ..middlewares.fallback import Fallback
from ..middlewares.limit import Limit
from ..middlewares.metadata import Metadata
from ..middlewares.params import Params
from ..middlewares.retry import Retry
from ..middlewares.route import Route
from ..middlewares.routing.candidates import rename_candidates
from ..middlewares.tracing import AttemptEvents, Tracing
from ..pipeline.call.arguments import OWN_ARGUMENTS, fill_in
from ..pipeline.call.messages import Messages
from ..pipeline.call.request import Adapter, Middleware
from ..pipeline.engines import EngineName
from ..pipeline.errors import InvalidArgumentError
from .async_batch import abatch_as_completed, abatch_completion
from .batch import batch_as_completed, batch_completion
from .responses import (
    acancel_response,
    aresponses,
    aretrieve_response,
    astored_response,
    cancel_response,
    responses,
    retrieve_response,
    stored_response,
)
from .settings import ClientSettings, ClientWithSettings, Settings, describe_setting, read_settings

if TYPE_CHECKING:
    from ..middlewares.shared_limit import SharedLimit
    from .responses.signatures import AsyncResponses, Responses
    from .signatures import (
        AsyncBatch,
        AsyncBatchAsCompleted,
        AsyncCompletion,
        Batch,
        BatchAsCompleted,
        Completion,
    )


def default_middlewares(
    settings: Settings | None = None,
    *,
    metadata: Metadata | None = None,
    callbacks: Callbacks | None = None,
    cache: Cache | None = None,
    fallback: Fallback | None = None,
    route: Route | None = None,
    retry: Retry | None = None,
    limit: Limit | SharedLimit | None = None,
    cost: Cost | None = None,
) -> list[Middleware]:
    """Return a new default chain, outermost first; build your own chain from it.

    A layer does nothing until a call or a setting uses it. docs/architecture.md explains the
    order.
    """
    settings = settings or Settings()
    return [
        metadata or Metadata(),
        Tracing(),
        callbacks or Callbacks(defaults=settings.callback_lists),
        Deadline(),
        cache or Cache(defaults=lambda: settings.cache),
        fallback or Fallback(),
        route or Route(),
        retry or Retry(),
        AttemptEvents(),
        AttemptCallbacks(),
        limit or Limit(),
        Params(),
        cost or Cost(),
    ]


#: The arguments of completion() that layers of the default chain take.
KNOWN_OPTIONS = frozenset(
    name for layer in default_middlewares() for name in getattr(layer, "options", ())
)

#: All arguments of completion() besides OpenAI's parameters.
CALL_ARGUMENTS = KNOWN_OPTIONS | OWN_ARGUMENTS

# Messages do not matter for the choice of the API.
_ANY_MESSAGES: Messages = [{"role": "user", "content": ""}]


class Client(ClientWithSettings):
    """A chain of middlewares around every provider.

    Args:
        middlewares: the chain; the first is the outermost. None means the default chain.
        adapter: the end of the chain; None means trunkline's own, which knows every provider.
        engine: the HTTP engine: "httptools" (from the extra `fast`), "h11" or "httpx". None means
            the one that the variable TRUNKLINE_ENGINE names, else "httptools" if it is installed,
            else "h11".
        settings: see `Settings`. They apply to all calls of this client, which ignores the
            settings of the module.

    Raises:
        InvalidArgumentError: an item of `middlewares` is not a middleware, two of them claim the
            same option, one that may occur only once occurs twice, a setting is unknown, has a
            wrong value, or is given together with `middlewares`, a model that a middleware names
            cannot be called, or the engine is unknown.
        ImportError: the engine is not installed.

    Warns:
        UserWarning: the order of two middlewares cannot work; the text says what to change.
    """

    if TYPE_CHECKING:
        # The same methods, with each argument by name.
        completion: Completion  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride, reportIncompatibleVariableOverride]
        acompletion: AsyncCompletion  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride, reportIncompatibleVariableOverride]
    batch_completion = cast("Batch", batch_completion)
    abatch_completion = cast("AsyncBatch", abatch_completion)
    batch_as_completed = cast("BatchAsCompleted", batch_as_completed)
    abatch_as_completed = cast("AsyncBatchAsCompleted", abatch_as_completed)
    responses = cast("Responses", responses)
    aresponses = cast("AsyncResponses", aresponses)
    retrieve_response = retrieve_response
    aretrieve_response = aretrieve_response
    cancel_response = cancel_response
    acancel_response = acancel_response
    stored_response = stored_response
    astored_response = astored_response

    def __init__(
        self,
        middlewares: Sequence[Middleware] | None = None,
        *,
        adapter: Adapter | None = None,
        engine: EngineName | None = None,
        **settings: Unpack[ClientSettings],
    ) -> None:
        self.settings = read_settings("Client", settings, _ARGUMENTS, CALL_ARGUMENTS)
        #: Where its settings are made, as `describe()` shows it.
        self.owner = type(self).__name__
        chain = default_middlewares(self.settings) if middlewares is None else middlewares
        super().__init__(
            ProviderAdapter(self._trusted_hosts) if adapter is None else adapter,
            chain,
            known_options=KNOWN_OPTIONS,
            engine=engine,
        )
        if middlewares is not None:
            _refuse_settings(settings)
            self.check_order()
            self._check_models()

    def _check_models(self) -> None:
        """Check the models that the layers name; a client of another adapter has its own."""
        named = any(hasattr(layer, "targets") for layer in self.middlewares)
        if named and isinstance(self.adapter, ProviderAdapter):
            from .chain_models import check_models  # noqa: PLC0415  # most clients name none

            check_models(self.middlewares, self.current_settings(), self._claimed)

    def describe(self, model: str | None = None, /, **arguments: Any) -> str:
        """Return the chain as text, outermost first, one line per layer.

        The last layer names the HTTP engine. Another line has the settings and where each was made.
        With a model, one more has the API that a call with these arguments uses, and why.
        """
        described = super().describe()
        if isinstance(self.adapter, ProviderAdapter):
            described += f", {self._sender(self._connections.engine)}"
        if changed := self.current_settings().changed():
            settings = [
                describe_setting(*item, self.setting_owner(item[0])) for item in changed.items()
            ]
            described += f"\nsettings: {', '.join(settings)}"
        if model is None:
            return described
        io = self._connections.blocking()
        request = self._prepare(io, model, _ANY_MESSAGES, False, arguments)[1]
        return f"{described}\n{describe_route(request)}"

    def _sender(self, engine: str) -> str:
        if self.current_settings().http_client is not None:
            return "http_client"
        return super()._sender(engine)

    def setting_owner(self, name: str) -> str:  # noqa: ARG002  # a Router has settings of others
        """Return where a setting was made, for `describe()`."""
        return self.owner

    def _trusted_hosts(self) -> Sequence[str]:
        return self.current_settings().trusted_hosts

    def _with_settings(self, model: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        settings = self.current_settings()
        aliases = settings.model_alias_map
        if aliases:
            model = aliases.get(model, model)
            for name in Fallback.options & arguments.keys():
                arguments[name] = rename_candidates(arguments[name], aliases)
        defaults = settings.defaults()
        if defaults:
            given = {name: value for name, value in arguments.items() if value is not None}
            arguments = fill_in(given, defaults)
        return model, arguments


_ARGUMENTS = frozenset(signature(Client).parameters)

#: Settings that no layer reads, so that they also work for a client with its own middlewares.
_WITHOUT_LAYERS = frozenset(
    {
        "http_client",
        "max_response_bytes",
        "model_alias_map",
        "request_timeout",
        "response_store",
        "trusted_hosts",
        "wire",
    }
)


def _refuse_settings(given: Mapping[str, Any]) -> None:
    """Refuse settings that only the layers of the default chain read."""
    unused = [name for name in given if name not in _WITHOUT_LAYERS]
    if unused:
        raise InvalidArgumentError(
            f"{', '.join(unused)}: a client with its own middlewares ignores this setting; "
            "pass it to the middleware that takes it"
        )
