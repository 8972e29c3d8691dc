"""Odd values in random places of responses: each call ends in a sound response or an APIError.

`python -m benchmarks.mutations` checks as many of them as you like.
"""

from __future__ import annotations

import pytest

from tests.support.recorded.mutated_recordings import CALLED, faults

COUNT = 300
BATCHES = 4


# Recordings of older models hold `function_call`, which goes back as it came.
@pytest.mark.filterwarnings("ignore:functions, function_call and messages:DeprecationWarning")
@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("seed", range(BATCHES))
@pytest.mark.parametrize("wire", CALLED)
def test_mutated_recordings(wire: str, seed: int) -> None:
    found = list(faults(wire, COUNT // BATCHES, seed))
    assert not found, "\n".join(f"{name}: {body!r}\n{why}" for name, body, why in found)
