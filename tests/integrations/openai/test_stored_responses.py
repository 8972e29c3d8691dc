"""The SDK's calls about responses that `response_store` keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from tests.integrations import sdk
from tests.support.worlds import World
from trunkline import Client, MemoryStore
from trunkline.testing import FakeProvider

pytestmark = sdk.DROPPED_GENERATORS

STORED: list[Callable[[Any], object]] = [
    lambda client: client.responses.retrieve("resp_1"),
    lambda client: client.responses.cancel("resp_1"),
    lambda client: client.responses.input_items.list("resp_1"),
]


def keeping(*script: Any) -> Client:
    """Return a client whose provider answers these, and which stores responses."""
    return Client(adapter=FakeProvider(list(script)), response_store=MemoryStore())


def test_a_conversation_goes_on_and_is_read_again(world: World) -> None:
    client = keeping("Hello, Ada!", "Your name is Ada.")
    first = sdk.respond(world, client, input="My name is Ada.")
    second = sdk.respond(world, client, input="My name?", previous_response_id=first.id)
    assert second.output_text == "Your name is Ada."
    again = sdk.call(world, client, lambda caller: caller.responses.retrieve(second.id))
    assert again == second

    def list_items(caller: Any) -> Any:
        listed = caller.responses.input_items.list(second.id, order="asc", limit=2)
        return list(listed) if world.blocking else read(listed)

    async def read(listed: Any) -> list[Any]:
        return [item async for item in listed]

    items = sdk.call(world, client, list_items)
    assert [item.role for item in items] == ["user", "assistant", "user"]
    assert len({item.id for item in items}) == 3


def test_the_newest_item_comes_first() -> None:
    client = keeping("Hello.")
    items: Any = [{"role": "user", "content": text} for text in ("one", "two", "three")]
    response = sdk.respond(World("sync"), client, input=items)
    with sdk.blocking(client) as caller:
        page = caller.responses.input_items.list(response.id, limit=2)
        assert (texts_of(page), page.has_more) == (["three", "two"], True)
        assert texts_of(page.get_next_page()) == ["one"]
        with pytest.raises(openai.BadRequestError, match="limit: expected 1 to 100, got '0'"):
            caller.responses.input_items.list(response.id, limit=0)


def texts_of(page: Any) -> list[str]:
    return [item.content[0].text for item in page.data]


def test_a_stored_response_is_complete() -> None:
    client = keeping("Hello.")
    response = sdk.respond(World("sync"), client)
    with sdk.blocking(client) as caller:
        with pytest.raises(openai.BadRequestError, match="complete and cannot be cancelled"):
            caller.responses.cancel(response.id)
        with pytest.raises(openai.BadRequestError, match="retrieve it without stream"):
            caller.responses.retrieve(response.id, stream=True)
        with pytest.raises(openai.NotFoundError, match="supports only GET /responses/"):
            caller.responses.delete(response.id)


@pytest.mark.parametrize("ask", STORED)
def test_an_id_that_is_not_stored(ask: Callable[[Any], object]) -> None:
    with (
        sdk.blocking(keeping()) as client,
        pytest.raises(openai.NotFoundError, match="'resp_1' not found"),
    ):
        ask(client)


@pytest.mark.parametrize("ask", STORED)
def test_without_a_store_there_are_none(ask: Callable[[Any], object]) -> None:
    with (
        sdk.blocking(FakeProvider().client()) as client,
        pytest.raises(openai.NotFoundError, match=r"Client\(response_store=\.\.\.\)") as caught,
    ):
        ask(client)
    assert caught.value.code == "response_not_found"
