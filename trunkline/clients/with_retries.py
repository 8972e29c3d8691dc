"""completion_with_retries() and acompletion_with_retries(), as in litellm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..pipeline.call.concealed import conceal
from .default import client

if TYPE_CHECKING:
    from ..pipeline.call.messages import Messages
    from .signatures import AsyncCompletion, Completion

#: How often these functions retry; litellm's default, one more than that of other calls.
RETRIES = 3


def _completion_with_retries(
    model: str, messages: Messages, *, num_retries: int = RETRIES, **arguments: Any
) -> object:
    """Call `completion` with up to `num_retries` retries, default 3."""
    conceal(arguments)
    arguments["num_retries"] = num_retries
    return cast("object", client.completion(model, messages, **arguments))


async def _acompletion_with_retries(
    model: str, messages: Messages, *, num_retries: int = RETRIES, **arguments: Any
) -> object:
    """Call `acompletion` with up to `num_retries` retries, default 3."""
    conceal(arguments)
    arguments["num_retries"] = num_retries
    return cast("object", await client.acompletion(model, messages, **arguments))


completion_with_retries = cast("Completion", _completion_with_retries)
acompletion_with_retries = cast("AsyncCompletion", _acompletion_with_retries)
