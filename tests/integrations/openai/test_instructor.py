"""instructor over trunkline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

from tests.integrations import sdk, weather
from tests.support.answers import failing
from tests.support.server import Answer, Server

instructor: Any = pytest.importorskip("instructor", reason="instructor is not installed")

pytestmark = sdk.DROPPED_GENERATORS


class City(BaseModel):
    name: str
    people: int


TOKYO = {"name": "Tokyo", "people": 37000000}
QUESTION: list[Any] = [{"role": "user", "content": "Which city is the largest?"}]


def script(mode: str) -> list[Answer]:
    """OpenAI is down, Claude first answers something that does not fit, then what does."""
    wrong = {"name": "Tokyo", "people": "many"}
    return [
        failing(503),
        weather.claude_calls(mode, "City", wrong),
        weather.claude_calls(mode, "City", TOKYO),
    ]


def check(server: Server) -> None:
    paths = [seen.path for seen in server.seen]
    assert paths == ["/v1/chat/completions", "/v1/messages", "/v1/messages"]
    assert server.seen[1].json["tools"][0]["name"] == "City"
    assert "people" in str(server.seen[2].json["messages"])


def test_what_does_not_fit_is_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(*script("plain"))
    own = weather.arguments()
    with own["client"], sdk.blocking(**own) as client:
        city = instructor.from_openai(client).chat.completions.create(
            model=weather.ASKED, messages=QUESTION, response_model=City, max_retries=1
        )
    assert city.model_dump() == TOKYO
    check(server)


def test_the_same_awaited(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(*script("plain"))

    async def main() -> Any:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            return await instructor.from_openai(client).chat.completions.create(
                model=weather.ASKED, messages=QUESTION, response_model=City, max_retries=1
            )

    assert asyncio.run(main()).model_dump() == TOKYO
    check(server)


def test_a_partial_object_grows(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(failing(503), weather.claude_calls("stream", "City", TOKYO))
    own = weather.arguments()
    with own["client"], sdk.blocking(**own) as client:
        grown = list(
            instructor.from_openai(client).chat.completions.create_partial(
                model=weather.ASKED, messages=QUESTION, response_model=City
            )
        )
    assert grown[-1].model_dump() == TOKYO
    assert len(server.seen) == 2
