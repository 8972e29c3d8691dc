"""Model names as callers write them, "provider/model"."""

from __future__ import annotations

#: The provider of a model name without a prefix.
DEFAULT_PROVIDER = "openai"


def split_model(model: str, provider: str | None = None) -> tuple[str, str]:
    """Return a model's provider prefix and its name without that prefix.

    The prefix ends at the first slash. If `provider` is given, the model may repeat it as a prefix;
    any other text before a slash belongs to the model's name.
    """
    prefix, slash, name = model.partition("/")
    if provider is not None:
        return provider, name if slash and prefix == provider else model
    return (prefix, name) if slash else (DEFAULT_PROVIDER, model)
