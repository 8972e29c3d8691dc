"""Provider rows from installed packages.

A package names them in its pyproject.toml, as a Provider or an iterable of them:

    [project.entry-points."trunkline.providers"]
    acme = "acme_llm:PROVIDERS"

Source: https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, cast

from ...pipeline.errors import BadRequestError
from ..provider.row import Provider

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "trunkline.providers"


def load_rows(taken: Collection[str]) -> list[Provider]:
    """Return the rows of all installed packages; `taken` are the prefixes that exist already.

    Raises:
        BadRequestError: an entry point cannot be imported, is not a row, or has a prefix that
            exists already; the message names it and its package.
    """
    # Imported here because it loads slower than the whole table and is rarely needed.
    from importlib.metadata import entry_points  # noqa: PLC0415

    rows: list[Provider] = []
    known = set(taken)
    for entry in entry_points(group=GROUP):
        for row in _rows_of(entry):
            prefixes = {row.name, *row.aliases}
            if prefixes & known:
                raise _broken(entry, f"there is a provider {min(prefixes & known)!r} already")
            known |= prefixes
            rows.append(row)
    return rows


def _rows_of(entry: EntryPoint) -> list[Provider]:
    try:
        loaded: object = entry.load()
    except Exception as error:  # a package may raise anything
        raise _broken(entry, f"{type(error).__name__}: {error}") from error
    given = [loaded] if isinstance(loaded, Provider) else loaded
    if isinstance(given, Iterable):
        rows = list(cast("Iterable[object]", given))
        if all(isinstance(row, Provider) for row in rows):
            return cast("list[Provider]", rows)
    raise _broken(entry, f"expected a Provider or several, got {type(loaded).__name__}")


def _broken(entry: EntryPoint, why: str) -> BadRequestError:
    package = entry.dist.name if entry.dist is not None else "an unknown package"
    return BadRequestError(
        f"the entry point {entry.name!r} ({entry.value}) of {package} in {GROUP!r} is broken: "
        f"{why}; repair or uninstall {package}",
        param="model",
    )
