"""What is known of models: how much they read and write, and what they can.

The facts lie in model_facts.json, which docs/make_model_facts.py writes and which names its
source, date and licence.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct

from .table import find_model

#: Kinds of models; a fact has the place of its own in this list.
MODES = ("chat", "responses", "completion")
#: What a model can; a model's facts are a number with the bit of each.
CAPABILITIES = (
    "supports_vision",
    "supports_reasoning",
    "supports_audio_input",
    "supports_audio_output",
    "supports_pdf_input",
    "supports_video_input",
    "supports_prompt_caching",
    "supports_computer_use",
)


class ModelFacts(Struct, frozen=True, array_like=True):
    """What the file says of one model.

    Attributes:
        max_input_tokens: how much it reads, None where that is not known.
        max_output_tokens: how much it writes at most.
        capabilities: bits, in the order of CAPABILITIES.
        mode: place in MODES.
    """

    max_input_tokens: int | None
    max_output_tokens: int | None
    capabilities: int = 0
    mode: int = 0

    def describe(self) -> dict[str, Any]:
        """Return the facts by litellm's names."""
        can = {name: bool(self.capabilities >> bit & 1) for bit, name in enumerate(CAPABILITIES)}
        return {
            "max_tokens": self.max_output_tokens or self.max_input_tokens,
            "max_input_tokens": self.max_input_tokens,
            "max_output_tokens": self.max_output_tokens,
            "mode": MODES[self.mode],
            **can,
        }


class FactsFile(Struct, frozen=True):
    """The file.

    Attributes:
        source: where the facts come from.
        date: the day on which they were taken from there.
        licence: under which they may be given on.
        models: of each provider, by the names that calls give without the prefix.
    """

    source: str
    date: str
    licence: str
    models: dict[str, dict[str, ModelFacts]]


_registered: dict[tuple[str, str], dict[str, Any]] = {}
_lock = Lock()


@cache
def read_facts() -> FactsFile:
    """Return the file, which is read once, when somebody first asks."""
    path = Path(__file__).with_name("model_facts.json")
    return msgspec.json.decode(path.read_bytes(), type=FactsFile)


def find_facts(model: str, provider: str | None = None) -> tuple[str, str, dict[str, Any] | None]:
    """Return a model's provider, its name there, and what is known of it; None for nothing.

    Raises:
        BadRequestError: there is no such provider.
    """
    row, name = find_model(model, provider)
    listed = read_facts().models.get(row.name, {})
    found = listed.get(name) or listed.get(name.lower())
    own = _registered.get((row.name, name.lower()))
    if found is None and own is None:
        return row.name, name, None
    return row.name, name, {**(found.describe() if found else {}), **(own or {})}


def register_facts(model: str, provider: str | None, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Keep facts of one's own, which go before the file's; return provider and name.

    Raises:
        BadRequestError: there is no such provider.
    """
    row, name = find_model(model, provider)
    key = (row.name, name.lower())
    with _lock:
        _registered[key] = {**_registered.get(key, {}), **facts}
    return row.name, name


def known_models() -> list[str]:
    """Return "provider/model" of all models that something is known of."""
    listed = {
        f"{provider}/{model}"
        for provider, models in read_facts().models.items()
        for model in models
    }
    return sorted(listed | {f"{provider}/{model}" for provider, model in _registered})
