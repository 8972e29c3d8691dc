"""The providers that can be called, and how a model name finds its own."""

from __future__ import annotations

from difflib import get_close_matches

from ..pipeline.errors import BadRequestError
from .provider import Provider
from .native_rows import NATIVE_ROWS
from .rows import ROWS

DEFAULT_PROVIDER = "openai"

_providers: dict[str, Provider] = {}


def register_provider(provider: Provider) -> None:
    """Add a provider to the table, or put it in the place of one with the same name."""
    for name in (provider.name, *provider.aliases):
        _providers[name] = provider


def list_providers() -> list[Provider]:
    """Return all providers, each once, by name."""
    return sorted(set(_providers.values()), key=lambda provider: provider.name)


def find_provider(name: str) -> Provider:
    """Return a provider by its prefix.

    Raises:
        BadRequestError: there is none; the text names the nearest known ones.
    """
    provider = _providers.get(name)
    if provider is not None:
        return provider
    near = get_close_matches(name, _providers, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`trunkline providers` lists them"
    raise BadRequestError(
        f"unknown provider {name!r}: {hint} "
        "(register_provider() adds one; a model of OpenAI's with a slash is openai/NAME)",
        param="model",
    )


def split_model(model: str, provider: str | None) -> tuple[Provider, str]:
    """Return a model's provider and its name there.

    The prefix ends at the first slash; a name without one is OpenAI's. Where the provider is
    given apart, the model may still have its prefix.

    Raises:
        BadRequestError: the provider is unknown, or nothing follows its prefix.
    """
    prefix, slash, rest = model.partition("/")
    if provider is not None:
        row = find_provider(provider)
        own = slash and _providers.get(prefix) is row
        return row, rest if own else model
    if not slash:
        return find_provider(DEFAULT_PROVIDER), model
    row = find_provider(prefix)
    if not rest:
        raise BadRequestError(f"model: {model!r} names no model after {prefix!r}", param="model")
    return row, rest


for _row in (*ROWS, *NATIVE_ROWS):
    register_provider(_row)
