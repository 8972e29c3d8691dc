"""The default chain, and the client that has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..adapters.adapter import ProviderAdapter
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
from ..middlewares.tracing import AttemptEvents, Tracing
from ..pipeline.call.arguments import fill_in
from ..pipeline.call.client import Client as ChainClient
from ..pipeline.call.client import Messages
from ..pipeline.call.request import Adapter, Handler, Middleware, Request
from ..pipeline.port import IO
from ..pipeline.transport.engines import Engine
from .batch import abatch_completion, batch_as_completed, batch_completion
from .settings import Settings, read_settings

if TYPE_CHECKING:
    from ..middlewares.shared_limit import SharedLimit


def default_middlewares(
    settings: Settings | None = None,
    *,
    fallback: Fallback | None = None,
    route: Route | None = None,
    retry: Retry | None = None,
    limit: Limit | SharedLimit | None = None,
    cost: Cost | None = None,
) -> list[Middleware]:
    """Return a new default chain, outermost first, to build a chain of your own from.

    Each layer does nothing until a call, or a setting, asks for it. Why each stands where it does
    is written in docs/architecture.md.
    """
    own = settings or Settings()
    return [
        Metadata(),
        Tracing(),
        Callbacks(defaults=own.lists),
        Deadline(),
        Cache(defaults=lambda: own.cache),
        fallback or Fallback(),
        route or Route(),
        retry or Retry(),
        AttemptEvents(),
        AttemptCallbacks(),
        limit or Limit(),
        Params(),
        cost or Cost(),
    ]


#: The arguments of completion() that some layer of the library owns.
KNOWN_OPTIONS = frozenset(
    name for layer in default_middlewares() for name in getattr(layer, "options", ())
)


class Client(ChainClient):
    """A chain of middlewares around every provider.

    Args:
        middlewares: the chain, the first is the outermost; None is the default chain.
        adapter: what answers at the end of it; None is every provider.
        engine: what speaks HTTP, "httpx" or "fast" (the extra of that name); None is what the
            variable TRUNKLINE_ENGINE names, else "fast" where it is installed.
        settings: see `Settings`; they hold for all calls of this client, and those of the
            module do not touch it.

    Raises:
        TypeError: something in `middlewares` is no middleware, or a setting has a wrong type.
        ValueError: two middlewares claim the same option, no layer takes a setting, or there is
            no such engine.
        ImportError: the engine is not installed.
    """

    batch_completion = batch_completion
    abatch_completion = abatch_completion
    batch_as_completed = batch_as_completed

    def __init__(
        self,
        middlewares: Sequence[Middleware] | None = None,
        *,
        adapter: Adapter | None = None,
        engine: Engine | None = None,
        **settings: Any,
    ) -> None:
        self.settings = read_settings("Client", settings)
        chain = default_middlewares(self.settings) if middlewares is None else middlewares
        super().__init__(
            adapter or ProviderAdapter(), chain, known_options=KNOWN_OPTIONS, engine=engine
        )
        if middlewares is not None:
            self._refuse_settings(settings)

    def _refuse_settings(self, settings: dict[str, Any]) -> None:
        """A chain of one's own is configured by its layers, so that a setting is never lost."""
        lost = [name for name in settings if name != "model_alias_map"]
        if lost:
            raise ValueError(
                f"{', '.join(lost)}: with middlewares of your own, give it to the layer that "
                "takes it"
            )

    def _prepare(
        self, io: IO, model: str, messages: Messages, stream: bool, arguments: dict[str, Any]
    ) -> tuple[Handler, Request]:
        settings = self.settings
        model = settings.model_alias_map.get(model, model)
        defaults = settings.defaults()
        if defaults:
            given = {name: value for name, value in arguments.items() if value is not None}
            arguments = fill_in(given, defaults)
        return super()._prepare(io, model, messages, stream, arguments)
