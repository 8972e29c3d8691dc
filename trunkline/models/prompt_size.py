"""Measure prompts for middlewares: with the counters of `token_counter` and the known facts."""

from __future__ import annotations

from functools import cache

from ..adapters.adapter import ProviderAdapter
from ..adapters.counting import count_tokens, counts_here
from ..adapters.table.model_facts import find_facts
from ..pipeline.call.prompt_size import Window
from ..pipeline.call.request import NOTHING, Request, replace
from ..pipeline.errors import APIError


class ProviderSizes:
    """Counts as the model's provider does."""

    async def count(self, request: Request) -> int | None:
        """See `PromptSizes.count`.

        Nothing is sent for a client whose adapter is not trunkline's own, such as a fake one.
        """
        tools = request.params.get("tools")
        prompt = replace(
            request,
            stream=False,
            native=None,
            params={"tools": tools} if tools else NOTHING,
            options=NOTHING,
        )
        try:
            if isinstance(request.adapter, ProviderAdapter) or counts_here(prompt):
                return await count_tokens(prompt)
        except (APIError, ImportError):
            # The provider cannot count this, its vocabulary is missing, or it does not respond.
            pass
        return None

    def window(self, request: Request) -> Window:
        """See `PromptSizes.window`."""
        try:
            facts = find_facts(request.model, request.provider)[2] or {}
        except APIError:
            # The name of a Route's group.
            return Window()
        return Window(
            max_input_tokens=facts.get("max_input_tokens"),
            max_output_tokens=facts.get("max_output_tokens"),
        )


@cache
def provider_sizes() -> ProviderSizes:
    """Return the object that measures all prompts of this process."""
    return ProviderSizes()
