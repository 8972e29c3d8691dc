"""The public names, and the page of the API reference that each is on."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections import Counter
from collections.abc import Container, Iterator
from importlib import import_module
from typing import Any, NamedTuple

import trunkline


class Page(NamedTuple):
    """A page: its title, what it is about, and the modules whose names are on it.

    The modules are prefixes, seen from `trunkline`; of several that match, the longest counts.
    """

    title: str
    about: str
    modules: tuple[str, ...]


PAGES = {
    "calls": Page("Calls", "Functions that call a model.", ("clients.default",)),
    "client": Page(
        "Client and chain",
        "Clients and their settings, and the types that middlewares work with.",
        ("clients", "pipeline"),
    ),
    "responses": Page(
        "Responses and streams",
        "What a call returns.",
        ("pipeline.schema", "pipeline.stream", "pipeline.drawing"),
    ),
    "errors": Page("Errors", "What a call raises.", ("pipeline.errors",)),
    "middlewares": Page(
        "Middlewares",
        "The layers of the default chain, those that you can add, and what they keep state in.",
        ("middlewares",),
    ),
    "providers": Page(
        "Providers", "Rows of the provider table, and how to add one.", ("adapters",)
    ),
    "models": Page(
        "Costs, tokens, models", "What is known about models, and what calls cost.", ("models",)
    ),
    "testing": Page("Testing", "Tools for your own tests, in `trunkline.testing`.", ("testing",)),
    "integrations": Page(
        "Integrations", "trunkline inside SDKs, frameworks and servers.", ("integrations", "compat")
    ),
    "litellm": Page(
        "litellm's names",
        "Names for programs that were written for litellm.",
        ("", "litellm_names", "clients.with_retries", "middlewares.listening.litellm_loggers"),
    ),
}
#: Public names of other modules than `trunkline`.
FURTHER: dict[str, tuple[str, ...]] = {
    "trunkline.testing": ("Cut", "FakeProvider", "Pause", "tool_call"),
    "trunkline.integrations.openai": ("async_http_client", "http_client"),
    "trunkline.integrations.langchain": ("ChatTrunkline",),
    "trunkline.compat": ("install",),
}
_LISTS = ("trunkline.names", "trunkline.more_names")


class Entry(NamedTuple):
    """A name of the reference.

    `module` is where it is defined, and `source` the module that programs import it from: "" for a
    base class, which they do not import.
    """

    name: str
    thing: Any
    module: str
    source: str

    @property
    def page(self) -> str:
        """The page that it is on."""
        local = self.module.removeprefix("trunkline").removeprefix(".")
        fits = [
            (len(prefix), slug)
            for slug, page in PAGES.items()
            for prefix in page.modules
            if f"{local}.".startswith(f"{prefix}.")
        ]
        if not fits:
            raise ValueError(f"{self.module}: no page of the API reference is for its names")
        return max(fits)[1]


def public_entries() -> list[Entry]:
    """Return the names that programs can import."""
    found = [
        Entry(name, getattr(trunkline, name), module, "trunkline")
        for place in _LISTS
        for name, module in _imports(place)
        if not name.startswith("_")
    ]
    for path, names in FURTHER.items():
        module = import_module(path)
        found += [Entry(name, getattr(module, name), path, path) for name in names]
    return found


def further_entries(public: list[Entry]) -> list[Entry]:
    """Return the classes that programs meet but do not import.

    These are the bases that several public classes share, and the types of what can be read from
    their objects. Other bases are described with the one class that derives from them.
    """
    known: set[type] = {entry.thing for entry in public if inspect.isclass(entry.thing)}
    users = Counter(base for cls in known for base in unlisted_bases(cls, known))
    found: list[type] = []
    waiting = list(known)
    while waiting:
        cls = waiting.pop()
        shared = [base for base in unlisted_bases(cls, known) if users[base] > 1]
        for met in (*shared, *_types_read_from(cls)):
            if met not in known and not met.__name__.startswith("_") and _has_members(met):
                known.add(met)
                found.append(met)
                waiting.append(met)
    return [Entry(cls.__name__, cls, cls.__module__, "") for cls in found]


def unlisted_bases(cls: type, listed: Container[type]) -> list[type]:
    """Return the bases that neither are listed nor belong to a base that is."""
    bases = own_bases(cls)
    covered = {under for base in bases if base in listed for under in (base, *own_bases(base))}
    return [base for base in bases if base not in covered]


def own_bases(cls: type) -> list[type]:
    """Return the classes that a class derives from, of those that trunkline defines."""
    return [base for base in cls.__mro__[1:] if base.__module__.partition(".")[0] == "trunkline"]


def _types_read_from(cls: type) -> Iterator[type]:
    """Yield the classes of trunkline's own that fields and properties of a class are of."""
    for owner in (cls, *own_bases(cls)):
        written: dict[str, object] = dict(vars(owner).get("__annotations__", {}))
        for name, thing in vars(owner).items():
            if isinstance(thing, property) and thing.fget:
                written[name] = inspect.signature(thing.fget).return_annotation
        for name, annotation in written.items():
            for word in re.findall(r"\w+", str(annotation)) if not name.startswith("_") else ():
                named: object = getattr(sys.modules[owner.__module__], word, None)
                if isinstance(named, type) and named.__module__.startswith("trunkline."):
                    yield named


def _has_members(cls: type) -> bool:
    """Return whether a class defines anything public."""
    own = {*vars(cls), *getattr(cls, "__struct_fields__", ())}
    return any(not name.startswith("_") for name in own)


def _imports(place: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a module imports, and the modules that it imports them from."""
    for statement in ast.parse(inspect.getsource(import_module(place))).body:
        if isinstance(statement, ast.ImportFrom) and statement.level:
            module = f"trunkline.{statement.module}" if statement.module else "trunkline"
            for alias in statement.names:
                starred = import_module(module).__all__ if alias.name == "*" else ()
                for name in starred or (alias.asname or alias.name,):
                    yield name, module
