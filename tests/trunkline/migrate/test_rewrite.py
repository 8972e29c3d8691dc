"""Imports of litellm become imports of trunkline; all other code stays as it is."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.migrate.rewrite import change_imports


def changed(source: str) -> str:
    result = change_imports(source.encode(), ast.parse(source)).decode()
    ast.parse(result)
    return result


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import litellm", "import trunkline as litellm"),
        ("import litellm as lm", "import trunkline as lm"),
        ("import os, litellm, re", "import os, trunkline as litellm, re"),
        ("import litellm.utils", "import trunkline as litellm, trunkline.utils"),
        ("import litellm.types.utils as u", "import trunkline.types.utils as u"),
        ("import litellm.proxy.utils", "import litellm.proxy.utils"),
        ("import litellm_tools", "import litellm_tools"),
        ("from litellm import completion", "from trunkline import completion"),
        ("from litellm import utils", "from trunkline import utils"),
        ("from litellm import *", "from trunkline import *"),
        ("from .litellm import completion", "from .litellm import completion"),
        ("from litellm import embedding", "from litellm import embedding"),
        (
            "from litellm.exceptions import RateLimitError as E",
            "from trunkline.exceptions import RateLimitError as E",
        ),
        (
            "from litellm import (\n    completion,  # the call\n    Router,\n)\n",
            "from trunkline import (\n    completion,  # the call\n    Router,\n)\n",
        ),
        (
            "if x:\n    from litellm import completion as c, embedding\n    c()",
            "if x:\n    from trunkline import completion as c\n    from litellm import embedding\n"
            "    c()",
        ),
        (
            "x = 1; from litellm import completion, embedding",
            "x = 1; from trunkline import completion; from litellm import embedding",
        ),
        ("é = 'ü'; import litellm  # ß", "é = 'ü'; import trunkline as litellm  # ß"),
        (
            "a = 1\r\nimport litellm\r\nb = 2\r\n",
            "a = 1\r\nimport trunkline as litellm\r\nb = 2\r\n",
        ),
        (
            "if x:\r\n  from litellm import completion, embedding\r\n",
            "if x:\r\n  from trunkline import completion\r\n  from litellm import embedding\r\n",
        ),
        (
            "a = 1\r\nfrom litellm import completion, embedding",
            "a = 1\r\nfrom trunkline import completion\r\nfrom litellm import embedding",
        ),
        (
            "from litellm import (\r\n    completion,\r\n    embedding,\r\n)\r\n",
            "from trunkline import (\r\n    completion,\r\n)\r\n"
            "from litellm import (\r\n    embedding,\r\n)\r\n",
        ),
        (
            "from litellm import (  # noqa\n    completion, embedding,  # both\n)  # after\n",
            "from trunkline import completion  # noqa  # both\n"
            "from litellm import embedding  # after\n",
        ),
        ("litellm.completion('litellm')", "litellm.completion('litellm')"),
        ("x = importlib.import_module('litellm')", "x = importlib.import_module('trunkline')"),
        ("__import__('litellm.utils')", "__import__('trunkline.utils')"),
        ("pytest.importorskip('litellm')", "pytest.importorskip('trunkline')"),
        (
            "pytest.importorskip('litellm', minversion='1.50')",
            "pytest.importorskip('litellm', minversion='1.50')",
        ),
        ("import_module('litellm.proxy')", "import_module('litellm.proxy')"),
        ("import_module(name)", "import_module(name)"),
        # The second one binds `litellm` to litellm itself.
        ("import litellm\nimport litellm.proxy.x", "import litellm\nimport litellm.proxy.x"),
        (
            "import litellm\nimport litellm.proxy as p",
            "import trunkline as litellm\nimport litellm.proxy as p",
        ),
    ],
)
def test_imports(source: str, expected: str) -> None:
    assert changed(source) == expected


_IMPORTS = st.sampled_from(
    [
        "import litellm",
        "from litellm import Router, embedding",
        "from litellm import (Router,@    embedding)",
        "from litellm import (@    Router,@    embedding,@)",
        "import litellm.utils, re",
        "x = 'é'",
    ]
)


@given(st.lists(_IMPORTS, max_size=6), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_line_ends_stay_and_a_second_change_changes_nothing(
    lines: list[str], end: str, is_ended: bool
) -> None:
    source = "".join(f"{line.replace('@', end)}{end}" for line in ["", *lines])
    once = changed(source if is_ended else source.removesuffix(end))
    assert set(re.findall("\r\n|\n|\r", once)) <= {end}
    assert changed(once) == once


@given(st.lists(_IMPORTS, max_size=6))
def test_imports_on_one_line_stay_on_it(lines: list[str]) -> None:
    once = changed("; ".join(line.replace("@", " ") for line in lines))
    assert changed(once) == once


def test_names_on_their_own_lines_keep_their_comments() -> None:
    source = """\
if x:
    from litellm import (  # all
        # about calls
        completion,  # a call
        embedding,  # noqa: F401
        acompletion
        # the end
    )  # after it
"""
    assert (
        changed(source)
        == """\
if x:
    from trunkline import (  # all
        # about calls
        completion,  # a call
        acompletion
        # the end
    )
    from litellm import (
        embedding,  # noqa: F401
    )  # after it
"""
    )
