"""A batch over a Dask cluster of several processes, which share cache, limits and cooldowns."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from functools import partial
from threading import Condition
from typing import Any

import pytest

from tests.support.answers import TEXT, completion_body, failing, good
from tests.support.chain.batch_clients import make_client
from tests.support.chain.shared_clients import make_cached_client, make_limited_client, make_router
from tests.support.server import Answer, Server, answer_json
from tests.support.servers.redis_server import connect, redis_server
from trunkline import Client, ModelResponse, batch_completion

distributed: Any = pytest.importorskip(
    "distributed", reason="Dask is not installed: pip install 'dask[distributed]'"
)
pytest.importorskip("redis", reason="the extra `redis` is not installed")

WORKERS = 2
THREADS = 4
ENOUGH = 120


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A Dask client of a real cluster on this machine."""
    with (
        distributed.LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=THREADS,
            processes=True,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
            silence_logs=logging.CRITICAL,
        ) as local,
        distributed.Client(local) as client,
    ):
        client.wait_for_workers(WORKERS)
        yield client


@pytest.fixture(scope="module")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(redis_address: str) -> str:
    """An empty Redis."""
    with connect(redis_address) as client:
        client.flushall()
        client.config_resetstat()
    return redis_address


def pinned(cluster: Any) -> list[Any]:
    """Executors, each of one worker process."""
    addresses = sorted(cluster.scheduler_info()["workers"])
    assert len(addresses) == WORKERS
    return [cluster.get_executor(workers=[address]) for address in addresses]


def ask(server: Server | None, texts: list[str], **more: Any) -> list[ModelResponse]:
    """Ask each text; none of them may fail."""
    key = "sk-example-12345678"
    address: dict[str, Any] = {"base_url": server.url, "api_key": key} if server else {}
    answers = batch_completion(
        more.pop("model", "openai/m"),
        [[{"role": "user", "content": each}] for each in texts],
        **address,
        **more,
    )
    found = [each for each in answers if isinstance(each, ModelResponse)]
    assert len(found) == len(answers), answers
    return found


def processes(answers: list[ModelResponse]) -> set[int]:
    return {answer.call.metadata["process"] for answer in answers}


class Gate(Server):
    """Holds answers until `opens` says so, and remembers how many it held at most."""

    def __init__(self, opens: Any) -> None:
        self.most = 0
        self._here = 0
        self._opens = opens
        self._changed = Condition()
        super().__init__()

    def _send(self, connection: socket.socket, answer: Answer) -> bool:
        with self._changed:
            self._here += 1
            self.most = max(self.most, self._here)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self.most >= 2, ENOUGH)
        self._opens()
        with self._changed:
            # Before the client hears of it, so that none counts who came because this one left.
            self._here -= 1
        return super()._send(connection, answer)


def test_each_call_is_made(cluster: Any, server: Server) -> None:
    server.reply(answer_json(completion_body()))
    answers = ask(
        server, ["the same"] * 6, executor=cluster.get_executor(), make_client=make_client
    )
    assert len(server.seen) == 6
    assert [answer.choices[0].message.content for answer in answers] == [TEXT] * 6


def test_a_function_of_a_notebook_makes_one_client_a_process(cluster: Any, server: Server) -> None:
    def make() -> Client:
        return make_client()

    server.reply(answer_json(completion_body()))
    answers = ask(server, list("abcdefghij"), executor=cluster.get_executor(), make_client=make)
    made = {(each.call.metadata["process"], each.call.metadata["clients"]) for each in answers}
    assert len(made) == len(processes(answers))


def test_the_cache_is_shared(cluster: Any, server: Server, redis_url: str) -> None:
    server.reply(answer_json(completion_body()))
    make = partial(make_cached_client, redis_url)
    first, second = pinned(cluster)
    asked = ask(server, ["a"], executor=first, make_client=make)
    again = ask(server, ["a"] * 10, executor=second, make_client=make)
    assert processes(asked).isdisjoint(processes(again))
    assert [answer.call.cache_hit for answer in again] == [True] * 10
    assert len(server.seen) == 1
    ask(server, ["a", "b", "c"], executor=first, make_client=make)
    ask(server, ["c", "a", "b"], executor=cluster.get_executor(), make_client=make)
    assert len(server.seen) == 3


def test_a_broken_off_batch_is_resumed(cluster: Any, server: Server, redis_url: str) -> None:
    server.reply(answer_json(completion_body()))
    make = partial(make_cached_client, redis_url)
    ask(server, list("abc"), executor=cluster.get_executor(), make_client=make)
    ask(server, list("abcdef"), executor=cluster.get_executor(), make_client=make)
    assert sorted(seen.json["messages"][0]["content"] for seen in server.seen) == list("abcdef")


def test_a_limit_holds_for_all_processes(cluster: Any, redis_url: str) -> None:
    def reads(redis: Any) -> int:
        calls: int = redis.info("commandstats").get("cmdstat_zcount", {"calls": 0})["calls"]
        return calls

    def others_were_refused() -> None:
        # Only who got no place reads the load: each of the six has done so several times.
        with connect(redis_url) as redis:
            while server.most <= 2 and reads(redis) < 40:
                pass

    server = Gate(others_were_refused)
    try:
        server.reply(good("plain"))
        answers = ask(
            server,
            list("abcdefgh"),
            max_workers=WORKERS * THREADS,
            executor=cluster.get_executor(),
            make_client=partial(make_limited_client, redis_url, 2),
        )
    finally:
        server.close()
    assert len(server.seen) == 8
    assert len(processes(answers)) == WORKERS
    assert server.most == 2


def test_a_cooldown_holds_for_all_processes(cluster: Any, redis_url: str, server: Server) -> None:
    server.reply(good("plain"))
    down = Server().reply(failing(500))
    try:
        make = partial(make_router, redis_url, [down.url, server.url])
        first, second = pinned(cluster)
        [answer] = ask(None, ["a"], model="chat", executor=first, make_client=make)
        assert [attempt.status_code for attempt in answer.call.tried] == [500]
        others = ask(None, list("bcdefghijk"), model="chat", executor=second, make_client=make)
    finally:
        down.close()
    assert processes([answer]).isdisjoint(processes(others))
    assert len(down.seen) == 1
    assert len(server.seen) == 11
