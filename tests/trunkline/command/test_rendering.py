from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from trunkline.command.rendering import Blocks, last_lines

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
