"""What a call cost behind a gateway: unknown, which is told once, or that of a named model."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES, USAGE, good
from tests.support.chain.callbacks import KEY, MODEL, ask
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Budget,
    Cache,
    Client,
    Cost,
    MemoryStore,
    PromptLog,
    Router,
    default_middlewares,
)
from trunkline.middlewares.cost import _warn  # pyright: ignore[reportPrivateUsage]  # what it told

pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")

GPT_4O = (USAGE["prompt_tokens"] * 2.5 + USAGE["completion_tokens"] * 10) * 1e-6


@pytest.fixture(autouse=True)
def told_nothing() -> None:
    _warn.cache_clear()


def test_a_cost_that_is_not_known_is_told_once(
    world: World, mode: str, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[Cost()])
    with caplog.at_level(logging.WARNING, "trunkline"):
        answers = [ask(world, client, mode, server) for _ in range(3)]
        assert caplog.records == []  # nobody has asked for it
        assert [answer.cost for answer in answers] == [None] * 3
    (record,) = caplog.records
    assert record.message.startswith(f"{MODEL}: the cost is unknown (None), which does not mean 0")
    assert 'model_info={"base_model": "provider/model"}' in record.message


def test_layers_that_record_a_cost_do_not_warn(
    server: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Nobody has asked for the cost; only a budget cannot work without it."""
    server.reply(good("plain"))
    log = PromptLog(tmp_path / "log.db")
    chain = default_middlewares(cache=Cache(MemoryStore()))
    with caplog.at_level(logging.DEBUG, "trunkline"), Client([log, *chain]) as client:
        response = ask(World("sync"), client, "plain", server)
        assert response._hidden_params["response_cost"] is None  # pyright: ignore[reportPrivateUsage]  # users of litellm read it
        log.close()
        response._repr_html_()  # pyright: ignore[reportPrivateUsage]  # notebooks call it
    assert [record.levelname for record in caplog.records if "unknown" in record.message] == [
        "DEBUG"
    ]
    caplog.clear()
    with Client([Budget(1.0), Cost()]) as client:
        ask(World("sync"), client, "plain", server)
    (record,) = caplog.records
    assert record.message.startswith(f"{MODEL}: cost unknown, so the budget does not count it")


@pytest.mark.parametrize("name", ["openai/gpt-4o", "gpt-4o"])
def test_a_named_model(
    world: World, mode: str, server: Server, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[Cost()])
    with caplog.at_level(logging.WARNING, "trunkline"):
        answer = ask(world, client, mode, server, model_info={"base_model": name, "id": "x"})
        assert answer.cost == pytest.approx(GPT_4O)
    assert caplog.records == []
    assert "model_info" not in server.seen[0].json


def test_prices_of_a_call_take_precedence(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    prices = {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
    info = {"base_model": "openai/gpt-4o"}
    answer = ask(world, Client(middlewares=[Cost()]), mode, server, model_info=info, **prices)
    assert answer.cost == 0


def test_a_deployment_of_a_router(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    params = {"model": MODEL, "base_url": server.url, "api_key": KEY}
    info = {"base_model": "openai/gpt-4o"}
    router = Router([{"model_name": "mine", "litellm_params": params, "model_info": info}])
    answer = world.answer(router, mode, "mine", MESSAGES)
    assert answer.cost == pytest.approx(GPT_4O)


@pytest.mark.parametrize("wrong", ["openai/gpt-4o", {"base_model": 5}])
def test_a_wrong_name(world: World, mode: str, server: Server, wrong: Any) -> None:
    with pytest.raises(BadRequestError, match=r"model_info.*expected"):
        ask(world, Client(middlewares=[Cost()]), mode, server, model_info=wrong)
    assert server.seen == []
