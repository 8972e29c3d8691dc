"""litellm.logging_callback_manager: callbacks are added once, and removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.trunkline.compat.stand_in import installed
from trunkline import CustomLogger
from trunkline.testing import FakeProvider


class Counting(CustomLogger):
    def __init__(self, name: str = "one") -> None:
        self.name = name
        self._calls = 0

    def log_success_event(self, *_values: Any) -> None:
        self._calls += 1

    @property
    def calls(self) -> int:
        return self._calls


class Other(Counting):
    pass


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed(FakeProvider(["Hello"] * 3).client()) as module:
        yield module


def note(*_values: Any) -> None:
    """A callback."""


async def note_later(*_values: Any) -> None:
    """A callback for asynchronous calls."""


def test_what_is_added_is_called(litellm: Any) -> None:
    counting = Counting()
    litellm.logging_callback_manager.add_litellm_callback(counting)
    assert litellm.callbacks == [counting]
    litellm.completion("openai/gpt-4o", MESSAGES)
    assert counting.calls == 1


def test_each_is_added_once(litellm: Any) -> None:
    manager = litellm.logging_callback_manager
    for callback in (Counting(), Counting(), Counting("two"), Other(), note, note):
        manager.add_litellm_success_callback(callback)
    kinds = [type(each).__name__ for each in litellm.success_callback]
    assert kinds == ["Counting", "Counting", "Other", "function"]


def test_the_lists(litellm: Any) -> None:
    manager = litellm.logging_callback_manager
    manager.add_litellm_async_success_callback(note_later)
    manager.add_litellm_async_failure_callback(note_later)
    manager.add_litellm_failure_callback(note)
    manager.add_litellm_callback(counting := Counting())
    assert litellm.success_callback == [note_later]
    assert litellm.failure_callback == [note_later, note]
    assert manager._get_all_callbacks() == [counting, note_later, note_later, note]
    assert manager.get_callbacks_by_type() == {
        "success": [],
        "failure": ["note"],
        "success_and_failure": ["Counting", "note_later"],
    }


def test_removing(litellm: Any) -> None:
    manager = litellm.logging_callback_manager
    one, two = Counting(), Other()
    litellm.callbacks = [one, two, note]
    litellm.success_callback = [one.log_success_event, one]
    assert manager.get_custom_loggers_for_type(Counting) == [one, two]
    manager.remove_callbacks_by_type(litellm.callbacks, Other)
    assert not manager.callback_is_active(Other)
    manager.remove_callback_from_list_by_object(litellm.success_callback, one)
    assert litellm.success_callback == [one]
    manager.remove_callback_from_all_lists(one)
    assert manager.get_all_callbacks() == [note]
    manager._reset_all_callbacks()
    assert manager.get_all_callbacks() == []


def test_what_is_no_callback_is_refused(litellm: Any) -> None:
    with pytest.raises(ValueError, match=r"callbacks\[0\]: 3 is not a callback"):
        litellm.logging_callback_manager.add_litellm_callback(3)
    assert litellm.callbacks == []


@pytest.mark.parametrize("name", ["input", "service"])
def test_lists_that_trunkline_lacks(litellm: Any, name: str) -> None:
    add = getattr(litellm.logging_callback_manager, f"add_litellm_{name}_callback")
    with pytest.raises(NotImplementedError, match=f"litellm.{name}_callback is not available"):
        add(note)
