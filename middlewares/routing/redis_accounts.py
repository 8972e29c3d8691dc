"""What keys have spent, shared through Redis."""

from __future__ import annotations

from typing import cast

from msgspec import Struct

from ...pipeline.port import IO
from .redis_state import RedisState

# A reply is what is spent, and milliseconds until the account starts again at zero, -1 for never.
_READ = "return {redis.call('GET', KEYS[1]) or '0', redis.call('PTTL', KEYS[1])}"
# The account's time begins with its first cost.
_ADD = """
redis.call('INCRBYFLOAT', KEYS[1], ARGV[1])
if ARGV[2] ~= '' and redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
"""


class Spent(Struct, frozen=True):
    """What an account has spent, and the seconds until it starts again; None means never."""

    amount: float
    seconds: float | None


class RedisAccounts:
    """Accounts in Redis, each under a name of its own.

    Args:
        state: the connection.
        name: distinguishes these accounts from others in the same Redis.
        duration: seconds after which an account starts again at zero; None for never.
    """

    def __init__(self, state: RedisState, name: str, duration: float | None) -> None:
        self._state = state
        self._name = name
        self._duration = "" if duration is None else str(max(1, round(duration * 1000)))

    async def read(self, io: IO, key: object) -> Spent | None:
        """Return an account, None if Redis cannot be reached."""
        found = await self._state.evaluate(io, _READ, [self._key(key)], [])
        if found is None:
            return None
        amount, milliseconds = cast("tuple[bytes | str, int]", found)
        return Spent(float(amount), None if milliseconds < 0 else milliseconds / 1000)

    async def add(self, io: IO, key: object, amount: float) -> bool:
        """Add an amount to an account; return False if Redis cannot be reached."""
        arguments: list[float | str] = [amount, self._duration]
        return await self._state.evaluate(io, _ADD, [self._key(key)], arguments) is not None

    def _key(self, key: object) -> str:
        return f"budget:{self._name}:{self._duration}:{'' if key is None else key}"
