"""The hook through which middlewares learn the size of a prompt and the window of a model.

Both depend on the provider table and on counters, which the package's top level knows; it passes
them to `measure_with`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from .request import Request


class Window(Struct, frozen=True, kw_only=True):
    """The limits of a model in tokens; None where they are not known."""

    max_input_tokens: int | None = None
    max_output_tokens: int | None = None


class PromptSizes(Protocol):
    """Measures prompts."""

    async def count(self, request: Request) -> int | None:
        """Return the tokens of a request's messages and tools, as `token_counter` counts them.

        None if they cannot be counted.
        """
        ...

    def window(self, request: Request) -> Window:
        """Return the limits of the request's model."""
        ...


_load: Callable[[], PromptSizes] | None = None


def measure_with(load: Callable[[], PromptSizes]) -> None:
    """Use what `load` returns, when a prompt is first measured."""
    global _load  # noqa: PLW0603  # one for the process
    _load = load


async def count_prompt(request: Request) -> int | None:
    """Return the tokens of a request's messages and tools, None if they cannot be counted."""
    return None if _load is None else await _load().count(request)


def window_of(request: Request) -> Window:
    """Return the limits of the request's model."""
    return Window() if _load is None else _load().window(request)
