"""litellm's ProviderConfigManager, which programs ask what a provider takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ...adapters.provider.rules import apis_of
from ...adapters.table.routes import split_api
from ...adapters.table.table import find_model
from ...litellm_names.table import missing_name
from ...pipeline.errors import BadRequestError
from ..absent import refuse
from .facts import get_supported_openai_params

__all__ = ["ProviderConfigManager", "responses_api_bridge_check"]

_PREFIX = "responses/"
_WHEN_SENT = "requests are translated when they are sent, by completion()"
# litellm's other methods, and the names of its functions for the same thing.
_OTHERS: Mapping[str, str] = {
    "get_provider_anthropic_messages_config": "anthropic_messages",
    "get_provider_audio_transcription_config": "transcription",
    "get_provider_batches_config": "create_batch",
    "get_provider_embedding_config": "embedding",
    "get_provider_files_config": "create_file",
    "get_provider_google_genai_generate_content_config": "generate_content",
    "get_provider_image_edit_config": "image_edit",
    "get_provider_image_generation_config": "image_generation",
    "get_provider_image_variation_config": "image_variation",
    "get_provider_ocr_config": "ocr",
    "get_provider_realtime_config": "realtime_api",
    "get_provider_rerank_config": "rerank",
    "get_provider_search_config": "search",
    "get_provider_text_completion_config": "text_completion",
    "get_provider_text_to_speech_config": "speech",
    "get_provider_vector_stores_config": "vector_stores",
    "get_provider_video_config": "video_generation",
}


class ProviderChatConfig:
    """What is known about a provider's chat completions; other methods of litellm's are missing."""

    def __init__(self, model: str, provider: str) -> None:
        self._model = model
        self._provider = provider

    @property
    def custom_llm_provider(self) -> str:
        """The provider's prefix."""
        return self._provider

    def get_supported_openai_params(self, model: str = "") -> list[str]:
        """Return the OpenAI parameters that a model takes."""
        return get_supported_openai_params(model or self._model, self._provider) or []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(f"ProviderChatConfig has no attribute {name!r}", name=name)
        return _absent(f"the {name}() of a provider's chat config", _WHEN_SENT)


class ProviderConfigManager:
    """Tells what providers offer.

    Its methods for anything but chat completions and the Responses API raise NotImplementedError.
    """

    @staticmethod
    def get_provider_chat_config(
        model: str, provider: Any, **_others: Any
    ) -> ProviderChatConfig | None:
        """Return what a provider takes in chat completions, None for an unknown provider."""
        name = _name_of(provider)
        try:
            find_model(model, name)
        except BadRequestError:
            return None
        return ProviderChatConfig(model, name)

    @staticmethod
    def get_provider_responses_api_config(
        provider: Any, model: str | None = None, **_others: Any
    ) -> object | None:
        """Return how a provider offers the Responses API, None if it does not."""
        try:
            row, _ = find_model(model or "any", _name_of(provider))
        except BadRequestError:
            return None
        return row.responses


def _name_of(provider: Any) -> str:
    """Return the prefix of a provider, which may be a member of LlmProviders."""
    return str(getattr(provider, "value", provider))


def _absent(name: str, remedy: str | None) -> Callable[..., NoReturn]:
    def absent(*_values: Any, **_fields: Any) -> NoReturn:
        refuse(name, remedy)

    return absent


for _method, _function in _OTHERS.items():
    _made = _absent(f"litellm.ProviderConfigManager.{_method}", missing_name(_function))
    setattr(ProviderConfigManager, _method, staticmethod(_made))


def responses_api_bridge_check(
    model: str, custom_llm_provider: str, **_others: Any
) -> tuple[dict[str, Any], str]:
    """Return the mode of a model, "responses" or "chat", and its name without `responses/`."""
    try:
        row, name = find_model(model, custom_llm_provider)
        forced, name = split_api(row, name)
        only = "chat" not in apis_of(row, name)
    except BadRequestError:
        return {"mode": "chat"}, model
    mode = "responses" if forced == "responses" or (only and forced is None) else "chat"
    return {"mode": mode}, name if model.startswith(_PREFIX) else model
