"""litellm's names, from litellm.toml: what each is here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, cast

from msgspec import Struct

Kind = Literal[
    "names", "parameters", "settings", "exceptions", "callbacks", "router", "cache", "modules"
]
Status = Literal["same", "better", "other", "provider", "not there"]
#: What a reader of the report sees.
Verdict = Literal["same", "different", "missing"]

_DATA = Path(__file__).with_name("litellm.toml")
_VERDICTS: Mapping[Status, Verdict] = {
    "same": "same",
    "better": "same",
    "other": "different",
    "provider": "same",
    "not there": "missing",
}
_SEE_BELOW = re.compile(r"[;,]? ?see \[below\]\([^)]*\)")
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


class Entry(Struct, frozen=True):
    """What a name of litellm is in trunkline.

    Attributes:
        status: as on the page "From litellm".
        remark: what differs, or what to use instead, in Markdown; may be empty.
    """

    status: Status
    remark: str

    @property
    def verdict(self) -> Verdict:
        """The status in one of three words."""
        return _VERDICTS[self.status]

    @property
    def text(self) -> str:
        """The remark without Markdown."""
        return _LINK.sub(r"\1", _SEE_BELOW.sub("", self.remark)).replace("`", "")


@cache
def read_names() -> Mapping[Kind, Mapping[str, Entry]]:
    """Return the entries of each kind of name."""
    tables = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return {
        cast("Kind", kind): {name: Entry(status, remark) for name, (status, remark) in rows.items()}
        for kind, rows in tables.items()
    }


def find_entry(name: str, *kinds: Kind) -> Entry | None:
    """Return the entry of a name in the first of `kinds` that has it."""
    tables = read_names()
    return next((tables[kind][name] for kind in kinds if name in tables[kind]), None)


def missing_name(name: str) -> str | None:
    """Return what to use instead of a name that only litellm has; None for any other name."""
    entry = find_entry(name, "names", "modules", "exceptions", "settings")
    return entry.text if entry is not None and entry.status == "not there" else None
