"""Build the documentation site, or serve it while you write: `scripts/docs build|serve`.

Zensical reads pages from one folder and has no hooks. So the pages are staged first, in build/docs:
those of docs/, those at the project's root that belong to the site, and the API reference.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import reference

ROOT = Path(__file__).parents[1]
DOCS, STAGE = ROOT / "docs", ROOT / "build" / "docs"
REPOSITORY = "https://github.com/trunkline/trunkline"
#: Pages at the root of the project, and their names on the site.
ROOT_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting.md",
}
_LINK = re.compile(r"\]\((?!https?:|#)(?P<path>[^)#]+)(?P<anchor>#[^)]*)?\)")
# Fences that say why their code is not run: the site shows plain Python.
_NOT_RUN = re.compile(r"^```python no-run: .*$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of every file of the site."""
    for path in sorted(DOCS.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            is_page = path.suffix == ".md"
            yield path.relative_to(DOCS).as_posix(), _page(content) if is_page else content
    for name, staged in ROOT_PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        yield staged, _page(_LINK.sub(_from_docs, text).encode())
    for name, text in reference.pages().items():
        yield f"reference/{name}", text.encode()


def _page(content: bytes) -> bytes:
    """Return a page as Zensical takes it.

    GitHub needs `|` escaped in the code of a table; the site would show the backslash.
    """
    text = _NOT_RUN.sub("```python", content.decode())
    return _CODE.sub(lambda code: code[0].replace("\\|", "|"), text).encode()


def _from_docs(link: re.Match[str]) -> str:
    """Return a link of a page at the root as it must be on the site."""
    path, anchor = link["path"], link["anchor"] or ""
    if path in ROOT_PAGES:
        return f"]({ROOT_PAGES[path]}{anchor})"
    if path.startswith("docs/") and path.endswith(".md"):
        return f"]({path.removeprefix('docs/')}{anchor})"
    return f"]({REPOSITORY}/blob/main/{path}{anchor})"


def stage() -> None:
    """Bring build/docs up to date; files that did not change are left alone."""
    wanted = dict(pages())
    for path in [path for path in STAGE.rglob("*") if path.is_file()]:
        if path.relative_to(STAGE).as_posix() not in wanted:
            path.unlink()
    for name, content in wanted.items():
        path = STAGE / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def build() -> int:
    """Build the site into build/site; any warning is an error."""
    shutil.rmtree(STAGE, ignore_errors=True)
    stage()
    return subprocess.run(
        [_zensical(), "build", "--clean", "--strict"], cwd=ROOT, check=False
    ).returncode


def serve() -> int:
    """Serve the site, and stage pages again when they change; the reference stays as it was."""
    stage()
    with subprocess.Popen([_zensical(), "serve"], cwd=ROOT) as server:
        while True:
            try:
                return server.wait(timeout=1)
            except subprocess.TimeoutExpired:
                stage()


def _zensical() -> Path:
    return Path(sys.executable).with_name("zensical")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [] | ["build"]:
            sys.exit(build())
        case ["serve"]:
            sys.exit(serve())
        case _:
            sys.exit("usage: scripts/docs [build|serve]")
