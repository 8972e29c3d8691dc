"""What an event with a piece of text may cost on each wire, in calls of functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.counted import count_calls
from tests.support.server import Answer, Server
from trunkline import Client
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.pipeline.engines import Engine

pytest.importorskip("benchmarks.servers.wire_bodies", reason="the benchmarks are not here")

from benchmarks.responses import response_events
from benchmarks.servers.bodies import events
from benchmarks.servers.wire_bodies import anthropic_events, bedrock_events, gemini_events

Events = Callable[[int], list[bytes]]


@pytest.mark.parametrize(
    ("provider", "wire", "decoder", "written", "most"),
    [
        ("openai", "openai", "Decoder", events, 2),
        ("anthropic", "anthropic", "Decoder", anthropic_events, 11),
        ("gemini", "gemini", "Decoder", gemini_events, 16),
        ("bedrock", "bedrock", "Decoder", bedrock_events, 17),
        ("openai", "responses", "Decoder", response_events, 6),
        ("openai", "responses", "NativeDecoder", response_events, 7),
    ],
)
def test_calls_of_an_event(
    provider: str, wire: str, decoder: str, written: Events, most: int
) -> None:
    make: Any = getattr(load_wire(wire), decoder)

    def read(count: int) -> int:
        body = b"".join(written(count))
        reader = make(find_provider(provider), {})
        reader.feed(b"")
        return count_calls(lambda: reader.feed(body))

    read(1)
    assert (read(300) - read(100)) / 200 <= most


def test_calls_of_an_event_of_responses(engine: Engine, server: Server) -> None:
    def least(count: int) -> int:
        pieces = [b"".join(response_events(count))]
        server.reply(Answer(headers={"content-type": "text/event-stream"}, pieces=pieces))
        with Client(engine=engine) as client:
            ask = partial(client.responses, "openai/responses/gpt-5.4", "Hi", base_url=server.url)
            return min(
                count_calls(lambda: list(ask(api_key="sk-0123456789", stream=True)))
                for _ in range(5)
            )

    assert (least(300) - least(100)) / 200 <= 32
