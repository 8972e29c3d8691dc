"""Log prompts and responses in the background."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from ...pipeline.call.request import Handler, Reply, Request
from ...pipeline.stream.outcome import Outcome, outcome_of
from ...pipeline.stream.stream import observe
from ..checked_arguments import check_count, check_flag, check_plain_function, read_path
from ..listening.queue import EXIT_SECONDS, BackgroundQueue, Plan, Writer
from ..listening.record import CallTimer
from .json_lines import JSONLinesWriter
from .log_entries import LogEntry, complete, take
from .texts import Redact

MAX_CALLS = 10_000
BATCH = 200
MAX_BYTES = 64 * 1024 * 1024
_SQLITE = frozenset({".db", ".sqlite", ".sqlite3"})

#: A file, a database URL, or a function that returns a `Writer`.
Target = str | os.PathLike[str] | Callable[[], Writer[LogEntry]]


class PromptLog:
    """Logs each call with its messages and its response: JSON lines, SQLite or PostgreSQL.

    A call is added to a queue when it has ended, a stream at its end, whatever its outcome; a
    thread in the background writes it. A call never waits for the log and never fails because of
    it. If the queue is full, the call is not logged: that is counted in `dropped`, and a warning
    is logged. A target that cannot be reached is tried again, and the queue waits meanwhile. At
    the end of the program, what is waiting is written.

    API keys and the values of extra headers are never part of an entry; `LogEntry` has its fields.

    Args:
        target: a path ending with ".db", ".sqlite" or ".sqlite3" for SQLite, any other path for
            JSON lines; a URL of a database as SQLAlchemy takes it ("postgresql://...",
            "sqlite+aiosqlite:///calls.db"); or a function that returns your own `Writer`.
            Databases need the extra `sql`; the table is `trunkline_calls`.
        redact: changes each text before it is written: messages, parameters, responses, metadata
            and errors. If it raises, the call is not logged.
        media: whether files in base64 are logged; else only their types and sizes.
        max_calls: calls that wait at most.
        max_bytes: bytes of these calls at most.

    Raises:
        FileNotFoundError: the folder of the file does not exist.
        ImportError: the extra `sql` is not installed; the message has the pip command.
        InvalidArgumentError: the URL is invalid, or a limit is not above zero.
    """

    single: ClassVar[bool] = False
    belongs_inside: ClassVar[dict[str, str]] = {
        "Redaction": "it logs prompts before they are redacted"
    }

    def __init__(
        self,
        target: Target,
        *,
        redact: Redact | None = None,
        media: bool = False,
        max_calls: int = MAX_CALLS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        for name, limit in (("max_calls", max_calls), ("max_bytes", max_bytes)):
            check_count(name, limit)
        if redact is not None:
            check_plain_function("redact", redact, "text")
        check_flag("media", media)
        self._shown, make_writer = _read_target(target)
        self._queue = BackgroundQueue(
            Plan(
                make_writer=make_writer,
                complete=partial(complete, redact=redact, media=media),
                max_items=max_calls,
                max_bytes=max_bytes,
                batch=BATCH,
                owner="PromptLog",
                lost="not logged",
                thread="trunkline-prompt-log",
            )
        )

    def __repr__(self) -> str:
        return f"PromptLog({self._shown})"

    @property
    def written(self) -> int:
        """How many calls have been written."""
        return self._queue.count()[0]

    @property
    def dropped(self) -> int:
        """How many calls were not logged."""
        return self._queue.count()[1]

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until everything is written; return False if that takes longer than `seconds`."""
        return self._queue.flush(seconds)

    def close(self, seconds: float = EXIT_SECONDS) -> None:
        """Write what is waiting and release the file or the connection.

        A later call opens them again.
        """
        self._queue.close(seconds)

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer, and add the call to the queue when it has ended."""
        timer = CallTimer()
        try:
            reply = await call_next(request)
        except BaseException as error:
            self._add(request, outcome_of(error), timer)
            raise
        return observe(reply, lambda outcome: self._add(request, outcome, timer))

    def _add(self, request: Request, outcome: Outcome, timer: CallTimer) -> None:
        try:
            self._queue.put(take(request, outcome, timer))
        except Exception as error:  # noqa: BLE001  # the log must never fail the call
            self._queue.drop(f"a call cannot be represented as JSON ({type(error).__name__})")


def _read_target(target: Target) -> tuple[str, Callable[[], Writer[LogEntry]]]:
    """Return how a target is shown, and what makes its writer."""
    if callable(target):
        return getattr(target, "__name__", type(target).__name__), target
    text = target if isinstance(target, str) else ""
    if "://" not in text:
        path = read_path("target", target).absolute()
        if not path.parent.is_dir():
            raise FileNotFoundError(f"{path.parent}: no such folder; create it or use another path")
        if path.suffix not in _SQLITE:
            return repr(str(path)), partial(JSONLinesWriter, path)
        text = f"sqlite:///{path}"
    from .sql_writer import read_url, sql_writer  # noqa: PLC0415  # needs an extra

    url = read_url(text)
    return repr(url.render_as_string(hide_password=True)), sql_writer(url)
