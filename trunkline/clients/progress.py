"""Progress bars for batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast


class Bar(Protocol):
    """A progress bar, such as one of tqdm."""

    def update(self, n: int, /) -> object:
        """Add `n` finished calls."""
        ...

    def close(self) -> object:
        """Close the bar."""
        ...


#: Creates a bar; called with `total`, which is None if the number of calls is unknown.
MakeBar = Callable[..., Bar]


class _NoBar:
    def update(self, n: int, /) -> None:
        pass

    def close(self) -> None:
        pass


def _no_bar(**_settings: object) -> Bar:
    return _NoBar()


def choose_bar(progress: bool | MakeBar) -> MakeBar:
    """Return the function that creates the bar for the argument `progress`.

    Raises:
        ImportError: it is True, and tqdm is not installed.
    """
    if progress is False:
        return _no_bar
    if progress is not True:
        return progress
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ImportError(
            "progress=True needs tqdm: pip install 'trunkline[progress]'", name="tqdm"
        ) from error
    return cast("MakeBar", partial(cast("Any", tqdm), unit="call"))
