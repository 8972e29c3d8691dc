"""The public names that most programs use, re-exported from where they are defined.

`import X as X` marks a re-export for type checkers; more_names.py has the remaining names.
"""
# ruff: noqa: I001, PLC0414  # `import X as X` re-exports X for type checkers

from .adapters.provider.row import ModelRule as ModelRule, Provider as Provider
from .adapters.table.table import (
    list_providers as list_providers,
    register_provider as register_provider,
)
from .clients.client import Client as Client, default_middlewares as default_middlewares
from .clients.default import (
    abatch_as_completed as abatch_as_completed,
    abatch_completion as abatch_completion,
    acompletion as acompletion,
    aresponses as aresponses,
    batch_as_completed as batch_as_completed,
    batch_completion as batch_completion,
    completion as completion,
    describe as describe,
    responses as responses,
)
from .clients.settings import Settings as Settings
from .middlewares.cache import Cache as Cache
from .middlewares.callbacks import AttemptCallbacks as AttemptCallbacks, Callbacks as Callbacks
from .middlewares.cost import Cost as Cost
from .middlewares.deadline import Deadline as Deadline
from .middlewares.fallback import Fallback as Fallback
from .middlewares.limit import Limit as Limit, api_key_of as api_key_of
from .middlewares.listening.listeners import Callback as Callback
from .middlewares.listening.record import CallRecord as CallRecord
from .middlewares.metadata import Metadata as Metadata
from .middlewares.metadata_context import metadata as metadata
from .middlewares.params import Params as Params
from .middlewares.retry import Retry as Retry
from .middlewares.route import Route as Route
from .middlewares.routing.state import MemoryState as MemoryState
from .middlewares.stores.memory import MemoryStore as MemoryStore
from .middlewares.stores.store import Store as Store
from .middlewares.tracing import AttemptEvents as AttemptEvents, Tracing as Tracing
from .pipeline.call.chain import after as after, before as before
from .pipeline.call.changes import replace as replace
from .pipeline.call.request import (
    Adapter as Adapter,
    Endpoint as Endpoint,
    Handler as Handler,
    Middleware as Middleware,
    Reply as Reply,
    Request as Request,
)
from .pipeline.drawing import draw_with as _draw_with
from .pipeline.errors import *  # noqa: F403  # all errors, see its __all__
from .pipeline.schema.model_response import (
    ModelResponse as ModelResponse,
    ModelResponseStream as ModelResponseStream,
)
from .pipeline.schema.parts import (
    Choice as Choice,
    Delta as Delta,
    Function as Function,
    Message as Message,
    StreamingChoice as StreamingChoice,
    ToolCall as ToolCall,
    Usage as Usage,
)
from .pipeline.secret import Secret as Secret
from .pipeline.stream.fold import fold_chunks as fold_chunks
from .pipeline.stream.outcome import Outcome as Outcome
from .pipeline.stream.stream import Stream as Stream, observe as observe
from .pipeline.timeouts import Timeouts as Timeouts


def _draw(thing: object) -> str:
    from .notebook import draw  # noqa: PLC0415  # loaded only in notebooks

    return draw(thing)


_draw_with(_draw)
