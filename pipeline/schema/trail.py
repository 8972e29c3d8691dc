"""What the layers of a chain did in one call, as they noted it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

from msgspec import Struct, field

#: What a note may say beside its event, as OpenTelemetry's attributes, but lists.
Attribute = str | int | float | bool


#: The event of an adapter that was asked for an answer.
ATTEMPT = "attempt"


class Note(Struct, frozen=True, kw_only=True):
    """One thing that one layer did.

    Attributes:
        layer: who did it, a name of the chain.
        event: what it did, in a word or two: "attempt", "hit", "waited".
        start, end: moments of `time.perf_counter`; the same for what took no time.
        attributes: particulars, never credentials or whole messages. Of an attempt: `model` as it
            was asked for, and where it failed `error_type` and perhaps `status_code`.
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
    """What is noted of one call: the same object in all requests derived from the first.

    A layer that did nothing adds nothing.

    Attributes:
        layers: names of the chain's layers, outermost first, the adapter last.
        began: moment of `time.perf_counter` at which the call began, 0 where no client made it.
        notes: what was done, in the order in which it ended.
    """

    layers: tuple[str, ...] = ()
    began: float = 0.0
    notes: list[Note] = field(default_factory=list[Note])

    def add(
        self, layer: str, event: str, *, since: float | None = None, **attributes: Attribute
    ) -> None:
        """Note that a layer did something, which has just ended.

        Args:
            layer: its name.
            event: what it did, in a word or two.
            since: moment of `time.perf_counter` at which it began; None where it took no time.
            attributes: particulars: short, and no credentials.
        """
        end = perf_counter()
        start = end if since is None else since
        self.notes.append(
            Note(layer=layer, event=event, start=start, end=end, attributes=attributes)
        )
