"""TLS over a connection of an event loop.

asyncio's own TLS holds 256 KB for each connection, and does not keep to the limits of a request.
"""

from __future__ import annotations

import ssl

from .connections import Socket
from .limits import Limits

# The longest record of TLS.
_RECORD_BYTES = 16384
_FLUSHED_AT_ONCE = 65536


class TLSSocket:
    """See `Socket`; what is received and sent passes through OpenSSL in memory."""

    def __init__(self, inner: Socket, context: ssl.SSLContext, host: str) -> None:
        self._inner = inner
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._ended = False

    async def handshake(self, limits: Limits) -> None:
        """Agree on keys with the server, and check its certificate.

        Raises:
            ssl.SSLError: the certificate is not valid, or the server does not speak TLS.
        """
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush(limits)
                self._receive(await self._inner.read(limits))
            except ssl.SSLError:
                # The server is told why.
                await self._flush(limits)
                raise
        await self._flush(limits)

    async def read(self, limits: Limits) -> bytes:
        """See `Socket.read`."""
        while not (data := self._decrypted()) and not self._ended:
            await self._flush(limits)
            self._receive(await self._inner.read(limits))
        return data

    async def write(self, data: bytes, limits: Limits) -> None:
        """See `Socket.write`."""
        view = memoryview(data)
        # A traceback may show local variables, and a request has a key.
        del data
        while view:
            view = view[self._tls.write(view) :]
            if self._outgoing.pending > _FLUSHED_AT_ONCE or not view:
                await self._flush(limits)

    def is_readable(self) -> bool:
        """See `Socket.is_readable`."""
        return self._ended or bool(self._incoming.pending) or self._inner.is_readable()

    async def aclose(self) -> None:
        """See `Socket.aclose`."""
        await self._inner.aclose()

    def _receive(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _decrypted(self) -> bytes:
        """Return what has arrived, b"" if that is nothing or only part of a record."""
        parts: list[bytes] = []
        try:
            while self._incoming.pending or self._incoming.eof or self._tls.pending():
                part = self._tls.read(_RECORD_BYTES)
                if not part:
                    self._ended = True
                    break
                parts.append(part)
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            # HTTP says itself where a body ends, so a server need not end TLS properly.
            self._ended = True
        return b"".join(parts)

    async def _flush(self, limits: Limits) -> None:
        if self._outgoing.pending:
            await self._inner.write(self._outgoing.read(), limits)


async def start_tls(inner: Socket, context: ssl.SSLContext, host: str, limits: Limits) -> TLSSocket:
    """Return a connection with TLS; close the inner one if that fails."""
    encrypted = TLSSocket(inner, context, host)
    try:
        await encrypted.handshake(limits)
    except BaseException:
        await inner.aclose()
        raise
    return encrypted
