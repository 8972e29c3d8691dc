"""A call with both `thinking` and `reasoning_effort`, as OpenHands makes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.weather import claude_says
from tests.support.answers import MESSAGES, completion_body
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed

THINKING = {"type": "enabled", "budget_tokens": 2000}
BOTH = {"thinking": THINKING, "reasoning_effort": "high", "max_tokens": 4000}


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def to(server: Server) -> dict[str, Any]:
    server.reply(claude_says("plain", "Hello!"))
    return {"api_base": server.url, "api_key": "sk-test"}


def test_a_budget_takes_precedence_over_an_effort(
    litellm: Any, server: Server, world: World
) -> None:
    given = {"model": "anthropic/claude-sonnet-4-5", "messages": MESSAGES, **BOTH, **to(server)}
    if world.blocking:
        litellm.completion(**given)
    else:
        world.run(lambda: litellm.acompletion(**given))
    [request] = server.seen
    assert request.json["thinking"] == THINKING
    assert "output_config" not in request.json


def test_a_model_that_takes_both_gets_both(litellm: Any, server: Server) -> None:
    given = {**BOTH, "thinking": {"type": "adaptive"}, **to(server)}
    litellm.completion("anthropic/claude-opus-4-6", MESSAGES, **given)
    [request] = server.seen
    assert request.json["thinking"] == {"type": "adaptive"}
    assert request.json["output_config"] == {"effort": "high"}


def test_a_provider_that_is_an_argument(litellm: Any, server: Server) -> None:
    given = {"custom_llm_provider": "anthropic", **BOTH, **to(server)}
    litellm.completion("claude-sonnet-4-5", MESSAGES, **given)
    [request] = server.seen
    assert request.json["thinking"] == THINKING


def test_a_gateway_is_sent_both(litellm: Any, server: Server) -> None:
    server.reply(answer_json(completion_body("Hello!")))
    given = {**BOTH, "api_base": f"{server.url}/v1", "api_key": "sk-test"}
    litellm.completion("litellm_proxy/claude-sonnet-4-5", MESSAGES, **given)
    [request] = server.seen
    assert request.json["thinking"] == THINKING
    assert request.json["reasoning_effort"] == "high"


@pytest.mark.parametrize("name", ["thinker", "alias"])
def test_a_group_of_a_router_and_its_alias(litellm: Any, server: Server, name: str) -> None:
    params = {"model": "anthropic/claude-sonnet-4-5", **to(server)}
    router = litellm.Router(
        model_list=[{"model_name": "thinker", "litellm_params": params}],
        model_group_alias={"alias": "thinker"},
    )
    router.completion(name, MESSAGES, **BOTH)
    [request] = server.seen
    assert request.json["thinking"] == THINKING


def test_a_batch(litellm: Any, server: Server) -> None:
    given = {**BOTH, **to(server)}
    [response] = litellm.batch_completion("anthropic/claude-sonnet-4-5", [MESSAGES], **given)
    assert response.choices[0].message.content == "Hello!"
    [request] = server.seen
    assert request.json["thinking"] == THINKING
