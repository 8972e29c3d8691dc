"""Calls to stores, and calls that use them as a cache."""

from __future__ import annotations

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import Client
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.stores.store import Store
from trunkline.pipeline.sync import drive
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
EVERY_BYTE = bytes(range(256)) * 4


def get(store: Store, key: str) -> bytes | None:
    return drive(store.get(key))


def put(store: Store, key: str, value: bytes, ttl: float | None = None) -> None:
    drive(store.set(key, value, ttl))


def ask(client: Client, world: World, mode: str = "plain") -> str | None:
    return world.answer(client, mode, MODEL, MESSAGES).choices[0].message.content


async def answer(client: Client, mode: str) -> str | None:
    if mode == "plain":
        response = await client.acompletion(MODEL, MESSAGES)
    else:
        stream = await client.acompletion(MODEL, MESSAGES, stream=True)
        _ = [chunk async for chunk in stream]
        response = stream.response
    return response.choices[0].message.content


def caching(store: Store) -> Client:
    """Return a client with a cache; every response of its provider has a different text."""
    fake = FakeProvider([f"answer {number}" for number in range(1, 20)])
    return fake.client([Cache(store)])
