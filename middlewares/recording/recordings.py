"""Recordings of calls: one JSON file for each different request."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct, field

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import change_texts
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream, link
from ...pipeline.schema.nesting import encode_json
from ...pipeline.stream.fold import Fold
from .texts import Redact, redacting

_UNSAFE = re.compile(r"[^\w.-]+")
# Several objects may write to one folder.
_lock = Lock()

_decode_response = msgspec.json.Decoder(ModelResponse).decode
_decode_chunk = msgspec.json.Decoder(ModelResponseStream).decode


class Recording(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One response to a request.

    Attributes:
        provider, model: where it came from.
        response: the response of a plain call, an OpenAI JSON body; None for a stream.
        chunks: the chunks of a stream.
    """

    provider: str
    model: str
    response: Any = None
    chunks: list[Any] = field(default_factory=list[Any])


class File(Struct, kw_only=True):
    """The content of a file: the request, for people who read it, and its responses in order."""

    request: Any
    recordings: list[Recording]


_decode_file = msgspec.json.Decoder(File).decode


def record_response(response: ModelResponse) -> Recording:
    """Return the recording of a response."""
    call = response.call
    return Recording(provider=call.provider, model=call.model, response=response.model_dump())


def record_stream(bodies: list[Any], response: ModelResponse) -> Recording:
    """Return the recording of a stream's chunks, as JSON bodies, that ended with this response."""
    call = response.call
    if response.usage is not None and not any(body.get("usage") for body in bodies):
        # The caller did not ask for this chunk, so it was not shown.
        head = {name: bodies[-1][name] for name in ("id", "created", "model") if bodies}
        bodies = [*bodies, {**head, "choices": [], "usage": response.usage.model_dump()}]
    return Recording(provider=call.provider, model=call.model, chunks=bodies)


def read_chunks(recording: Recording) -> list[ModelResponseStream]:
    """Return the chunks of a recorded stream, new objects each time."""
    chunks: list[ModelResponseStream] = []
    for body in recording.chunks:
        encoded = encode_json(body)
        chunk = _decode_chunk(encoded)
        link(chunk, encoded)
        chunks.append(chunk)
    return chunks


def read_response(recording: Recording) -> ModelResponse:
    """Return the response of a recording, a new object each time.

    Raises:
        ValueError: there is neither a response nor a chunk, or it has another shape.
    """
    if recording.response is None and not recording.chunks:
        raise ValueError("a recording has neither a response nor chunks")
    if recording.response is not None:
        encoded = encode_json(recording.response)
        response = _decode_response(encoded)
        link(response, encoded)
        return response
    fold = Fold(CallInfo(provider=recording.provider, model=recording.model))
    for chunk in read_chunks(recording):
        fold.add(chunk)
    return fold.response()


@contextmanager
def reading(path: Path) -> Generator[None]:
    """Turn what is raised while a file is read into an error that names the file.

    Raises:
        BadRequestError: the file cannot be read, or what is in it is not a recording.
    """
    try:
        yield
    except OSError as error:
        raise BadRequestError(f"{path}: cannot be read ({type(error).__name__})") from error
    except RecursionError as error:
        raise BadRequestError(f"{path}: this is not a recording: too deeply nested") from error
    except (TypeError, ValueError) as error:
        raise BadRequestError(f"{path}: this is not a recording: {error}") from error


class Recordings:
    """The recordings in a folder.

    Args:
        folder: the folder; it is created with the first recording.
        redact: changes each text before it is written.
    """

    def __init__(self, folder: Path, redact: Redact | None) -> None:
        self.folder = folder
        self._redact = redact

    def path(self, model: str, digest: str) -> Path:
        """Return the file for a request."""
        name = _UNSAFE.sub("-", model).strip("-.")[:60]
        return self.folder / f"{name}-{digest[:16]}.json"

    def read(self, path: Path) -> Sequence[Recording]:
        """Return the recordings in a file, none if it does not exist.

        Raises:
            BadRequestError: the file cannot be read, or is not a recording.
        """
        with reading(path):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                return []
            return _decode_file(data).recordings

    def add(self, path: Path, request: Any, recording: Recording, *, anew: bool) -> None:
        """Add a recording to a file; `anew` drops those that are there.

        Raises:
            OSError: the file cannot be written.
            TypeError: `redact` returned something other than a str.
            Exception: whatever `redact` raises.
        """
        with _lock:
            earlier: Sequence[Recording] = () if anew else self.read(path)
            data = msgspec.to_builtins(File(request=request, recordings=[*earlier, recording]))
            if self._redact is not None:
                data = change_texts(data, redacting(self._redact))
            self.folder.mkdir(parents=True, exist_ok=True)
            _replace(path, msgspec.json.format(encode_json(data), indent=2) + b"\n")


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, even if the disk is full or another process writes it."""
    draft = path.with_suffix(f".{uuid4().hex}.draft")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
