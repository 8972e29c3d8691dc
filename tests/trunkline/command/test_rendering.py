from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.command.terminal.rendering import Blocks, MarkdownWriter, last_lines

TEXT = """\
# Title

A paragraph
of two lines.

1. one

2. two

   more of two

10. ten

```python
x = 1

y = 2
```

~~~
```
~~~

End.
"""
BLOCKS = [
    "# Title\n\n",
    "A paragraph\nof two lines.\n\n",
    "1. one\n\n2. two\n\n   more of two\n\n10. ten\n\n",
    "```python\nx = 1\n\ny = 2\n```\n\n",
    "~~~\n```\n~~~\n\n",
    "End.\n",
]


def cut(pieces: list[str]) -> list[str]:
    blocks = Blocks()
    found = [block for piece in pieces for block in blocks.feed(piece)]
    return [*found, blocks.flush()]


@given(st.lists(st.integers(0, len(TEXT))))
def test_any_split_gives_the_same_blocks(places: list[int]) -> None:
    ends = sorted({0, len(TEXT), *places})
    assert cut([TEXT[start:end] for start, end in pairwise(ends)]) == BLOCKS


@given(st.text("a1. \n`~-*"))
def test_nothing_is_lost(text: str) -> None:
    assert "".join(cut(list(text))) == text


def test_the_end_of_a_long_block() -> None:
    code = "```python\n" + "".join(f"line {number}\n" for number in range(9))
    assert last_lines(code, 3) == "```python\nline 7\nline 8\n"
    assert last_lines("a\nb\nc\n", 2) == "b\nc\n"
    assert last_lines("a\nb\n", 2) == "a\nb\n"


@pytest.mark.parametrize("text", ["- one\n- two\n", "1. one\n", "| a |\n|---|\n| b |\n", "Hi\n"])
def test_a_block_has_no_empty_lines_around_it(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich")
    writer = MarkdownWriter()
    writer.write(f"First.\n\n{text}\nLast.")
    writer.close()
    first, *lines = capsys.readouterr().out.splitlines()
    blank = [not line.strip() for line in lines]
    assert first.strip() == "First."
    assert (blank[:2], blank[-3:]) == ([True, False], [True, False, True])


def test_code_keeps_its_background(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    writer = MarkdownWriter()
    writer.write("```python\nx = 1\n```\n")
    writer.close()
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["", "x = 1", "", ""]
