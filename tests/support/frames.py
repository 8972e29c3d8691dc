"""The local variables of a traceback's frames, as error trackers record them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import cast


def texts_of(value: object, depth: int = 0) -> Iterator[str]:
    """Yield what an error tracker would send of a value: the content of containers, else reprs."""
    if depth > 5:
        return
    if isinstance(value, Mapping):
        for name, item in cast("Mapping[object, object]", value).items():
            yield from texts_of(name, depth + 1)
            yield from texts_of(item, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in cast("list[object]", value):
            yield from texts_of(item, depth + 1)
    elif isinstance(value, bytes | bytearray):
        yield value.decode("latin-1")
    else:
        yield str(value) if isinstance(value, str) else repr(value)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and each not in seen:
            seen.append(each)
            waiting.append(each.__cause__ if each.__suppress_context__ else each.__context__)
            yield each


def frames_of(error: BaseException) -> Iterator[tuple[str, str, object]]:
    """Yield place, name and value of the local variables in an error's frames of ours."""
    for each in chain_of(error):
        position: TracebackType | None = each.__traceback__
        while position is not None:
            code = position.tb_frame.f_code
            if "/tests/" not in code.co_filename:
                place = f"{Path(code.co_filename).name}:{position.tb_lineno} {code.co_name}"
                for name, value in position.tb_frame.f_locals.items():
                    yield place, name, value
            position = position.tb_next
