"""The catalog over a real llama.cpp server, and outermost in the default chain."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.middlewares.laws.catalog import KeptEntries
from tests.support.counted import count_calls
from tests.support.tiny_gguf import CHAT_TEXT
from tests.support.worlds import World
from trunkline import (
    Budget,
    CircuitBreaker,
    Client,
    Handler,
    LoadShedder,
    Middleware,
    PromptCaching,
    PromptLog,
    Replay,
    Request,
    SemanticCache,
    Summarization,
    Trim,
    default_middlewares,
    tokens_of,
)
from trunkline.testing import FakeProvider

TALK = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi"},
    {"role": "user", "content": "Hello again"},
    {"role": "assistant", "content": "Hi again"},
    {"role": "user", "content": "Hi"},
]
#: What leaves nothing but the last turn, and no turn for a summary, of a talk in these models.
FEW_TOKENS = 30


def make(name: str, folder: Path) -> Any:
    makers: dict[str, Any] = {
        "Budget": lambda: Budget(10**6, cost=tokens_of),
        "CircuitBreaker": CircuitBreaker,
        "LoadShedder": lambda: LoadShedder(1, max_queue=0),
        "PromptCaching": PromptCaching,
        "PromptLog": lambda: PromptLog(KeptEntries()),
        "Replay": lambda: Replay(folder),
        "SemanticCache": lambda: SemanticCache(lambda text: [1.0, float(len(text))]),
        "Summarization": lambda: Summarization(max_tokens=FEW_TOKENS, keep_turns=1),
        "Trim": lambda: Trim(FEW_TOKENS),
    }
    return makers[name]()


NAMES = [
    "Budget",
    "CircuitBreaker",
    "LoadShedder",
    "PromptCaching",
    "PromptLog",
    "Replay",
    "SemanticCache",
    "Summarization",
    "Trim",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_real_server(name: str, world: World, mode: str, tiny_gguf: Path, tmp_path: Path) -> None:
    layer: Middleware = make(name, tmp_path)
    client = Client([layer, *default_middlewares()])
    answers = [
        world.answer(client, mode, f"local/{tiny_gguf}", TALK, temperature=0) for _ in range(2)
    ]
    for answer in answers:
        assert answer.choices[0].message.content == CHAT_TEXT
        assert answer.choices[0].finish_reason == "stop"
        assert answer.call.provider == "local"
    notes = [(note.layer, note.event) for note in answers[-1].call.trail.notes]
    done = {
        "Replay": ("Replay", "recorded"),
        "SemanticCache": ("SemanticCache", "hit"),
        "Summarization": ("Summarization", "hit"),
        "Trim": ("Trim", "trimmed"),
    }
    assert name not in done or done[name] in notes
    assert name in client.describe().splitlines()[0]


@pytest.mark.parametrize(
    ("name", "calls"),
    [("CircuitBreaker", 3), ("LoadShedder", 5), ("PromptCaching", 4), ("Trim", 8)],
)
def test_an_idle_layer_costs_next_to_nothing(name: str, calls: int, tmp_path: Path) -> None:
    question = [{"role": "user", "content": "Hi"}]
    fake = FakeProvider(itertools.repeat({"choices": [{"message": {"content": "Hello"}}]}))

    def least(chain: list[Any]) -> int:
        client = fake.client(chain)
        ask = partial(client.completion, "openai/gpt-4o", question)
        ask()
        return min(count_calls(ask) for _ in range(5))

    idle: dict[str, Any] = {"Trim": Trim, "LoadShedder": LoadShedder}
    layer = idle[name]() if name in idle else make(name, tmp_path)
    # Another one has names to put together, and a chain to run.
    assert least([layer, _pass_on]) - least([_pass_on]) <= calls


def _pass_on(request: Request, call_next: Handler) -> Any:
    return call_next(request)
