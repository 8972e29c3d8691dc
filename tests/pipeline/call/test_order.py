"""Orders that cannot work are warned about, and layers that may occur once are counted."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar

import pytest

from trunkline import Client, Handler, Reply, Request, default_middlewares


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
