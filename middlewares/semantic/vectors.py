"""Vectors with numpy, and an index of them in memory (the extra `semantic`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]

_FIRST_ROWS = 16
_TOLERANCE = 0.01


def check_numpy() -> None:
    """Import numpy.

    Raises:
        ImportError: it is not installed; the message has the pip command.
    """
    try:
        import_module("numpy")
    except ImportError as error:
        raise ImportError("SemanticCache needs numpy: pip install 'trunkline[semantic]'") from error


def to_vector(values: object) -> Vector:
    """Return a vector of length 1 in the direction of the given numbers.

    Raises:
        TypeError: these are not numbers.
        ValueError: they are not a vector, or have no direction.
    """
    import numpy  # noqa: PLC0415  # an extra

    with numpy.errstate(over="ignore"):
        # Numbers beyond float32 become infinite, and have no direction.
        made: Vector = numpy.asarray(values, dtype=numpy.float32)
    if made.ndim != 1 or not made.size:
        raise ValueError(f"expected one vector, got an array of shape {made.shape}")
    with numpy.errstate(over="ignore", invalid="ignore"):
        length = float(numpy.linalg.norm(made))
    if not numpy.isfinite(length) or length == 0:
        raise ValueError("the vector has no direction")
    return cast("Vector", made / numpy.float32(length))


def is_matrix(values: object) -> bool:
    """Return whether these are several vectors instead of one."""
    import numpy  # noqa: PLC0415  # an extra

    return numpy.ndim(cast("Any", values)) == 2


def first_row(values: object) -> Any:
    """Return the first of several vectors."""
    return next(iter(cast("Any", values)))


def from_bytes(data: bytes) -> Vector:
    """Return the vector that `tobytes()` made these bytes of."""
    import numpy  # noqa: PLC0415  # an extra

    return numpy.frombuffer(data, dtype=numpy.float32)


class VectorIndex:
    """Vectors of one length with their keys; not safe for threads by itself."""

    def __init__(self, length: int) -> None:
        import numpy  # noqa: PLC0415  # an extra

        self._rows: Vector = numpy.empty((_FIRST_ROWS, length), dtype=numpy.float32)
        self._keys: list[Any] = []
        self._places: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    @property
    def keys(self) -> Sequence[Any]:
        """The keys of all vectors, in no order."""
        return self._keys

    def add(self, key: object, vector: Vector) -> None:
        """Add a vector with a new key; one whose length is not 1 is nearest to nothing.

        A damaged store may have such vectors, which would be nearest to everything.
        """
        wide = vector.astype("float64")
        if not abs(float(wide @ wide) - 1) < _TOLERANCE:
            vector = vector.copy()
            vector.fill(0)
        count = len(self._keys)
        if count == len(self._rows):
            larger = type(self._rows)((2 * count, self._rows.shape[1]), dtype=self._rows.dtype)
            larger[:count] = self._rows
            self._rows = larger
        self._rows[count] = vector
        self._places[key] = count
        self._keys.append(key)

    def remove(self, key: object) -> None:
        """Remove a vector, if there is one with this key."""
        place = self._places.pop(key, None)
        if place is None:
            return
        last = self._keys.pop()
        if last != key:
            # The last one takes its place.
            self._rows[place] = self._rows[len(self._keys)]
            self._keys[place] = last
            self._places[last] = place

    def nearest(self, vector: Vector) -> tuple[Any, float] | None:
        """Return the key of the most similar vector, and the cosine of the angle between them."""
        if not self._keys:
            return None
        scores = self._rows[: len(self._keys)] @ vector
        place = int(scores.argmax())
        return self._keys[place], float(scores[place])
