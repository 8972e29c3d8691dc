"""OpenAI's `organization`, an argument in litellm and a header in trunkline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..adapters.table.table import find_model
from ..pipeline.errors import BadRequestError
from ..pipeline.model_names import DEFAULT_PROVIDER

_HEADER = "OpenAI-Organization"


def name_organization(arguments: dict[str, Any], model: object) -> None:
    """Replace the `organization` of a call or a deployment by the header, if the model is OpenAI's.

    For other providers it stays, and is refused like any unknown argument.
    """
    organization = arguments.get("organization")
    if isinstance(organization, str) and _is_openai(model, arguments.get("custom_llm_provider")):
        del arguments["organization"]
        headers: Mapping[str, str] = arguments.get("extra_headers") or {}
        arguments["extra_headers"] = {_HEADER: organization, **headers}


def _is_openai(model: object, provider: str | None) -> bool:
    try:
        return find_model(str(model), provider)[0].name == DEFAULT_PROVIDER
    except BadRequestError:
        return False
