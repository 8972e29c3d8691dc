"""Write adapters/table/model_facts.json from the list of models that litellm's package holds.

    uv run --with litellm==VERSION python scripts/make_model_facts.py

The list is under the MIT license, which goes into the file with it. litellm is not imported. Kept
are text models of providers that trunkline knows, without prices: those come from genai-prices.
Models that the list lacks are in facts_by_hand.py. Models that the list drops stay in the file:
their names stay in use for long, and in the vendors' client libraries.
"""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from typing import Any, cast

from trunkline import list_providers
from trunkline.adapters.table.model_facts import CAPABILITIES, MODES

DATA = Path(__file__).parents[1] / "adapters" / "table" / "model_facts.json"
LIST = "litellm/model_prices_and_context_window_backup.json"
LICENSE = "licenses/LICENSE"
# Run, not imported: the tests run this script from elsewhere.
BY_HAND_FILE = Path(__file__).with_name("facts_by_hand.py")

# "vertex_ai-anthropic_models" is Vertex AI, "bedrock_converse" Bedrock.
_PREFIX = re.compile(r"^(vertex_ai)-.*$")
# Regions, commitments and kinds of deployment, which are not part of a name in a call.
_PLACE = re.compile(r"^(\*|eu|us|global|global-standard|[a-z]{2}(-[a-z]+)+-\d)/|month-commitment")
Models = dict[str, dict[str, list[int | None]]]

# Gemini's models for images and speech are called like its others.
_ALSO_CHAT = ("image_generation", "audio_speech")
_GOOGLE = ("gemini", "vertex_ai")
# Agents of Google's Interactions API, which are not models of generateContent.
_AGENT = re.compile(r"deep-research|antigravity")


def document() -> dict[str, Any]:
    """Return the content of the file, from the litellm that is installed and the file so far."""
    previous = json.loads(DATA.read_text())
    package = cast("PathDistribution", distribution("litellm"))
    listed: dict[str, dict[str, Any]] = json.loads(Path(str(package.locate_file(LIST))).read_text())
    names = {name: row.name for row in list_providers() for name in (row.name, *row.aliases)}
    models: Models = {
        name: dict(rows) for name, rows in previous["models"].items() if name in names
    }
    fresh: set[tuple[str, str]] = set()
    for key, entry in listed.items():
        told = _PREFIX.sub(r"\1", str(entry.get("litellm_provider")))
        provider = names.get(told)
        model = "" if provider is None else _name(key, {told, provider})
        mode = _mode(entry, provider, model)
        if provider is not None and mode is not None and not _PLACE.search(model):
            models.setdefault(provider, {})[model] = _row(entry, mode)
            fresh.add((provider, model))
    _add_by_hand(models, fresh)
    for provider in _GOOGLE:
        models[provider] = {
            model: row for model, row in models[provider].items() if not _AGENT.search(model)
        }
    return {
        "source": f"litellm {package.version}, {Path(LIST).name}",
        "date": datetime.now(UTC).date().isoformat(),
        "license": package.read_text(LICENSE),
        "models": {name: dict(sorted(models[name].items())) for name in sorted(models)},
    }


def _add_by_hand(models: Models, fresh: set[tuple[str, str]]) -> None:
    """Add what the list lacks; models in `fresh` are in the list."""
    by_hand = runpy.run_path(str(BY_HAND_FILE))
    for provider, more in by_hand["BY_HAND"].items():
        known = models[provider]
        for model, facts in more.items():
            row = known[facts] if isinstance(facts, str) else _own_row(*facts)
            if (provider, model) not in fresh:
                known[model] = list(row)
    for provider, pattern in by_hand["COMPUTER_USE"].items():
        for model, row in models[provider].items():
            if re.search(pattern, model):
                row[2] = (row[2] or 0) | 1 << CAPABILITIES.index("supports_computer_use")


def _name(key: str, prefixes: set[str]) -> str:
    prefix, _, rest = key.partition("/")
    return rest if rest and prefix in prefixes else key


def _mode(entry: Mapping[str, Any], provider: str | None, model: str) -> str | None:
    """Return a model's kind, None if it is not a text model."""
    mode: str | None = entry.get("mode")
    if provider in _GOOGLE and mode in _ALSO_CHAT and re.search("gemini|nano-banana", model):
        return "chat"
    return mode if mode in MODES else None


def _own_row(
    reads: int | None, writes: int | None, mode: str, capabilities: tuple[str, ...]
) -> list[int | None]:
    bits = sum(1 << CAPABILITIES.index(name) for name in capabilities)
    return [reads, writes, bits, MODES.index(mode)]


def _row(entry: Mapping[str, Any], mode: str) -> list[int | None]:
    """Return the facts as `ModelFacts` has them."""
    reads = _whole(entry.get("max_input_tokens"))
    writes = _whole(entry.get("max_output_tokens"))
    if reads is None and writes is None:
        reads = _whole(entry.get("max_tokens"))
    bits = sum(1 << bit for bit, name in enumerate(CAPABILITIES) if entry.get(name) is True)
    return [reads, writes, bits, MODES.index(mode)]


def _whole(value: object) -> int | None:
    """Return a number of tokens; some are written as text, and 0 says nothing."""
    try:
        return int(cast("Any", value)) or None
    except (TypeError, ValueError):
        return None


if __name__ == "__main__":
    DATA.write_text(json.dumps(document(), separators=(",", ":"), ensure_ascii=False) + "\n")
