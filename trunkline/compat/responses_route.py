"""Which API a call of `litellm.responses` uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..adapters.provider.rules import listed_apis
from ..adapters.table.table import find_model
from ..pipeline.errors import BadRequestError
from .providers import spell


def prefer_responses(arguments: dict[str, Any], models: Sequence[str]) -> None:
    """Add `wire` to the arguments of a call whose models litellm sends to the Responses API.

    litellm uses this API of OpenAI, Azure and a few others at every address; trunkline uses chat
    completions at an address that is not the provider's own. `use_chat_completions_api` requests
    them in litellm.

    Args:
        arguments: those of a call of `responses`.
        models: the models that may answer it.
    """
    if arguments.pop("use_chat_completions_api", False):
        arguments.setdefault("wire", "chat")
    elif models and all(_has_responses(model, arguments) for model in models):
        arguments.setdefault("wire", "responses")


def _has_responses(model: str, arguments: dict[str, Any]) -> bool:
    provider: str | None = arguments.get("custom_llm_provider")
    try:
        row, name = find_model(model if provider else spell(model), provider)
    except BadRequestError:
        return False
    # litellm does so with the same providers: those whose reasoning models prefer this API.
    if row.responses is None or not row.responses.for_tools or name.startswith("chat/"):
        return False
    apis = listed_apis(row, name)
    return apis is None or "responses" in apis
