"""Show how many calls of a batch have ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast


class Bar(Protocol):
    """What shows the progress; tqdm's bars are one."""

    def update(self, n: int, /) -> object:
        """Count so many calls more."""
        ...

    def close(self) -> object:
        """Show no more."""
        ...


#: Makes a bar: it is called with `total`, None where nobody knows how many calls there are.
MakeBar = Callable[..., Bar]


class _NoBar:
    def update(self, n: int, /) -> None:
        pass

    def close(self) -> None:
        pass


def _no_bar(**_settings: object) -> Bar:
    return _NoBar()


def choose_bar(progress: bool | MakeBar) -> MakeBar:
    """Return what makes the bar that `progress` stands for.

    Raises:
        ImportError: it is True, and tqdm is not installed; the text has the pip command.
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
