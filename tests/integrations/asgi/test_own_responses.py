"""Each key of a server has its own stored responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest

from tests.support.servers.serving import served
from trunkline import Client, MemoryStore
from trunkline.integrations.asgi import app
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
KEYS = {"a": "sk-of-team-a", "b": "sk-of-team-b"}

ABOUT: list[Callable[[openai.OpenAI, str], object]] = [
    lambda client, given: client.responses.retrieve(given),
    lambda client, given: client.responses.cancel(given),
    lambda client, given: client.responses.input_items.list(given),
    lambda client, given: client.responses.create(
        model=MODEL, input="Go on.", previous_response_id=given
    ),
]


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider(["Hello, Ada!", "Your name is Ada."])


@pytest.fixture
def address(fake: FakeProvider) -> Iterator[str]:
    client = Client(adapter=fake, response_store=MemoryStore())
    with served(app(client, keys=KEYS)) as url:
        yield f"{url}/v1"


def client_with(key: str, address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=address, api_key=KEYS[key], max_retries=0)


def test_a_conversation_goes_on_with_its_key(address: str, fake: FakeProvider) -> None:
    with client_with("a", address) as own:
        first = own.responses.create(model=MODEL, input="My name is Ada.")
        second = own.responses.create(model=MODEL, input="My name?", previous_response_id=first.id)
        assert own.responses.retrieve(second.id).output_text == "Your name is Ada."
        head = {"authorization": f"Bearer {KEYS['a']}"}
        assert httpx.head(f"{address}/responses/{second.id}", headers=head).status_code == 200
    assert len(fake.requests[1].messages) == 3


@pytest.mark.parametrize("ask", ABOUT)
def test_another_key_does_not_find_it(
    ask: Callable[[openai.OpenAI, str], object], address: str, fake: FakeProvider
) -> None:
    """Nor would its provider, which knows only the server's key."""
    with client_with("a", address) as own, client_with("b", address) as other:
        first = own.responses.create(model=MODEL, input="My name is Ada.")
        errors: list[Any] = []
        for given in (first.id, "resp_that_never_was"):
            with pytest.raises(openai.NotFoundError) as caught:
                ask(other, given)
            errors.append(str(caught.value).replace(given, ""))
    assert errors[0] == errors[1]
    assert len(fake.requests) == 1
