"""Arguments of the wrong type: one clear error with the argument's name, when a layer is made."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trunkline import (
    Budget,
    CircuitBreaker,
    Continuation,
    Guardrail,
    Hedge,
    LoadShedder,
    PromptCaching,
    PromptLog,
    Reask,
    Redaction,
    Replay,
    SemanticCache,
    Summarization,
    ToolLoop,
    Trim,
)

# The layers, with arguments that each needs.
LAYERS: dict[Callable[..., Any], dict[str, Any]] = {
    Budget: {"max_budget": 1.0},
    CircuitBreaker: {},
    Continuation: {},
    Guardrail: {"input": str.isascii},
    Hedge: {},
    LoadShedder: {},
    PromptCaching: {},
    PromptLog: {"target": "log.jsonl"},
    Reask: {},
    Redaction: {},
    Replay: {"folder": "calls"},
    SemanticCache: {"embed": str.split},
    Summarization: {},
    ToolLoop: {},
    Trim: {},
}
# What is right nevertheless: True and False are any value's, and names are labels only.
ANYTHING = {
    (Redaction, "restore"),
    (PromptCaching, "system"),
    (PromptCaching, "tools"),
    (PromptLog, "media"),
    (Budget, "name"),
}
WRONG = [object(), math.nan, b"x", -1]
CASES = [
    pytest.param(layer, name, value, id=f"{getattr(layer, '__name__', '')}-{name}-{value!r:.7}")
    for layer in LAYERS
    for name in inspect.signature(layer).parameters
    if (layer, name) not in ANYTHING
    for value in WRONG
]


@pytest.mark.parametrize(("layer", "name", "value"), CASES)
def test_an_argument_of_another_type(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    layer: Callable[..., Any],
    name: str,
    value: object,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((TypeError, ValueError), match=name):
        layer(**{**LAYERS[layer], name: value})
