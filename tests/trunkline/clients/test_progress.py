"""The progress of a batch, shown by tqdm or by what the caller gives."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import pytest

from tests.support.chain.batches import MODEL, echoing, questions, run
from tests.support.worlds import World
from trunkline import Handler, Request


class Bar:
    """A progress bar that is only counted."""

    def __init__(self, total: int | None) -> None:
        self.total, self.n, self.closed = total, 0, False

    def update(self, n: int) -> None:
        self.n += n

    def close(self) -> None:
        self.closed = True


def _return(bar: Bar, total: int | None) -> Bar:
    return bar


def test_counts_all_calls(world: World) -> None:
    bars: list[Bar] = []

    def make(**settings: Any) -> Bar:
        bars.append(Bar(**settings))
        return bars[-1]

    client, _ = echoing()
    run(world, client, MODEL, questions(3), progress=make)
    run(world, client, MODEL, iter(questions(2)), progress=make)
    assert [(bar.total, bar.n, bar.closed) for bar in bars] == [(3, 3, True), (None, 2, True)]


def test_is_closed_where_the_batch_breaks_off(world: World) -> None:
    def broken(request: Request, call_next: Handler) -> Any:
        raise KeyError

    client, _ = echoing(broken)
    bar = Bar(0)
    with pytest.raises(KeyError):
        run(world, client, MODEL, questions(1), progress=partial(_return, bar))
    assert (bar.n, bar.closed) == (0, True)


def test_is_shown_by_tqdm(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="the extra `progress` is not installed")
    client, _ = echoing()
    run(world, client, MODEL, questions(3), progress=True)
    assert "3/3" in capsys.readouterr().err


def test_is_shown_by_a_class_of_tqdms(capsys: pytest.CaptureFixture[str]) -> None:
    tqdm = pytest.importorskip("tqdm", reason="the extra `progress` is not installed")
    client, _ = echoing()
    client.batch_completion(MODEL, questions(3), progress=partial(tqdm.tqdm, desc="Cities"))
    assert "Cities: 100%" in capsys.readouterr().err


def test_is_not_shown_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    client, _ = echoing()
    client.batch_completion(MODEL, questions(3))
    assert capsys.readouterr().err == ""


def test_names_the_extra_before_anything_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    client, fake = echoing()
    with pytest.raises(ImportError, match=r"pip install 'trunkline\[progress\]'"):
        run(world, client, MODEL, questions(1), progress=True)
    assert fake.requests == []
