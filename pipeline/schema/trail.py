"""The trail of a call: notes that the layers of the chain take of what they did."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

from msgspec import Struct

#: The value of a note's attribute: the types of OpenTelemetry's attributes, without lists.
Attribute = str | int | float | bool

#: The event that is noted for each call of the adapter.
ATTEMPT = "attempt"
#: The event that is noted when an adapter chooses an API; `wire` and `reason` are its attributes.
CHOSE = "chose"


class Note(Struct, frozen=True, kw_only=True):
    """One thing that one layer did.

    Attributes:
        layer: the layer's name in the chain.
        event: what it did, in a word or two: "attempt", "hit", "waited".
        start, end: times of `time.perf_counter`; equal for an event without a duration.
        attributes: details, never credentials or whole messages. An attempt has `model` as it
            was requested and, if it failed, `error_type` and possibly `status_code`.
    """

    layer: str
    event: str
    start: float
    end: float
    attributes: Mapping[str, Attribute]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


class Trail(Struct, kw_only=True):
    """The notes of one call, shared by all requests that are derived from the first.

    A layer that did nothing adds no note.

    Attributes:
        layers: names of the chain's layers, outermost first, the adapter last.
        began: time of `time.perf_counter` when the call began, 0 if no client made it.
        notes: the notes, in the order in which the events ended.
        max_attempts: attempts that the call may make, 0 if no layer has set a limit.
    """

    layers: tuple[str, ...] = ()
    began: float = 0.0
    # msgspec gives each object a list of its own, without calling a function for it.
    notes: list[Note] = []
    max_attempts: int = 0

    @property
    def attempts(self) -> int:
        """How many attempts have ended."""
        return sum(note.event == ATTEMPT for note in self.notes)

    def allow(self, attempts: int) -> None:
        """Set the limit of a layer that makes up to `attempts` more attempts."""
        self.max_attempts = attempts + (self.attempts if self.notes else 0)

    def add(
        self, layer: str, event: str, *, since: float | None = None, **attributes: Attribute
    ) -> None:
        """Add a note of an event that has just ended.

        Args:
            layer: the layer's name.
            event: what it did, in a word or two.
            since: time of `time.perf_counter` when it began; None for an event without a duration.
            attributes: details: short, and without credentials.
        """
        end = perf_counter()
        start = end if since is None else since
        self.notes.append(
            Note(layer=layer, event=event, start=start, end=end, attributes=attributes)
        )
