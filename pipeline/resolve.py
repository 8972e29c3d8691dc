"""Look up host names in threads that are abandoned when a limit passes.

`getaddrinfo` cannot be interrupted, and takes as long as the system's resolver wants. So it runs in
a daemon thread, which neither an event loop nor the interpreter waits for at its end. Calls that
need the same name at the same time share one thread.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from time import monotonic

from .forks import after_fork
from .port import Signal

# After this time a further call starts another look-up, in case the first one never ends.
_SHARED_SECONDS = 5.0


class _Lookup:
    def __init__(self) -> None:
        self.began = monotonic()
        self.waiting: set[Signal] = set()
        self.addresses: list[str] = []
        self.error: Exception | None = None


class _Lookups:
    """The look-ups that run now, by host and port."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], _Lookup] = {}

    def join(self, host: str, port: int, signal: Signal) -> _Lookup:
        """Return the look-up of a name, which sets `signal` at its end."""
        key = (host, port)
        with self._lock:
            found = self._running.get(key)
            if found is not None and monotonic() - found.began < _SHARED_SECONDS:
                found.waiting.add(signal)
                return found
            lookup = self._running[key] = _Lookup()
            lookup.waiting.add(signal)
        thread = threading.Thread(
            target=self._run, args=(key, lookup), name="trunkline-resolve", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            # The interpreter is shutting down.
            self._run(key, lookup)
        return lookup

    def leave(self, lookup: _Lookup, signal: Signal) -> None:
        """Do not set the signal any more."""
        with self._lock:
            lookup.waiting.discard(signal)

    def _run(self, key: tuple[str, int], lookup: _Lookup) -> None:
        try:
            found = socket.getaddrinfo(*key, type=socket.SOCK_STREAM)
            # A host may have the same address twice.
            lookup.addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        except Exception as error:  # noqa: BLE001  # raised where the result is awaited
            lookup.error = error
        with self._lock:
            if self._running.get(key) is lookup:
                del self._running[key]
            waiting = list(lookup.waiting)
        for signal in waiting:
            # An event loop may have ended meanwhile.
            with contextlib.suppress(RuntimeError):
                signal.set()


_state = [_Lookups()]


async def resolve(host: str, port: int, signal: Signal, seconds: float | None) -> list[str]:
    """Return the IP addresses of a host, in the order in which they should be tried.

    Args:
        host: a host name, or an IP address, which is returned as it is.
        port: the port to connect to.
        signal: a new signal of the world that waits.
        seconds: how long to wait, None for as long as it takes.

    Raises:
        OSError: the host is unknown.
        TimeoutError: the limit has passed.
    """
    if is_address(host):
        return [host]
    lookups = _state[0]
    lookup = lookups.join(host, port, signal)
    try:
        if not await signal.wait(seconds):
            raise TimeoutError
    finally:
        lookups.leave(lookup, signal)
    if lookup.error is not None:
        # A new exception: several calls may raise this one at the same time.
        kind = socket.gaierror if isinstance(lookup.error, socket.gaierror) else OSError
        raise kind(*lookup.error.args) from lookup.error
    return lookup.addresses


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, possibly with a scope."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            socket.inet_pton(family, host.partition("%")[0])
            return True
    return False


def _forget() -> None:
    """Start over in a forked process, which does not have the threads."""
    _state[0] = _Lookups()


after_fork(_forget)
