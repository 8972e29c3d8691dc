"""Write adapters/model_facts.json from the list of models that litellm's package holds.

    uv run --with litellm==VERSION python scripts/make_model_facts.py

The list is under the MIT licence, which goes into the file with it. litellm is not imported. Kept
are text models of providers that trunkline knows, without prices: those come from genai-prices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from typing import Any, cast

from trunkline import list_providers
from trunkline.adapters.table.model_facts import CAPABILITIES, MODES

DATA = Path(__file__).parents[1] / "adapters" / "table" / "model_facts.json"
LIST = "litellm/model_prices_and_context_window_backup.json"
LICENCE = "licenses/LICENSE"

# "vertex_ai-anthropic_models" is Vertex AI, "bedrock_converse" Bedrock.
_PREFIX = re.compile(r"^(vertex_ai)-.*$")
# Regions, commitments and kinds of deployment, which are no part of a name in a call.
_PLACE = re.compile(r"^(\*|eu|us|global|global-standard|[a-z]{2}(-[a-z]+)+-\d)/|month-commitment")


def document() -> dict[str, Any]:
    """Return what the file holds, from the litellm that is installed."""
    package = cast("PathDistribution", distribution("litellm"))
    listed: dict[str, dict[str, Any]] = json.loads(Path(str(package.locate_file(LIST))).read_text())
    names = {name: row.name for row in list_providers() for name in (row.name, *row.aliases)}
    models: dict[str, dict[str, list[int | None]]] = {}
    for key, entry in listed.items():
        told = _PREFIX.sub(r"\1", str(entry.get("litellm_provider")))
        provider = names.get(told)
        if provider is None or entry.get("mode") not in MODES:
            continue
        model = _name(key, {told, provider})
        if not _PLACE.search(model):
            models.setdefault(provider, {})[model] = _row(entry)
    return {
        "source": f"litellm {package.version}, {Path(LIST).name}",
        "date": datetime.now(UTC).date().isoformat(),
        "licence": package.read_text(LICENCE),
        "models": {name: dict(sorted(models[name].items())) for name in sorted(models)},
    }


def _name(key: str, prefixes: set[str]) -> str:
    prefix, _, rest = key.partition("/")
    return rest if rest and prefix in prefixes else key


def _row(entry: Mapping[str, Any]) -> list[int | None]:
    """Return the facts as `ModelFacts` has them."""
    reads = _whole(entry.get("max_input_tokens"))
    writes = _whole(entry.get("max_output_tokens"))
    if reads is None and writes is None:
        reads = _whole(entry.get("max_tokens"))
    bits = sum(1 << bit for bit, name in enumerate(CAPABILITIES) if entry.get(name) is True)
    return [reads, writes, bits, MODES.index(entry["mode"])]


def _whole(value: object) -> int | None:
    """Return a number of tokens; some are written as text, and 0 says nothing."""
    try:
        return int(cast("Any", value)) or None
    except (TypeError, ValueError):
        return None


if __name__ == "__main__":
    DATA.write_text(json.dumps(document(), separators=(",", ":"), ensure_ascii=False) + "\n")
