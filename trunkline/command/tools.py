"""The option `-t`: Python functions of a file as tools, each call approved by the user."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TextIO

import msgspec

from ..middlewares.tools.tool_loop import ToolLoop
from ..pipeline.stream.events import ToolCallEvent
from ..pipeline.views.call_view import clean, cut
from .mistakes import MistakeError
from .settings.paths import user_path
from .tool_output import ToolOutput

_LONGEST = 2000
_QUESTION = "Run it? [y]es, [n]o, [a]lways: "


def load_functions(file: str) -> list[Callable[..., object]]:
    """Return the functions of a Python file: those in its `__all__`, else all public ones.

    Raises:
        MistakeError: it cannot be read or run, or has no functions.
    """
    path = user_path(file).resolve()
    if not path.is_file():
        raise MistakeError(f"-t {file}: there is no such file")
    module = _load(file, path)
    names: Sequence[str] = getattr(module, "__all__", None) or [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and inspect.isroutine(thing)
        and getattr(thing, "__module__", None) == module.__name__
    ]
    if not names:
        raise MistakeError(f"-t {file}: it defines no functions")
    for name in names:
        if not callable(getattr(module, name, None)):
            raise MistakeError(f"-t {file}: __all__ has {name!r}, which is not a function there")
    return [getattr(module, name) for name in names]


def _load(file: str, path: Path) -> ModuleType:
    name = f"trunkline_tools_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if path.suffix != ".py" or spec is None or spec.loader is None:
        raise MistakeError(f"-t {file}: expected a Python file, whose name ends with .py")
    module = importlib.util.module_from_spec(spec)
    # For the types of its functions, and for the files next to it that it imports.
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise MistakeError(f"-t {file}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.parent))
    return module


class Approval:
    """Asks the user before a tool runs.

    Attributes:
        pause: called before a question, so that an answer that is being shown is not in its way.
        output: takes what the tools print.
    """

    def __init__(self, terminal: TextIO) -> None:
        self.pause: Callable[[], None] = _nothing
        self.output = ToolOutput()
        self._terminal = terminal
        self._always: set[str] = set()

    def __call__(self, call: ToolCallEvent) -> bool:
        """Return whether a call may run."""
        self.pause()
        print(show_call(call), file=sys.stderr)
        allowed = call.name in self._always or self._ask(call.name)
        if allowed:
            self.output.divert()
        return allowed

    def _ask(self, name: str) -> bool:
        while True:
            print(_QUESTION, end="", file=sys.stderr, flush=True)
            try:
                line = self._terminal.readline()
            except KeyboardInterrupt:
                print(file=sys.stderr)
                raise
            answer = line.strip().lower()
            if answer in ("a", "always"):
                self._always.add(name)
            if answer in ("y", "yes", "a", "always"):
                return True
            if not line:
                print(file=sys.stderr)
            if not line or answer in ("n", "no", ""):
                return False

    def close(self) -> None:
        """Close the terminal, unless it is standard input."""
        if self._terminal is not sys.stdin:
            self._terminal.close()


class Announcement:
    """Shows each call, and allows it; see `Approval`."""

    def __init__(self) -> None:
        self.pause: Callable[[], None] = _nothing
        self.output = ToolOutput()

    def __call__(self, call: ToolCallEvent) -> bool:
        """Return True."""
        self.pause()
        print(show_call(call), file=sys.stderr)
        self.output.divert()
        return True

    def close(self) -> None:
        """Do nothing: there is no terminal."""


def show_call(call: ToolCallEvent) -> str:
    """Return a call as one line: `add(a=1, b=2)`."""
    given = call.arguments
    if given is None:
        text = call.call.function.arguments or ""
    else:
        text = ", ".join(f"{name}={_write(value)}" for name, value in given.items())
    return cut(" ".join(clean(f"Tool: {call.name}({text})").split("\n")), _LONGEST)


def _write(value: object) -> str:
    return msgspec.json.encode(value).decode()


def make_tool_loop(files: Sequence[str], approve: Approval | Announcement) -> ToolLoop:
    """Return the layer that runs the functions of some files.

    Raises:
        MistakeError: a file cannot be loaded, or one of its functions has no schema.
    """
    with approve.output.diverted():
        functions = [function for file in files for function in load_functions(file)]
    try:
        # People take their time to approve; a function that hangs is interrupted with Ctrl-C.
        return ToolLoop(functions, approve=approve, timeout=None, max_steps=16)
    except (TypeError, ValueError) as error:
        raise MistakeError(f"-t: {error}") from None


def open_terminal() -> TextIO:
    """Return the terminal that questions are answered in.

    Raises:
        MistakeError: there is none.
    """
    if sys.stdin.isatty():
        return sys.stdin
    try:
        # Standard input may be the prompt.
        path = "CON" if sys.platform == "win32" else "/dev/tty"
        return open(path, encoding="utf-8", errors="replace")
    except OSError:
        raise MistakeError(
            "-t: there is no terminal to approve the calls of tools; "
            "--yes runs them without a question"
        ) from None


def _nothing() -> None:
    pass
