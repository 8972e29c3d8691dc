"""The sockets of blocking calls: how often they get a new timeout, which takes a system call."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from trunkline.pipeline.port import HTTPRequest
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.limits import Limits
from trunkline.pipeline.transport.sockets import BlockingSocket


class Counted(socket.socket):
    """A socket that notes its timeouts."""

    def __init__(self, inner: socket.socket) -> None:
        super().__init__(fileno=inner.detach())
        self.timeouts: list[float | None] = []

    def settimeout(self, value: float | None) -> None:
        self.timeouts.append(value)
        super().settimeout(value)


class Waits(Limits):
    """Limits whose waits are given."""

    def __init__(self, *waits: float | None) -> None:
        super().__init__(HTTPRequest(url="http://127.0.0.1", headers={}, body=b""))
        self._waits = list(waits)

    def wait(self) -> float | None:
        return self._waits.pop(0)


@pytest.fixture
def pair() -> Iterator[tuple[Counted, socket.socket]]:
    ours, theirs = socket.socketpair()
    counted = Counted(ours)
    with counted, theirs:
        yield counted, theirs


def test_waits_of_nearly_the_same_length_need_one_timeout(
    pair: tuple[Counted, socket.socket],
) -> None:
    ours, theirs = pair
    connection = BlockingSocket(ours)
    limits = Waits(599.9997, 599.9994, 600.0, 599.9984, None, None)
    drive(connection.write(b"request", limits))
    for piece in (b"one", b"two", b"three", b"four", b"five"):
        theirs.sendall(piece)
        assert drive(connection.read(limits)) == piece
    assert ours.timeouts == [600.0, 599.999, None]


def test_a_timeout_is_never_rounded_to_none(pair: tuple[Counted, socket.socket]) -> None:
    ours, _ = pair
    # A socket with the timeout 0 does not wait.
    with pytest.raises(TimeoutError):
        drive(BlockingSocket(ours).read(Waits(0.000_01)))
    assert ours.timeouts == [0.001]


def test_a_kept_connection_is_looked_at_without_waiting(
    pair: tuple[Counted, socket.socket],
) -> None:
    ours, theirs = pair
    connection = BlockingSocket(ours)
    assert [connection.is_readable() for _ in range(2)] == [False, False]
    theirs.sendall(b"late")
    assert [connection.is_readable() for _ in range(2)] == [True, True]


@pytest.mark.parametrize("by", ["the pool", "the garbage collector"])
def test_a_closed_connection_is_not_the_file_that_has_its_number(by: str) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        connection = BlockingSocket(ours)
        descriptor = ours.fileno()
        if by == "the pool":
            drive(connection.aclose())
        else:
            ours.close()
        # The system gives a new file the lowest number that is free.
        with contextlib.ExitStack() as files:
            while True:
                one, other = socket.socketpair()
                files.enter_context(one)
                files.enter_context(other)
                if descriptor in (one.fileno(), other.fileno()):
                    break
            assert connection.is_readable()
