"""What is known of a model, as LangChain's `profile`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from langchain_core.language_models import ModelProfile

from .. import BadRequestError, get_model_info

# `structured_output` is left out: it would have agents ask for a schema and offer tools in one
# call, which some models only take one at a time.
_NAMES: Mapping[str, str] = {
    "max_input_tokens": "max_input_tokens",
    "max_output_tokens": "max_output_tokens",
    "image_inputs": "supports_vision",
    "pdf_inputs": "supports_pdf_input",
    "audio_inputs": "supports_audio_input",
    "audio_outputs": "supports_audio_output",
    "reasoning_output": "supports_reasoning",
    "tool_calling": "supports_function_calling",
    "tool_choice": "supports_tool_choice",
}


def profile_of(model: str, provider: str | None) -> ModelProfile | None:
    """Return what `get_model_info` knows of a model, None where that is nothing.

    https://docs.langchain.com/oss/python/langchain/models#model-profiles
    """
    try:
        known: dict[str, Any] = get_model_info(model, provider)
    except BadRequestError:
        return None
    found = {
        name: known[theirs] for name, theirs in _NAMES.items() if known.get(theirs) is not None
    }
    return cast("ModelProfile", found)
