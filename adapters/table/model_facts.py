"""Facts about models: their limits and capabilities.

The facts are in model_facts.json, which scripts/make_model_facts.py writes and which names its
source, date and license.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from cachetools import LRUCache
from msgspec import Struct

from ..provider.row import Provider
from .routes import split_api
from .table import find_model

#: Kinds of models; the file contains an index into this tuple.
MODES = ("chat", "responses", "completion")
#: Capabilities; the file contains a number with one bit for each.
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
    """What the file says about one model.

    Attributes:
        max_input_tokens: how many tokens it reads at most, None if unknown.
        max_output_tokens: how many tokens it writes at most, None if unknown.
        capabilities: bits, in the order of CAPABILITIES.
        mode: index in MODES.
    """

    max_input_tokens: int | None
    max_output_tokens: int | None
    capabilities: int = 0
    mode: int = 0

    def describe(self) -> dict[str, Any]:
        """Return the facts under litellm's names."""
        can = {name: bool(self.capabilities >> bit & 1) for bit, name in enumerate(CAPABILITIES)}
        return {
            "max_tokens": self.max_output_tokens or self.max_input_tokens,
            "max_input_tokens": self.max_input_tokens,
            "max_output_tokens": self.max_output_tokens,
            "mode": MODES[self.mode],
            **can,
        }


class FactsFile(Struct, frozen=True):
    """The content of model_facts.json.

    Attributes:
        source: where the facts come from.
        date: the day on which they were copied.
        license: the license of the source.
        models: facts by provider and by the model's name without the prefix.
    """

    source: str
    date: str
    license: str
    models: dict[str, dict[str, ModelFacts]]


#: How many registered models are kept; the least recently used give way.
MAX_REGISTERED = 10_000

_registered: LRUCache[tuple[str, str], dict[str, Any]] = LRUCache(MAX_REGISTERED)
_lock = Lock()


@cache
def read_facts() -> FactsFile:
    """Return the content of the file, which is read at the first call."""
    path = Path(__file__).with_name("model_facts.json")
    return msgspec.json.decode(path.read_bytes(), type=FactsFile)


def find_facts(model: str, provider: str | None = None) -> tuple[str, str, dict[str, Any] | None]:
    """Return a model's provider, its name there, and its facts, None if there are none.

    Raises:
        BadRequestError: the provider is unknown.
    """
    row, name = find_named(model, provider)
    listed = read_facts().models.get(row.name, {})
    found = listed.get(name) or listed.get(name.lower())
    with _lock:
        own = _registered.get((row.name, name.lower()))
    if found is None and own is None:
        return row.name, name, None
    return row.name, name, {**(found.describe() if found else {}), **(own or {})}


def find_named(model: str, provider: str | None) -> tuple[Provider, str]:
    """Return the provider and the model, without a prefix of one of the provider's APIs.

    Raises: as `find_model` and `split_api`.
    """
    row, name = find_model(model, provider)
    return row, split_api(row, name)[1]


def register_facts(model: str, provider: str | None, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Register facts that take precedence over the file's; return provider and name.

    Raises:
        BadRequestError: the provider is unknown.
    """
    row, name = find_named(model, provider)
    key = (row.name, name.lower())
    with _lock:
        _registered[key] = {**_registered.get(key, {}), **facts}
    return row.name, name


def known_models() -> list[str]:
    """Return "provider/model" of all models with facts."""
    listed = {
        f"{provider}/{model}"
        for provider, models in read_facts().models.items()
        for model in models
    }
    with _lock:
        registered = {f"{provider}/{model}" for provider, model in _registered}
    return sorted(listed | registered)
