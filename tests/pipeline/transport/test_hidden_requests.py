"""A request that cannot be sent in time shows its headers in no frame of the traceback."""

from __future__ import annotations

import time

import pytest

from tests.pipeline.call.test_concealed import arguments, leaks_of
from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client, Timeout

pytestmark = pytest.mark.usefixtures("engine")

LOOKS = 12


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_limit_that_passes_at_any_look(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Timeout] = []
    for number in range(LOOKS):
        looks = [0.0] * number

        def now(left: list[float] = looks) -> float:
            return time.monotonic() + (left.pop() if left else 1000.0)

        server.reply(good("plain"))
        with monkeypatch.context() as patch:
            patch.setattr("trunkline.pipeline.transport.limits.monotonic", now)
            try:
                world.complete(
                    Client(),
                    "openai/gpt-4o",
                    MESSAGES,
                    timeout={"total": 500.0},
                    **arguments(server),
                )
            except Timeout as error:
                errors.append(error)
    assert any(error.phase == "first_event" for error in errors)
    assert not [leak for error in errors for leak in leaks_of(error)]
