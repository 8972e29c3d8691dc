"""What the calls of a chaos run do, and how each must end."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from trunkline import APIError, ModelResponse
from trunkline.middlewares.listening.record import CallRecord

from ..servers.bodies import KEY
from .chaos_server import prompt_of, text_of

World = Literal["sync", "asyncio", "trio"]
#: How a caller leaves a stream.
Leaving = Literal["break", "close", "drop"]
#: How a call ended for its caller.
Ending = Literal["answered", "failed", "left", "cancelled"]

_KINDS = ("safe", "wild", "wild", "odd")
# What callbacks may be told about a call that ended so. A caller may leave, or be cancelled, after
# the last chunk, and be cancelled while an error is on its way.
_TOLD: dict[Ending, set[str]] = {
    "answered": {"completed"},
    "failed": {"failed", "truncated"},
    "left": {"abandoned", "completed"},
    "cancelled": {"abandoned", "completed", "failed", "truncated"},
}


@dataclass(frozen=True)
class Plan:
    """A call: its name, and when its caller gives it up.

    Attributes:
        leave_after: the number of chunks after which the caller leaves the stream as `leaving`
            says, None to read it to its end.
        cancel_after: seconds after which its task is cancelled, None for never.
    """

    name: str
    stream: bool
    leave_after: int | None
    leaving: Leaving
    cancel_after: float | None
    num_retries: int
    patience: float

    def arguments(self, base: str) -> dict[str, Any]:
        """Return the arguments of the call."""
        seconds = 120.0 if self.name.startswith("safe") else self.patience
        limits = {"connect": 30.0, "first_event": seconds, "idle": seconds, "total": 2 * seconds}
        return {
            "model": "openai/chaos",
            "messages": [{"role": "user", "content": prompt_of(self.name)}],
            "base_url": base,
            "api_key": KEY,
            "timeout": limits,
            "num_retries": self.num_retries,
        }


def plan_calls(seed: int, world: World, count: int, patience: float) -> Iterator[Plan]:
    """Yield the calls of a world.

    Args:
        seed: the same seed gives the same calls.
        world: how they are made; blocking ones cannot be cancelled.
        count: how many.
        patience: seconds that a call waits for a server that stalls.
    """
    for number in range(count):
        chance = random.Random(f"{seed} {world} {number}")
        stream = chance.random() < 0.7
        leaves = stream and chance.random() < 0.2
        cancels = world != "sync" and chance.random() < 0.25
        yield Plan(
            name=f"{chance.choice(_KINDS)}-{world}-{number}",
            stream=stream,
            leave_after=chance.randrange(8) if leaves else None,
            leaving=chance.choice(("break", "close", "drop")),
            cancel_after=chance.random() * patience if cancels else None,
            num_retries=chance.choice((0, 2)),
            patience=patience,
        )


@dataclass
class Run:
    """What has come of the calls: how they ended, and what was wrong."""

    endings: Counter[Ending] = field(default_factory=Counter["Ending"])
    faults: list[str] = field(default_factory=list[str])
    _told: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _ended: dict[str, Ending] = field(default_factory=dict[str, Ending])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def callback(self, record: CallRecord) -> None:
        """Keep what a callback is told."""
        message: Any = record.request.messages[0]
        name = message["content"].removeprefix("call <").removesuffix(">")
        with self._lock:
            self._told[name].append(record.outcome)

    def ended(self, plan: Plan, ending: Ending) -> None:
        """Count how a call ended for its caller."""
        with self._lock:
            if plan.name in self._ended:
                self.faults.append(f"{plan.name}: ended twice")
            self.endings[ending] += 1
            self._ended[plan.name] = ending

    def answered(self, plan: Plan, response: ModelResponse) -> None:
        """Check a response."""
        self.ended(plan, "answered")
        text = response.choices[0].message.content or ""
        foreign = [word for word in text.split() if not word.startswith(f"{plan.name}.")]
        odd = plan.name.startswith("odd")
        if text != text_of(plan.name) and not (odd and not any("-" in word for word in foreign)):
            self.faults.append(f"{plan.name}: wrong response {text!r}")

    def failed(self, plan: Plan, error: BaseException) -> None:
        """Check an error."""
        self.ended(plan, "failed")
        if not isinstance(error, APIError):
            self.faults.append(f"{plan.name}: {type(error).__name__} is not an APIError: {error}")
        elif plan.name.startswith("safe"):
            self.faults.append(f"{plan.name}: an innocent call failed: {error!r}")
        if KEY in f"{error!r} {error}":
            self.faults.append(f"{plan.name}: the error shows the key")

    def check(self) -> None:
        """Check that callbacks heard of each call once, and what its caller saw."""
        for name, ending in self._ended.items():
            told = self._told[name]
            if len(told) != 1 or told[0] not in _TOLD[ending]:
                self.faults.append(f"{name}: {ending}, but callbacks were told {told}")
