"""How litellm tells frameworks which models it sends to the Responses API.

langchain-litellm asks both for its `use_responses_api`.
"""

from __future__ import annotations

from typing import Any

from ..adapters.provider.rules import apis_of
from ..adapters.table.routes import split_api
from ..adapters.table.table import find_model
from ..pipeline.errors import BadRequestError

__all__ = ["ProviderConfigManager", "responses_api_bridge_check"]

_PREFIX = "responses/"


class ProviderConfigManager:
    """Tells what providers offer."""

    @staticmethod
    def get_provider_responses_api_config(
        provider: Any, model: str | None = None, **_others: Any
    ) -> object | None:
        """Return how a provider offers the Responses API, None if it does not."""
        try:
            row, _ = find_model(model or "any", str(getattr(provider, "value", provider)))
        except BadRequestError:
            return None
        return row.responses


def responses_api_bridge_check(
    model: str, custom_llm_provider: str, **_others: Any
) -> tuple[dict[str, Any], str]:
    """Return the mode of a model, "responses" or "chat", and its name without `responses/`."""
    try:
        row, name = find_model(model, custom_llm_provider)
        forced, name = split_api(row, name)
        only = "chat" not in apis_of(row, name)
    except BadRequestError:
        return {"mode": "chat"}, model
    mode = "responses" if forced == "responses" or (only and forced is None) else "chat"
    return {"mode": mode}, name if model.startswith(_PREFIX) else model
