"""The models that the OpenAI SDK lists through trunkline, and what else it may ask for."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.integrations import sdk
from tests.support.worlds import World
from trunkline import Client, Router, list_providers


def test_every_provider_is_listed(world: World) -> None:
    def read(client: Any) -> Any:
        return list(client.models.list()) if world.blocking else _read(client)

    models = sdk.call(world, Client(), read)
    assert [model.id for model in models] == [f"{row.name}/*" for row in list_providers()]
    assert all(model.object == "model" and model.owned_by for model in models)


async def _read(client: Any) -> list[Any]:
    return [model async for model in client.models.list()]


@pytest.mark.usefixtures("provider_keys")
def test_names_of_ones_own_come_first() -> None:
    client = Client(model_alias_map={"fast": "groq/llama-3.3-70b-versatile"})
    with sdk.blocking(client) as caller:
        assert next(iter(caller.models.list())).id == "fast"
        assert caller.models.retrieve("fast").owned_by == "trunkline"
    router = Router([{"model_name": "chat", "litellm_params": {"model": "openai/gpt-4o"}}])
    with sdk.blocking(router) as caller:
        assert next(iter(caller.models.list())).id == "chat"


@pytest.mark.parametrize(
    ("name", "owner"),
    [("anthropic/claude-sonnet-4-5", "anthropic"), ("gpt-4o", "openai"), ("groq/a/b", "groq")],
)
def test_a_model_is_looked_up(name: str, owner: str) -> None:
    with sdk.blocking() as client:
        model = client.models.retrieve(name)
    assert (model.id, model.owned_by) == (name, owner)


def test_a_model_of_nobody_is_not_found() -> None:
    with (
        sdk.blocking() as client,
        pytest.raises(openai.NotFoundError, match="unknown provider 'nobody'") as caught,
    ):
        client.models.retrieve("nobody/model")
    assert caught.value.code == "model_not_found"


def test_what_is_not_there_is_said_with_what_is(world: World) -> None:
    with pytest.raises(openai.NotFoundError, match="POST /chat/completions, POST /resp") as caught:
        sdk.call(world, Client(), lambda client: client.embeddings.create(model="a/b", input="c"))
    assert "/v1/embeddings" in str(caught.value)
    assert caught.value.code == "unknown_url"
    assert caught.value.response.headers["x-should-retry"] == "false"
