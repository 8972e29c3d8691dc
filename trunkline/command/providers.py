"""`trunkline providers`: list the providers and the variables of their keys."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import list_providers
from .arguments import parse_arguments
from .terminal.tables import print_table


def run(argv: Sequence[str]) -> int:
    """Run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="trunkline providers",
        description="List the providers: the prefix of their models, the variable of their key.",
    )
    parser.add_argument("query", nargs="?", metavar="QUERY", help="only those that contain this")
    query: str = (parse_arguments(parser, argv).query or "").lower()
    rows = [
        (row.name, row.title, " or ".join(row.key_env) or "-", row.docs)
        for row in list_providers()
        if query in " ".join((row.name, row.title, *row.aliases)).lower()
    ]
    if not rows:
        parser.error(f"no provider contains {query!r}")
    print_table(("PREFIX", "PROVIDER", "KEY", "DOCUMENTATION"), rows)
    return 0
