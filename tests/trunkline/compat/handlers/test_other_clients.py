"""Calls that do not go through the namespace reach no handler, and say how to reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import trunkline
from tests.support.answers import MESSAGES
from tests.support.worlds import World
from tests.trunkline.compat.handlers.own_llm import (
    ask,
    installed_for_handlers,
    piece,
    serve,
    text_of,
)
from trunkline import BadRequestError, Client, Router

SAID = "mine: litellm.custom_provider_map has a handler for this provider, Mine, .*trunkline.compat"


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed_for_handlers() as module:
        yield module


@pytest.mark.parametrize("stream", [False, True])
def test_a_client(litellm: Any, world: World, stream: bool) -> None:
    serve(litellm, lambda _: [piece("Hello")])
    mode = "stream" if stream else "plain"
    with pytest.raises(BadRequestError, match=SAID) as caught:
        world.answer(Client(), mode, "mine/model", MESSAGES)
    assert (caught.value.provider, caught.value.attempts) == ("mine", 0)
    assert text_of(ask(litellm, world, stream=True)) == "Hello"


CALLS: list[Callable[[], object]] = [
    lambda: trunkline.completion("mine/model", MESSAGES),
    lambda: trunkline.completion("mine/model", MESSAGES, base_url="http://localhost:1"),
    lambda: trunkline.responses("mine/model", "Hi"),
    lambda: Router(
        [{"model_name": "chat", "litellm_params": {"model": "mine/model"}}]
    ).completion("chat", MESSAGES),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_other_ways(litellm: Any, call: Callable[[], object]) -> None:
    serve(litellm, lambda _: [])
    with pytest.raises(BadRequestError, match=SAID):
        call()


def test_a_handler_that_was_removed(litellm: Any) -> None:
    serve(litellm, lambda _: [])
    litellm.custom_provider_map = []
    with pytest.raises(BadRequestError, match="has no handler for this provider any more"):
        trunkline.completion("mine/model", MESSAGES)
