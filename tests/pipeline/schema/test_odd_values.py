"""Views, copies and JSON text of responses that contain values of odd types or depth."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.answers import MESSAGES, completion_body
from tests.support.server import Server, answer_json
from trunkline import BadRequestError, Client, Function, Message, ModelResponse, ToolCall, Usage
from trunkline.pipeline.json_values import JSON, as_array, as_object
from trunkline.pipeline.schema.nesting import encode_json

MODEL = "openai/gpt-4o"


def nested(depth: int) -> JSON:
    """Return dictionaries and lists inside each other, with a number at the bottom."""
    value: Any = 1
    for level in range(depth):
        value = {"a": value, "b": None} if level % 2 else [value]
    return {"top": value}


def depth_of(value: Any) -> int:
    depth = 0
    while inner := [*(as_object(value) or {}).values(), *(as_array(value) or ())]:
        value = inner[0]
        depth += 1
    return depth


def draw(response: ModelResponse) -> str:
    drawn = getattr(response, "_repr_html_")()  # noqa: B009  # as IPython calls it
    assert isinstance(drawn, str)
    return drawn


def fetch(server: Server, body: JSON) -> ModelResponse:
    server.reply(answer_json(body))
    with Client() as client:
        return client.completion(MODEL, MESSAGES, base_url=server.url, api_key="k")


DEEP: dict[str, Callable[[JSON], JSON]] = {
    "an undeclared field": lambda deep: {**completion_body(), "extra": deep},
    "a field of the message": lambda deep: completion_body(provider_specific_fields=deep),
    "an undeclared field of the message": lambda deep: completion_body(extra=deep),
    "citations": lambda deep: {**completion_body(), "citations": [deep]},
}


@pytest.mark.parametrize("place", DEEP)
def test_deep_values_can_be_viewed_dumped_and_copied(place: str, server: Server) -> None:
    response = fetch(server, DEEP[place](nested(900)))
    assert repr(response)
    assert draw(response)
    text = response.model_dump_json()
    assert text.count('"a"') == 450
    assert response.model_dump_json(indent=2).count('"a"') == 450
    for copied in (pickle.loads(pickle.dumps(response)), copy.deepcopy(response)):
        assert copied.model_dump_json() == text
    assert ModelResponse.model_validate(response.model_dump()).choices[0].message.content


def test_a_dump_is_a_copy_however_deep_it_is(server: Server) -> None:
    response = fetch(server, {**completion_body(), "extra": nested(901)})
    dumped = response.model_dump()
    assert depth_of(dumped["extra"]) == depth_of(response["extra"]) == 902
    dumped["extra"]["top"][0]["a"] = 5
    assert response["extra"]["top"][0]["a"] != 5


def test_a_deep_message_is_rejected_by_name() -> None:
    message = {"role": "user", "content": "Hi", "extra": nested(20_000)}
    with Client() as client, pytest.raises(BadRequestError, match="messages: nested too deeply"):
        client.completion(MODEL, [message], mock_response="Hi")


def test_deep_text_is_the_same_json() -> None:
    deep, shallow = encode_json(nested(2001)), encode_json(nested(21))
    assert deep[:60] == shallow[:60]
    assert deep[-30:] == shallow[-30:]
    assert len(deep) - len(shallow) == 990 * (len(encode_json(nested(23))) - len(shallow))
    assert encode_json({"x": [], "y": [1, "\u00e9", None], "z": nested(3)}) == (
        '{"x":[],"y":[1,"\u00e9",null],"z":{"top":[{"a":[1],"b":null}]}}'.encode()
    )


@pytest.mark.parametrize("index", [-5, 10**12])
def test_an_odd_index_of_a_choice(index: int, server: Server) -> None:
    body = completion_body(extra="kept")
    body["choices"][0]["index"] = index
    response = fetch(server, body)
    assert '"extra":"kept"' in response.model_dump_json()
    assert response.choices[0].message.extra == "kept"


ODD_USAGE: list[JSON] = [
    {"cost": [1]},
    {"cost": {"total_cost": ["x"]}},
    {"cost": 10**400},
    {"cost_in_usd_ticks": 10**400},
    {"service_tier": [{}]},
    {"inference_geo": ["x"]},
    {"cache_creation": {"ephemeral_1h_input_tokens": [0]}},
    {"completion_tokens_details": {"thinking_tokens": ["x"]}},
]


@pytest.mark.parametrize("usage", ODD_USAGE)
def test_the_cost_of_odd_usage_does_not_raise(usage: JSON, server: Server) -> None:
    body = completion_body()
    response = fetch(server, {**body, "usage": {**body["usage"], **usage}})
    assert response.cost is None or response.cost >= 0
    assert draw(response)


def test_a_drawing_shows_values_of_wrong_types() -> None:
    odd: Any = ["x"]
    response = ModelResponse(usage=Usage(prompt_tokens=odd, completion_tokens=odd))
    message = Message(content=odd, tool_calls=[ToolCall(function=Function(name=odd))])
    response.choices = [ModelResponse.model_validate(completion_body()).choices[0]]
    response.choices[0].message = message
    response.choices[0].finish_reason = odd
    assert "x" in draw(response)
