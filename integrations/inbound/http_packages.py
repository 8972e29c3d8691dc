"""httpx and httpx2: older SDKs are built on one, newer ones on the other."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

    SyncByteStream = httpx2.SyncByteStream
    AsyncByteStream = httpx2.AsyncByteStream
else:
    # Clients of both packages read these, whichever packages are installed.
    _packages = [import_module(name) for name in ("httpx", "httpx2") if find_spec(name)]

    def _joined(name: str) -> type:
        return type(name, tuple(getattr(package, name) for package in _packages), {})

    SyncByteStream = _joined("SyncByteStream")
    AsyncByteStream = _joined("AsyncByteStream")

__all__ = ["AsyncByteStream", "SyncByteStream", "package_of", "response"]


def package_of(kind: type[object]) -> ModuleType:
    """Return the package that a class is from, or its base if an SDK derived it."""
    own = kind.__base__ if kind.__module__.partition(".")[0] not in ("httpx", "httpx2") else kind
    return import_module((own or kind).__module__.partition(".")[0])


def response(asked: object, status: int, **content: Any) -> httpx2.Response:
    """Return a response of the package that a request is from."""
    made: httpx2.Response = package_of(type(asked)).Response(status, **content)
    return made
