"""Record calls in files, and play them back without a provider."""

from __future__ import annotations

import logging
import math
import os
from collections import Counter
from collections.abc import Awaitable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Literal

from ...pipeline.call.replayed import open_stream
from ...pipeline.call.request import Handler, Reply, Request
from ...pipeline.errors import BadRequestError, InvalidArgumentError, NotFoundError
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.hybrid import plain
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.stream.outcome import Outcome
from ...pipeline.stream.replay import PacedSource
from ..caching.entry import replay_reply
from ..caching.key import UnserializableError, content_digest
from ..checked_arguments import check_plain_function, check_seconds, read_path
from .recordings import (
    Recording,
    Recordings,
    read_chunks,
    read_response,
    reading,
    record_response,
    record_stream,
)
from .texts import Redact

_log = logging.getLogger("trunkline")

Mode = Literal["auto", "record", "play"]


class Replay:
    """Records the responses to calls in a folder, and plays them back to equal calls.

    A recording belongs to a model, its messages and parameters; keys, addresses, headers,
    timeouts and options play no part. It is a JSON file in OpenAI's format, whatever the provider,
    that can be read, edited and committed. A stream is recorded chunk by chunk. A plain call and a
    stream play back each other's recordings.

    The first of several equal calls gets the first recording, the second the second, and so on;
    each Replay starts with the first. A call that is played back makes no attempts and costs
    nothing. Only complete responses are recorded: no errors, and no streams that were not read to
    their end. If a recording cannot be written, or `redact` raises, the call goes on, and a
    warning is logged.

    Args:
        folder: the folder of the recordings.
        mode: "auto" plays back what has been recorded and records the rest; "record" sends every
            call and replaces its recordings; "play" sends nothing, so a call without a recording
            is an error, and a call after the last recording gets the last one again.
        pace: seconds between two chunks of a stream that is played back.
        redact: changes each text before it is written. What is played back has the changes.

    Raises:
        NotFoundError: in mode "play", there is no recording of the call.
        BadRequestError: a file cannot be read, or the request has values that cannot be recorded.
        FileNotFoundError: in mode "play", the folder does not exist.
        NotADirectoryError: there is a file with the folder's name.
        InvalidArgumentError: `mode` or `pace` has another value.
    """

    single: ClassVar[bool] = True

    def __init__(
        self,
        folder: str | os.PathLike[str],
        mode: Mode = "auto",
        *,
        pace: float = 0.0,
        redact: Redact | None = None,
    ) -> None:
        if mode not in ("auto", "record", "play"):
            raise InvalidArgumentError(f'mode: expected "auto", "record" or "play", got {mode!r}')
        check_seconds("pace", pace, least="0 or more")
        if pace == math.inf:
            raise InvalidArgumentError("pace: expected a finite number of seconds, got inf")
        if redact is not None:
            check_plain_function("redact", redact, "text")
        self.folder = read_path("folder", folder).absolute()
        if self.folder.exists() and not self.folder.is_dir():
            raise NotADirectoryError(f"{self.folder}: expected a folder")
        if mode == "play" and not self.folder.is_dir():
            raise FileNotFoundError(
                f"{self.folder}: no such folder; record calls with Replay(folder) first"
            )
        self.mode = mode
        self.pace = pace
        self._recordings = Recordings(self.folder, redact)
        self._lock = Lock()
        self._calls: Counter[Path] = Counter()
        self._found: dict[Path, int] = {}
        self._begun: set[Path] = set()
        self._warned = False

    def __repr__(self) -> str:
        return f"Replay({str(self.folder)!r}, mode={self.mode!r})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Play back the call, or call the next layer and record its reply."""
        try:
            path = self._recordings.path(request.model, content_digest(request))
        except UnserializableError as error:
            raise BadRequestError(f"this call cannot be recorded: {error}") from error
        recordings: Sequence[Recording] = []
        if self.mode != "record":
            recordings = self._recordings.read(path)
        with self._lock:
            number = self._calls[path]
            self._calls[path] += 1
            # What this object has recorded itself is not played back to a later call.
            known = self._found.setdefault(path, len(recordings))
        if self.mode == "play" and not recordings:
            raise self._missing(request, path)
        if self.mode == "play" or number < min(known, len(recordings)):
            recording = recordings[min(number, len(recordings) - 1)]
            return await self._play(recording, request, path)
        return await self._record(request, call_next, path)

    async def _play(self, recording: Recording, request: Request, path: Path) -> Reply:
        call = CallInfo(
            provider=recording.provider,
            model=recording.model,
            attempts=0,
            cost=0.0,
            metadata=dict(request.metadata),
        )
        if request.stream and recording.chunks:
            with reading(path):
                chunks = read_chunks(recording)
            request.trail.add("Replay", "played")
            stream = open_stream(PacedSource(chunks, self.pace, request.io), call, request)
            await stream.prime()
            return stream
        with reading(path):
            response = read_response(recording)
        request.trail.add("Replay", "played")
        response.call = call
        return await replay_reply(response, request)

    async def _record(self, request: Request, call_next: Handler, path: Path) -> Reply:
        reply = await call_next(request)
        if isinstance(reply, ModelResponse):
            await self._write(request, path, record_response(reply))
            return reply
        chunks: list[Any] = []

        def keep(chunk: ModelResponseStream) -> ModelResponseStream:
            # Outer layers may change the chunk.
            chunks.append(chunk.model_dump())
            return chunk

        def ended(outcome: Outcome) -> Awaitable[None] | None:
            if outcome.kind != "completed" or outcome.response is None:
                return None
            return self._write(request, path, record_stream(chunks, outcome.response))

        stream = reply.map(keep)
        stream.observe(ended)
        return stream

    async def _write(self, request: Request, path: Path, recording: Recording) -> None:
        asked = _describe(request)
        with self._lock:
            anew = self.mode == "record" and path not in self._begun
            self._begun.add(path)
        try:
            await request.io.run(lambda: self._recordings.add(path, asked, recording, anew=anew))
        except Exception as error:  # noqa: BLE001  # a recording must never fail the call
            with self._lock:
                warned, self._warned = self._warned, True
            if not warned:
                # The message of an exception of `redact` may contain the text.
                why = error if isinstance(error, OSError) else type(error).__name__
                _log.warning("Replay: cannot write %s: %s (logged only once)", path, why)
            return
        request.trail.add("Replay", "recorded")

    def _missing(self, request: Request, path: Path) -> NotFoundError:
        return NotFoundError(
            f"there is no recording of this call ({len(request.messages)} messages, "
            f"parameters: {', '.join(sorted(request.params)) or 'none'}) in {path}: record it with "
            f'Replay({str(self.folder)!r}, mode="auto")',
            model=request.model,
        )


def _describe(request: Request) -> dict[str, Any]:
    """Return the request for people who read the file."""
    params = {name: _shown(value) for name, value in request.params.items()}
    return {"model": request.model, "messages": plain(list(request.messages)), "params": params}


def _shown(value: object) -> Any:
    return value.__name__ if isinstance(value, type) else plain(value)
