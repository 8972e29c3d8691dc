"""trunkline: one completion() for every LLM provider, as a chain of small middlewares.

    from trunkline import completion

    response = completion("openai/gpt-4o", [{"role": "user", "content": "Hello"}])
    print(response.choices[0].message.content)

The public names are those of `__all__`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from .adapters.adapter import ProviderAdapter as _ProviderAdapter
from .adapters.provider import ModelRule, Provider
from .adapters.support import get_supported_openai_params
from .adapters.table import list_providers, register_provider
from .middlewares.retry import Retry
from .pipeline.chain import after, before
from .pipeline.client import Client as _Client
from .pipeline.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ConflictError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InternalServerError,
    JSONSchemaValidationError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    ServiceUnavailableError,
    StreamInterruptedError,
    SuspendedError,
    Timeout,
    UnprocessableEntityError,
    UnsupportedParamsError,
)
from .pipeline.fold import fold_chunks
from .pipeline.port import Secret, Timeouts
from .pipeline.request import Handler, Middleware, Reply, Request, replace
from .pipeline.schema import (
    Choice,
    Delta,
    Message,
    ModelResponse,
    ModelResponseStream,
    StreamingChoice,
    ToolCall,
    Usage,
)
from .pipeline.stream import Outcome, Stream, observe

__version__ = "0.1.0"

logging.getLogger("trunkline").addHandler(logging.NullHandler())

_LIBRARY_MIDDLEWARES: tuple[type[Retry], ...] = (Retry,)
_KNOWN_OPTIONS = frozenset(name for cls in _LIBRARY_MIDDLEWARES for name in cls.options)


class Client(_Client):
    """A chain of middlewares around every provider.

    Args:
        middlewares: the chain, the first is the outermost; None is the default chain.

    Raises:
        TypeError: something in `middlewares` is no middleware.
        ValueError: two middlewares claim the same option.
    """

    def __init__(self, middlewares: Sequence[Middleware] | None = None) -> None:
        chain = default_middlewares() if middlewares is None else middlewares
        super().__init__(_ProviderAdapter(), chain, known_options=_KNOWN_OPTIONS)


def default_middlewares() -> list[Middleware]:
    """Return a new default chain, outermost first, to build a chain of your own from."""
    return [Retry()]


_default = Client()

completion = _default.completion
acompletion = _default.acompletion
describe = _default.describe

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "AuthenticationError",
    "BadGatewayError",
    "BadRequestError",
    "Choice",
    "Client",
    "ConflictError",
    "ContentPolicyViolationError",
    "ContextWindowExceededError",
    "Delta",
    "Handler",
    "InternalServerError",
    "JSONSchemaValidationError",
    "Message",
    "Middleware",
    "ModelResponse",
    "ModelResponseStream",
    "ModelRule",
    "NotFoundError",
    "Outcome",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "Provider",
    "RateLimitError",
    "Reply",
    "Request",
    "Retry",
    "Secret",
    "ServiceUnavailableError",
    "Stream",
    "StreamInterruptedError",
    "StreamingChoice",
    "SuspendedError",
    "Timeout",
    "Timeouts",
    "ToolCall",
    "UnprocessableEntityError",
    "UnsupportedParamsError",
    "Usage",
    "acompletion",
    "after",
    "before",
    "completion",
    "default_middlewares",
    "describe",
    "fold_chunks",
    "get_supported_openai_params",
    "list_providers",
    "observe",
    "register_provider",
    "replace",
]
