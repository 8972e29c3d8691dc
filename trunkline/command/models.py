"""`trunkline models [PROVIDER] [QUERY]`: list models with facts and prices."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from importlib.util import find_spec
from typing import Any

from ..adapters.provider.row import Provider
from ..adapters.table.model_facts import known_models
from ..adapters.table.table import find_provider, list_providers
from ..models.facts import get_model_info
from ..pipeline.errors import BadRequestError
from ..pipeline.near_names import find_near
from .arguments import parse_arguments
from .mistakes import MistakeError
from .settings.config_file import Config, load_config
from .terminal.tables import print_table

_CAN = {
    "supports_vision": "images",
    "supports_audio_input": "audio",
    "supports_video_input": "video",
    "supports_pdf_input": "pdf",
    "supports_function_calling": "tools",
    "supports_response_schema": "schema",
    "supports_reasoning": "reasoning",
    "supports_prompt_caching": "caching",
}
# `opnai` and `openai` are more similar than this; prefixes are short.
_SIMILAR = 0.6
_SIGNS = re.compile(r"[\W_]+")
_HEAD = ("MODEL", "CONTEXT", "OUTPUT", "$/M IN", "$/M OUT", "CAN")


def run(argv: Sequence[str]) -> int:
    """Run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="trunkline models",
        description="List the known models: tokens that they read and write, US dollars for a "
        "million tokens, and what they can do. Nothing is sent.",
    )
    parser.add_argument("provider", nargs="?", metavar="PROVIDER", help="only this provider's")
    parser.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help="only those whose names contain these words (gpt4o, opus 4.5), or match 'gpt-4o*'",
    )
    parser.add_argument("--json", action="store_true", help="print all facts as JSON")
    parser.add_argument("--names", action="store_true", help="print the names only")
    options = parse_arguments(parser, argv)
    config = load_config()
    models = find_models(options.provider, options.query)
    if options.names:
        # An alias may be of a model that is not known.
        aliases = _aliases_of(models, config) if options.provider else config.aliases
        print("\n".join([*sorted(aliases), *models]))
    elif options.json:
        print(json.dumps([get_model_info(model) for model in models], indent=2))
    else:
        _print_models(models, config)
    return 0


def find_models(first: str | None, words: Sequence[str]) -> list[str]:
    """Return "provider/model" of the known models that a search finds.

    Raises:
        MistakeError: there is none.
    """
    provider = _find_provider(first)
    wanted = [*words] if first is None or provider is not None else [first, *words]
    patterns = [part for word in wanted for part in word.lower().split()]
    found = [
        model
        for model in known_models()
        if (provider is None or model.startswith(f"{provider.name}/"))
        and all(_matches(model.lower(), pattern) for pattern in patterns)
    ]
    if found:
        return found
    if provider is not None and not patterns:
        raise MistakeError(
            f"no models of the provider {provider.name!r} are known here; "
            f"its own list: {provider.docs}"
        )
    raise _nothing_found(first or "", provider, wanted)


def _find_provider(name: str | None) -> Provider | None:
    """Return the provider with a prefix, None if the word is none."""
    if name is None:
        return None
    try:
        return find_provider(name.lower().removesuffix("/"))
    except BadRequestError:
        return None


def _matches(model: str, word: str) -> bool:
    """Return whether a name contains a word, or matches a pattern with `*` or `?`.

    Any signs may be between the parts of a word, also none (`gpt4o`, `opus-4.5`), if the word
    begins where a part of the name does: "nope" is not in "openai/openhermes".
    """
    if "*" in word or "?" in word:
        parts = model.split("/")
        ends = ("/".join(parts[number:]) for number in range(len(parts)))
        return any(fnmatchcase(end, word) for end in ends)
    letters = _SIGNS.sub("", word)
    if not letters:
        return word in model
    name = _SIGNS.sub("-", model)
    parts = name.split("-")
    return _SIGNS.sub("-", word) in name or (
        not letters.isdigit()
        and any("".join(parts[number:]).startswith(letters) for number in range(len(parts)))
    )


def _nothing_found(first: str, provider: Provider | None, wanted: Sequence[str]) -> MistakeError:
    place = f" of {provider.title}" if provider is not None else ""
    prefixes = [name for row in list_providers() for name in (row.name, *row.aliases)]
    near = None if provider else find_near(first, prefixes, _SIMILAR)
    hint = f"; did you mean the provider {near!r}?" if near else ""
    return MistakeError(f"no known model{place} matches {' '.join(wanted)!r}{hint}")


def _print_models(models: Sequence[str], config: Config) -> None:
    print_table(_HEAD, [_row(model) for model in models])
    sys.stdout.flush()
    for name, model in _aliases_of(models, config).items():
        print(f"{name} is an alias of {model}")
    if find_spec("genai_prices") is None:
        print("trunkline: prices need the extra: pip install 'trunkline[costs]'", file=sys.stderr)


def _aliases_of(models: Sequence[str], config: Config) -> dict[str, str]:
    """Return the configuration's aliases of some models."""
    aliases = {
        name: alias if isinstance(alias, str) else alias.model
        for name, alias in config.aliases.items()
    }
    return {name: model for name, model in aliases.items() if model in models}


def _row(model: str) -> tuple[str, ...]:
    info = get_model_info(model)
    return (
        model,
        _tokens(info["max_input_tokens"]),
        _tokens(info["max_output_tokens"]),
        _dollars(info["input_cost_per_token"]),
        _dollars(info["output_cost_per_token"]),
        " ".join(word for name, word in _CAN.items() if info.get(name)) or "-",
    )


def _tokens(count: Any) -> str:
    return "-" if count is None else f"{count:,}"


def _dollars(price: float | None) -> str:
    return "-" if price is None else f"{price * 1_000_000:.4g}"
