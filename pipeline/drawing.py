"""The hook through which objects are drawn in notebooks, independent of the drawing code.

Responses, streams and clients are `Drawn`. The package's top level, which knows all of them,
passes the function that draws them to `draw_with`.
"""

from __future__ import annotations

from collections.abc import Callable

#: Returns an object as HTML.
Draw = Callable[[object], str]

_draw: Draw | None = None


def draw_with(draw: Draw) -> None:
    """Use `draw` for all objects that are `Drawn`."""
    global _draw  # noqa: PLW0603  # one for the process, like IPython's own display hooks
    _draw = draw


class Drawn:
    """A mixin for what a notebook shows as a drawing."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """Return the object as HTML; None, so that its repr is shown, before `draw_with`."""
        return None if _draw is None else _draw(self)
