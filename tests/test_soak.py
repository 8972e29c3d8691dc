"""The short form of `python -m benchmarks.soak`: it counts, and never measures time."""

from __future__ import annotations

import os

import pytest

from trunkline.pipeline.engines import EngineName

pytest.importorskip("benchmarks.chaos", reason="the benchmarks are not here")

from benchmarks.chaos import Chaos, run_apart
from benchmarks.endurance.chaos_plan import World
from benchmarks.servers.redis_process import RedisProcess

CALLS = 90
#: Seconds that a call waits for a server that stalls; a busy machine only makes more calls fail.
PATIENCE = 0.2


@pytest.mark.parametrize("engine", ["h11", "httptools"])
@pytest.mark.parametrize("world", ["sync", "asyncio", "trio"])
def test_chaos(world: World, engine: EngineName) -> None:
    run = run_apart(Chaos(world, engine, CALLS, at_once=45, seed=1, patience=PATIENCE))
    assert not run.faults, "\n".join(run.faults)
    assert sum(run.endings.values()) == CALLS
    assert min(run.endings[ending] for ending in ("answered", "failed", "left")) > 0


@pytest.mark.parametrize("world", ["sync", "asyncio", "trio"])
def test_chaos_with_a_redis_that_is_killed(world: World) -> None:
    if not RedisProcess.is_installed():
        reason = "redis-server is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, but required in CI")
        pytest.skip(reason)
    chaos = Chaos(world, "h11", CALLS, at_once=45, seed=2, patience=PATIENCE, redis=True)
    run = run_apart(chaos)
    assert not run.faults, "\n".join(run.faults)
    assert sum(run.endings.values()) == CALLS
