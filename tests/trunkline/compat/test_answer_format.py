"""A class as `response_format`: litellm sends its schema, and checks responses only on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from tests.support.answers import MESSAGES, chunk_bodies, completion_body
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed

CHECK = "enable_json_schema_validation"
MODEL = "openai/gpt-4o"


class City(BaseModel):
    name: str


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def call(litellm: Any, world: World, **given: Any) -> Any:
    """Call completion() or acompletion() with a class that the mocked text does not match."""
    given = {"model": MODEL, "messages": MESSAGES, "response_format": City, **given}
    given = {"mock_response": "Hi!", **given}
    if world.blocking:
        return litellm.completion(**given)
    return world.run(lambda: litellm.acompletion(**given))


def test_text_that_does_not_match_is_returned(litellm: Any, world: World) -> None:
    assert litellm.enable_json_schema_validation is False
    assert call(litellm, world).choices[0].message.content == "Hi!"


def test_the_setting_and_the_argument_turn_the_check_on(litellm: Any, world: World) -> None:
    with pytest.raises(litellm.JSONSchemaValidationError, match="not a City"):
        call(litellm, world, **{CHECK: True})
    litellm.enable_json_schema_validation = True
    assert litellm.enable_json_schema_validation is True
    with pytest.raises(litellm.JSONSchemaValidationError, match="not a City"):
        call(litellm, world)
    matching = call(litellm, world, mock_response='{"name": "Paris"}')
    assert matching.choices[0].message.content == '{"name": "Paris"}'
    assert call(litellm, world, **{CHECK: False}).choices[0].message.content == "Hi!"


def test_a_patched_setting_is_put_back(litellm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litellm, CHECK, True)
    assert getattr(litellm, CHECK) is True
    monkeypatch.undo()
    assert getattr(litellm, CHECK) is False


def test_the_setting_ends_with_the_replacement(litellm: Any) -> None:
    litellm.enable_json_schema_validation = True
    with installed() as same:
        assert same.enable_json_schema_validation is True
    with installed() as other:
        assert other.enable_json_schema_validation is False


def test_a_router_and_a_batch_follow_the_setting(litellm: Any) -> None:
    router = litellm.Router(
        model_list=[{"model_name": "cities", "litellm_params": {"model": MODEL, "api_key": "sk"}}]
    )
    given = {"messages": MESSAGES, "response_format": City, "mock_response": "Hi!"}
    several = {**given, "model": MODEL, "messages": [MESSAGES, MESSAGES]}

    assert router.completion("cities", **given).choices[0].message.content == "Hi!"
    texts = [each.choices[0].message.content for each in litellm.batch_completion(**several)]
    assert texts == ["Hi!", "Hi!"]

    litellm.enable_json_schema_validation = True
    with pytest.raises(litellm.JSONSchemaValidationError):
        router.completion("cities", **given)
    errors = litellm.batch_completion(**several)
    assert [type(error).__name__ for error in errors] == ["JSONSchemaValidationError"] * 2


def test_the_schema_of_the_class_is_sent(litellm: Any, server: Server) -> None:
    to_server = {"api_base": f"{server.url}/v1", "api_key": "sk", "model": MODEL}
    server.reply(answer_json(completion_body("Hi!")), answer_events(chunk_bodies("Hi!")))
    litellm.completion(messages=MESSAGES, response_format=City, **to_server)
    stream = litellm.completion(messages=MESSAGES, response_format=City, stream=True, **to_server)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "Hi!"
    assert len(server.seen) == 2
    for request in server.seen:
        wanted = request.json["response_format"]
        assert wanted["type"] == "json_schema"
        assert wanted["json_schema"]["name"] == "City"
        assert wanted["json_schema"]["schema"]["required"] == ["name"]


def test_a_class_without_a_schema_is_an_error(litellm: Any) -> None:
    given = {"model": MODEL, "messages": MESSAGES, "mock_response": "Hi!"}
    with pytest.raises(litellm.BadRequestError, match="response_format: expected a dictionary"):
        litellm.completion(response_format=int, **given)
    with pytest.raises(litellm.BadRequestError, match="response_format: expected a dictionary"):
        litellm.batch_completion(**{**given, "messages": [MESSAGES]}, response_format=int)
