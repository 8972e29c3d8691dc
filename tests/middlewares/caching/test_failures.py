"""Stores that fail, and values that cannot be cached."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import msgspec
import pytest

from tests.support.answers import MESSAGES, completion_body
from tests.support.chain.caching import MODEL, Ledger, numbered, text
from tests.support.worlds import World
from trunkline import Handler, ModelResponse, Reply, Request, SuspendedError
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.caching.entry import decode_entry, encode_entry
from trunkline.middlewares.stores.memory import MemoryStore
from trunkline.middlewares.stores.store import Store


class Broken:
    """A store in trouble."""

    def __init__(
        self, *, get: Exception | bytes | None = None, set: Exception | None = None
    ) -> None:
        self._get = get
        self._set = set

    async def get(self, key: str) -> bytes | None:
        if isinstance(self._get, Exception):
            raise self._get
        return self._get

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        if self._set is not None:
            raise self._set


class TestTrouble:
    def warnings(self, store: Store, world: World, mode: str, caplog: Any) -> list[str]:
        fake = numbered()
        client = fake.client([Cache(store)])
        for number in (1, 2, 3):
            assert text(world.answer(client, mode, MODEL, MESSAGES)) == f"answer {number}"
        assert all(record.levelno == logging.WARNING for record in caplog.records)
        assert all(record.name == "trunkline" for record in caplog.records)
        return [record.getMessage() for record in caplog.records]

    def test_a_store_that_is_down(self, world: World, mode: str, caplog: Any) -> None:
        down = Broken(get=ConnectionError("redis://:hunter2@host"), set=TimeoutError("hunter2"))
        said = self.warnings(down, world, mode, caplog)
        assert said == [
            "cannot read from the cache: ConnectionError (logged only once)",
            "cannot write to the cache: TimeoutError (logged only once)",
        ]
        assert "hunter2" not in caplog.text

    @pytest.mark.parametrize(
        "rubbish",
        [b"", b"\xc1rubbish", b"cos\nsystem\n(S'x'\ntR.", msgspec.msgpack.encode({"body": b"{}"})],
    )
    def test_rubbish(self, rubbish: bytes, world: World, mode: str, caplog: Any) -> None:
        [said] = self.warnings(Broken(get=rubbish), world, mode, caplog)
        assert said.startswith("the cache contains invalid data: ")

    def test_every_cut_of_an_entry_is_rubbish(self) -> None:
        data = encode_entry(msgspec.convert(completion_body(), ModelResponse))
        assert decode_entry(data)[1].choices
        for end in range(len(data)):
            with pytest.raises(msgspec.DecodeError):
                decode_entry(data[:end])

    def test_an_answer_that_is_no_data(self, world: World, mode: str, caplog: Any) -> None:
        async def add(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            if isinstance(reply, ModelResponse):
                reply["score"] = object()
                return reply

            def change(chunk: Any) -> Any:
                chunk.provider_specific_fields = {"score": object()}
                return chunk

            return reply.map(change)

        client = numbered().client([Cache(MemoryStore()), add])
        for number in (1, 2):
            assert text(world.answer(client, mode, MODEL, MESSAGES)) == f"answer {number}"
        [record] = caplog.records
        assert record.getMessage() == "cannot cache a response: TypeError (logged only once)"

    def test_a_request_that_is_no_data(self, world: World, mode: str, caplog: Any) -> None:
        client = numbered().client([Cache(MemoryStore())])
        for number in (1, 2):
            response = world.answer(client, mode, MODEL, MESSAGES, extra_body={"x": object()})
            assert text(response) == f"answer {number}"
        [record] = caplog.records
        assert (
            record.getMessage()
            == "cannot cache a request: cannot serialize object (logged only once)"
        )

    def test_a_store_that_needs_a_loop(self, mode: str) -> None:
        class Slow:
            async def get(self, key: str) -> bytes | None:
                await asyncio.sleep(0)
                return None

            async def set(self, key: str, value: bytes, ttl: float | None) -> None:
                await asyncio.sleep(0)

        client = numbered().client([Cache(Slow())])
        remedy = r"use acompletion\(\), or a store or client that blocks"
        with pytest.raises(SuspendedError, match=remedy):
            World("sync").answer(client, mode, MODEL, MESSAGES)
        assert text(World("asyncio").answer(client, mode, MODEL, MESSAGES)) == "answer 1"

    def test_a_blocking_store_is_used_in_a_thread_that_a_call_can_leave(
        self, world: World, mode: str
    ) -> None:
        threads: set[int] = set()

        class Blocking(Ledger):
            blocking = True

            async def get(self, key: str) -> bytes | None:
                threads.add(threading.get_ident())
                return await super().get(key)

            async def set(self, key: str, value: bytes, ttl: float | None) -> None:
                threads.add(threading.get_ident())
                await super().set(key, value, ttl)

        fake = numbered()
        client = fake.client([Cache(Blocking())])
        assert [text(world.answer(client, mode, MODEL, MESSAGES)) for _ in range(2)] == [
            "answer 1"
        ] * 2
        assert threading.get_ident() not in threads
