"""trunkline as a LangChain chat model.

    from trunkline.integrations.langchain import ChatTrunkline

    model = ChatTrunkline(
        "anthropic/claude-sonnet-4-5", max_tokens=1000, fallbacks=["openai/gpt-4o"]
    )
    model.invoke("Hello").content

One class for every provider, with trunkline's whole chain: fallbacks, retries, limits, cache,
budgets, callbacks and traces. Pass `client=` to use your own middlewares.
"""

from __future__ import annotations

try:
    import langchain_core.callbacks  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError as missing:
    raise ImportError(
        "trunkline.integrations.langchain needs LangChain: pip install 'trunkline[langchain]'"
    ) from missing

from .chat_model import ChatTrunkline

__all__ = ["ChatTrunkline"]
