"""Calls and chains in a real browser: that they can be read, in every theme, wide and narrow."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import pytest

from tests.support.browser import Box, Scheme, Seen, look_at
from tests.support.drawings import HOSTILE, draw, eventful_response, hostile_response, view
from trunkline import Client, ModelResponse
from trunkline.pipeline.views.html_page import draw_call
from trunkline.testing import FakeProvider


def drawings() -> list[str]:
    """A call, a failure, one full of hostile text, an answer made by hand, a client."""
    with Client(adapter=FakeProvider()) as client:
        return [
            draw_call(view(eventful_response())),
            draw_call(view(eventful_response(), "failed", error=ValueError("no such thing"))),
            draw_call(view(hostile_response(), "truncated", error=ValueError(HOSTILE))),
            draw(ModelResponse(model="made-by-hand")),
            draw(client),
        ]


@pytest.fixture(
    scope="module",
    params=[("light", 1000), ("dark", 1000), ("light", 500), ("dark", 500)],
    ids=lambda given: "-".join(map(str, given)),
)
def looked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Scheme, Seen]:
    scheme, width = cast("tuple[Scheme, int]", request.param)
    folder = tmp_path_factory.mktemp("browser")
    return scheme, look_at("\n".join(drawings()), folder, scheme, width)


@pytest.fixture
def seen(looked: tuple[Scheme, Seen]) -> Seen:
    return looked[1]


def inside(inner: Box, outer: Box) -> bool:
    # Half a pixel may be rounded away.
    return (
        inner.left >= outer.left - 0.5
        and inner.right <= outer.right + 0.5
        and inner.top >= outer.top - 0.5
        and inner.bottom <= outer.bottom + 0.5
    )


def test_the_theme(looked: tuple[Scheme, Seen]) -> None:
    scheme, seen = looked
    assert seen.dark is (scheme == "dark")
    text, page = seen.colors
    assert text == page


def test_nothing_runs_loads_or_complains(seen: Seen) -> None:
    assert not seen.hacked
    assert seen.loaded == 0
    assert seen.console == []


def test_everything_fits(seen: Seen) -> None:
    width, window = seen.page
    assert width <= window
    assert len(seen.frames) == len(drawings())
    for one, other in pairwise(seen.frames):
        assert one.bottom <= other.top


def test_everything_is_said(seen: Seen) -> None:
    call, failed, hostile, by_hand, client = seen.text
    for words in ("claude-sonnet-4-5", "completed", "first content", "So the sky is blue."):
        assert words in call
    assert "ValueError: no such thing" in failed
    assert hostile.count("<script>window.hacked = 1</script>") > 10
    assert by_hand.strip() == "made-by-hand"
    assert "Retry(attempts=3)" in client
    assert seen.folded == [True] * 3
    assert "The question is about" not in call


def test_bars_stand_in_their_tracks(seen: Seen) -> None:
    assert len(seen.bars) == 9 + 9 + 3
    for item in seen.bars:
        assert inside(item.bar, item.track)
        assert item.bar.right - item.bar.left >= 2.5
        assert item.bar.bottom - item.bar.top >= 8
        assert item.says.startswith("at ")


def test_bars_are_as_long_as_their_time(seen: Seen) -> None:
    for bars in (seen.bars[:9], seen.bars[9:18]):
        assert [item.bar.left for item in bars] == sorted(item.bar.left for item in bars)
        track = bars[0].track
        second = (track.right - track.left) / 3.1
        wait, stream = bars[3].bar, bars[8].bar
        assert wait.right - wait.left == pytest.approx(0.6 * second, abs=1)
        assert wait.left - track.left == pytest.approx(0.31 * second, abs=1)
        assert stream.left - track.left == pytest.approx(1.85 * second, abs=1)
        assert stream.right == pytest.approx(track.right, abs=1)
        assert {(item.track.left, item.track.right) for item in bars} == {(track.left, track.right)}
        for one, other in pairwise(bars):
            assert one.track.bottom < other.track.top


def test_kinds_have_colors_of_their_own(seen: Seen) -> None:
    note, _, failed, waited, _, _, _, attempt, stream = (item.color for item in seen.bars[:9])
    assert len({note, failed, waited, attempt, stream}) == 5


def test_no_cell_covers_another(seen: Seen) -> None:
    assert len(seen.tables) == 4
    for table in seen.tables:
        for row in table:
            for one, other in pairwise(row):
                assert one.right <= other.left + 0.5
        for above, below in pairwise(table):
            assert above[0].bottom <= below[0].top + 0.5


def test_a_waterfall_needs_no_scrolling(seen: Seen) -> None:
    for frame, table in zip(seen.frames[:2], seen.tables[:2], strict=True):
        for row in table:
            assert row[-1].right <= frame.right


def test_a_notebooks_own_styles_do_no_harm(seen: Seen) -> None:
    for row in seen.tables[0][1:]:
        assert [cell.align for cell in row[:2]] == ["left", "left"]
        assert row[-1].align == "right"
        assert {cell.background for cell in row} == {"rgba(0, 0, 0, 0)"}
