"""The command line of `python -m trunkline.migrate` and `trunkline migrate`.

Exit codes: 0 nothing is missing, 1 something is missing or a file could not be read or written, 2
invalid arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from ..__main__ import main as run
from ..clients.progress import Bar, choose_bar
from ..pipeline.views.call_view import clean
from .files import FileReport, read_file, source_files, write_file
from .uses import Use

_DESCRIPTION = """\
List every use of litellm in Python files and notebooks, and where it is a dependency.
For each, say whether it is the same in trunkline, different or missing, and what to use
instead. No code is run."""
_EPILOG = """\
Hidden folders, caches, virtual environments, build, dist and node_modules are left out.
Exit code 0 means that nothing is missing, 1 that something is, or that a file could not
be read or written, 2 that an argument is invalid."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(argv)
    given: list[Path] = options.paths
    try:
        files = source_files(given)
    except OSError as error:
        print(clean(f"trunkline migrate: {error}"), file=sys.stderr)
        return 2
    reports = _read(files)
    # Before the report is printed, whose reader may exit early.
    changed, problems = _write(reports) if options.write else (None, [])
    print_uses = _print_names if options.by_name else _print_places
    print_uses(reports, show_same=not options.no_same)
    failed = _print_summary(reports)
    if changed is not None:
        print(f"Changed the imports of {_count(changed, 'file')}.")
    for problem in problems:
        print(clean(problem), file=sys.stderr)
    return int(failed or bool(problems))


def _write(reports: list[FileReport]) -> tuple[int, list[str]]:
    """Change the imports of files that use litellm; return how many, and which could not be."""
    changed = 0
    problems: list[str] = []
    for report in reports:
        try:
            changed += bool(report.uses) and write_file(report.path)
        except (OSError, SyntaxError, ValueError) as error:
            problems.append(f"{report.path}: not written: {error}")
    return changed, problems


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trunkline migrate",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", type=_path, help="a file, or a folder with its folders"
    )
    parser.add_argument("--no-same", action="store_true", help="leave out what is the same")
    parser.add_argument(
        "--by-name", action="store_true", help="list each name once, with its number of uses"
    )
    parser.add_argument(
        "--write", action="store_true", help="change the imports in the files themselves"
    )
    return parser


def _path(text: str) -> Path:
    """Return an argument as a path; an empty one, such as "$UNSET", would be the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return Path(text)


def _read(files: list[Path]) -> list[FileReport]:
    bar = _bar(len(files))
    reports: list[FileReport] = []
    for path in files:
        reports.append(read_file(path))
        bar.update(1)
    bar.close()
    return reports


def _bar(total: int) -> Bar:
    """Return a progress bar, which shows nothing if standard error is not a terminal."""
    try:
        make = choose_bar(sys.stderr.isatty())
    except ImportError:
        make = choose_bar(progress=False)
    return make(total=total)


def _print_places(reports: list[FileReport], *, show_same: bool) -> None:
    for report in reports:
        _print_problem(report)
        shown = [use for use in report.uses if show_same or use.verdict != "same"]
        for use in shown:
            file = report.path if use.cell is None else f"{report.path}:cell {use.cell}"
            _print_use(f"{file}:{use.line}:{use.column}: {use.verdict:9} {use.name}", use)
        if shown:
            print()


def _print_names(reports: list[FileReport], *, show_same: bool) -> None:
    """Print each name once: the missing ones first, and of each kind those with most uses."""
    uses = [
        structs.replace(use, line=0, column=0, cell=None)
        for report in reports
        for use in report.uses
    ]
    order = ("missing", "different", "same")
    for use, number in sorted(
        Counter(uses).most_common(), key=lambda pair: order.index(pair[0].verdict)
    ):
        if show_same or use.verdict != "same":
            _print_use(f"{use.verdict:9} {number:5} {use.name}", use)
    print()
    for report in reports:
        _print_problem(report)


def _print_use(line: str, use: Use) -> None:
    print(clean(f"{line}: {use.remark}" if use.remark else line))


def _print_problem(report: FileReport) -> None:
    if report.problem is not None:
        print(clean(f"{report.path}: {report.problem}\n"))


def _print_summary(reports: list[FileReport]) -> bool:
    """Print how many uses there are of each kind; return whether anything needs work."""
    counts = Counter(use.verdict for report in reports for use in report.uses)
    problems = sum(report.problem is not None for report in reports)
    using = sum(bool(report.uses) for report in reports)
    text = (
        f"{_count(len(reports), 'file')} read, {using} with uses of litellm: {counts['same']} the "
        f"same, {counts['different']} different, {counts['missing']} missing"
    )
    print(f"{text}; {_count(problems, 'file')} could not be read." if problems else f"{text}.")
    return bool(counts["missing"] or problems)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


if __name__ == "__main__":
    # It handles streams that are closed or have another encoding.
    sys.exit(run(["migrate", *sys.argv[1:]]))
