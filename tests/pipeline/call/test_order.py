"""Orders that cannot work are warned about, and layers that may occur once are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import ClassVar

import pytest

from trunkline import BadRequestError, Client, Handler, Reply, Request, default_middlewares
from trunkline.testing import FakeProvider


class Plain:
    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        return call_next(request)


class Log(Plain):
    belongs_inside: ClassVar = {"Hides": "it would show what is hidden"}


class DerivedLog(Log):
    pass


class Hides(Plain):
    single = True


class Early(Plain):
    belongs_outside: ClassVar = {"Log": "the log would miss it"}


def test_a_layer_that_must_be_inside_another() -> None:
    with pytest.warns(UserWarning, match="Log is outside Hides: it would show") as warned:
        Client([Log(), *default_middlewares(), Hides()])
    assert warned[0].filename == __file__
    assert len(warned) == 1
    Client([Hides(), *default_middlewares(), Log()])


def test_a_layer_that_must_be_outside_another() -> None:
    with pytest.warns(UserWarning, match="Early is inside Log: the log would miss it"):
        Client([Log(), Early()])
    Client([Early(), Log()])


def test_subclasses_count_as_their_base() -> None:
    with pytest.warns(UserWarning, match="Early is inside Log"):
        Client([DerivedLog(), Early()])


def test_a_derived_client_is_checked_and_its_caller_is_named() -> None:
    client = Client([Hides()])
    with pytest.warns(UserWarning, match="Log is outside Hides") as warned:
        client.with_middlewares(Log())
    assert warned[0].filename == __file__


def test_a_layer_that_may_occur_once() -> None:
    with pytest.raises(ValueError, match="two Hides layers"):
        Client([Hides(), Plain(), Hides()])
    with pytest.raises(ValueError, match="two Hides layers"):
        Client([Hides()]).with_middlewares(Hides())
    Client([Plain(), Plain()])


HI = [{"role": "user", "content": "Hi"}]


def test_the_layers_of_a_call_are_checked_once() -> None:
    client = FakeProvider(["Hello!"] * 6).client([Hides()])
    with pytest.warns(UserWarning, match="Log is outside Hides: it would show") as warned:
        client.completion("openai/gpt-4o", HI, middlewares=[Log()])
    assert len(warned) == 1
    assert warned[0].filename == __file__
    client.completion("openai/gpt-4o", HI, middlewares=[Log()])
    with pytest.warns(UserWarning, match="Log is outside Hides"):
        client.completion("openai/gpt-4o", HI, middlewares=[Log(), Plain()])
    client.completion("openai/gpt-4o", HI, middlewares=[Plain()])
    # A derived client has a chain of its own.
    with pytest.warns(UserWarning, match="Log is outside Hides"):
        client.with_middlewares(Plain()).completion("openai/gpt-4o", HI, middlewares=[Log()])


def test_the_layers_of_an_asynchronous_call_are_checked() -> None:
    client = FakeProvider(["Hello!"]).client([Hides()])

    async def main() -> None:
        await client.acompletion("openai/gpt-4o", HI, middlewares=[Log()])

    with pytest.warns(UserWarning, match="Log is outside Hides") as warned:
        asyncio.run(main())
    assert warned[0].filename == __file__


def test_a_layer_that_may_occur_once_is_refused_in_every_call() -> None:
    provider = FakeProvider(["Hello!"])
    client = provider.client([Hides()])
    for _ in range(2):
        with pytest.raises(BadRequestError, match="two Hides layers"):
            client.completion("openai/gpt-4o", HI, middlewares=[Hides()])
    assert provider.requests == []
