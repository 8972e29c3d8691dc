"""Errors of a model that one of OpenAI's APIs refuses: they say how to use the other."""

from __future__ import annotations

import re

from ...pipeline.call.request import Wire
from ...pipeline.errors import APIError
from ..provider.row import Provider

#: "This model is only supported in v1/responses and not in v1/chat/completions", and
#: "Function tools with reasoning_effort are not supported ... use /v1/responses".
_RESPONSES = re.compile(r"\bv1/responses\b|/responses\b|\bResponses API\b", re.IGNORECASE)
_CHAT = re.compile(r"\bchat/completions\b|\bChat Completions\b", re.IGNORECASE)
_STATUSES = frozenset({400, 404, 405, 422})


def add_remedy(error: APIError, provider: Provider, model: str, api: Wire) -> None:
    """Add to the error of a refused API which prefix and argument select the other."""
    if error.status_code not in _STATUSES or provider.responses is None or not error.headers:
        return
    if api == "chat" and _RESPONSES.search(error.message):
        other, name = "responses", "the Responses API"
    elif api == "responses" and _CHAT.search(error.message):
        other, name = "chat", "chat completions"
    else:
        return
    forced = f"{provider.name}/{other}/{model}"
    error.message = f'{error.message} (to use {name}: model="{forced}" or wire="{other}")'
