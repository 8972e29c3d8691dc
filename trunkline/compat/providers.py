"""litellm's lists of providers and models."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any

from ..adapters.table.model_facts import find_facts, known_models
from ..adapters.table.table import list_providers, spell_model
from ..pipeline.call.chat_params import wrong_type
from ..pipeline.errors import BadRequestError
from ..pipeline.model_names import DEFAULT_PROVIDER

# Where litellm sends a name that several providers have, if it is not the first of our table.
_PREFIXES = {"gemini/": "vertex_ai/"}


@cache
def provider_names() -> Any:
    """Return litellm's enumeration of providers, `LlmProviders.OPENAI`, whose members are text."""
    names = sorted({name for row in list_providers() for name in (row.name, *row.aliases)})
    members = {_member(name): name for name in names}
    return StrEnum("LlmProviders", members, module="litellm.types.utils")


def provider_list() -> list[str]:
    """Return the prefixes of all providers, as members of `LlmProviders`."""
    return list(provider_names())


def spell(model: str) -> str:
    """Return a name without a prefix with that of the provider that litellm takes it for.

    Raises:
        BadRequestError: the name is not a str.
    """
    if not isinstance(model, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise wrong_type("model", '"provider/model"', model)
    spelled = spell_model(model)
    prefix = spelled.removesuffix(model)
    return _PREFIXES.get(prefix, prefix) + model


def is_known(model: str) -> bool:
    """Return whether there are facts about a model; one without a prefix is as `spell` takes it."""
    try:
        return find_facts(spell(model))[2] is not None
    except BadRequestError:
        return False


@cache
def models_by_provider() -> dict[str, list[str]]:
    """Return the known models of each provider, with litellm's names."""
    found: dict[str, list[str]] = {}
    for name in known_models():
        found.setdefault(name.partition("/")[0], []).append(litellm_name(name))
    return found


def models_of(name: str) -> set[str] | None:
    """Return the models of litellm's list, such as "anthropic_models"; None for other names."""
    if not name.endswith("_models"):
        return None
    provider = name.removesuffix("_models").removesuffix("_chat")
    found = models_by_provider().get(provider)
    return None if found is None else set(found)


def model_list() -> list[str]:
    """Return all known models, with litellm's names."""
    return [litellm_name(name) for name in known_models()]


def litellm_name(model: str) -> str:
    """Return litellm's name of "provider/model": without the prefix, if that means the same."""
    bare = model.partition("/")[2]
    if "/" in bare:
        return model
    spelled = spell(bare)
    is_default = spelled == bare and model == f"{DEFAULT_PROVIDER}/{bare}"
    return bare if is_default or spelled == model else model


def _member(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name).upper()
