"""Gemini's finish reasons, as OpenAI's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ....pipeline.errors import APIError
from ....pipeline.schema.parts import Delta, StreamingChoice
from ...decode.finish_reasons import map_finish_reason
from .schema import Enum

#: https://ai.google.dev/api/generate-content#FinishReason, and further ones of Vertex.
FINISH_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "STOP": "stop",
        "FINISH_REASON_UNSPECIFIED": "stop",
        "MAX_TOKENS": "length",
        "CONTINUATION": "length",
        **dict.fromkeys(
            (
                "BLOCKLIST",
                "ESCALATION",
                "IMAGE_OTHER",
                "IMAGE_PROHIBITED_CONTENT",
                "IMAGE_RECITATION",
                "IMAGE_SAFETY",
                "JAILBREAK",
                "LANGUAGE",
                "MODEL_ARMOR",
                "NO_IMAGE",
                "OTHER",
                "PROHIBITED_CONTENT",
                "PUP_LIMITED_DISABLED",
                "RECITATION",
                "SAFETY",
                "SPII",
            ),
            "content_filter",
        ),
    }
)
# The numbers that mean the same on AI Studio and on Vertex; further ones differ:
# https://github.com/googleapis/googleapis/tree/master/google/ai/generativelanguage/v1beta and
# https://github.com/googleapis/googleapis/tree/master/google/cloud/aiplatform/v1beta1
_NUMBERED: Mapping[Enum, str] = MappingProxyType(
    {
        0: "FINISH_REASON_UNSPECIFIED",
        1: "STOP",
        2: "MAX_TOKENS",
        3: "SAFETY",
        4: "RECITATION",
        5: "OTHER",
    }
)


def set_finish_reason(choice: StreamingChoice, reason: Enum, message: str | None) -> None:
    """Set OpenAI's finish reason, and keep Google's next to it.

    Args:
        choice: the choice to change.
        reason: Google's reason.
        message: what Google says about it, for the error.

    Raises:
        APIError: the reason says that the response failed.
    """
    choice.finish_reason = _NUMBERED.get(reason) or str(reason)
    try:
        map_finish_reason(choice, FINISH_REASONS)
    except APIError as error:
        if message:
            error.message = f"{error.message}: {message}"
        raise


def set_reason_after_calls(choice: StreamingChoice, reason: Enum, message: str | None) -> None:
    """Set the finish reason of a candidate with function calls; see `set_finish_reason`.

    A call of a function that was not declared is not a failure if the response has the call: the
    caller can reply that there is no such function.
    """
    if reason == "UNEXPECTED_TOOL_CALL":
        choice.provider_specific_fields = {"native_finish_reason": "UNEXPECTED_TOOL_CALL"}
        choice.finish_reason = "tool_calls"
        return
    set_finish_reason(choice, reason, message)
    if choice.finish_reason == "stop":
        choice.finish_reason = "tool_calls"


def blocked_choice(reason: Enum) -> StreamingChoice:
    """Return the choice for a prompt that Gemini refused, with its `blockReason`."""
    return StreamingChoice(
        delta=Delta(role="assistant"),
        finish_reason="content_filter",
        provider_specific_fields={"native_finish_reason": str(reason)},
    )
