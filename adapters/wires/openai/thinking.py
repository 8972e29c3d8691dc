"""Reasoning for providers that switch it on and off, where OpenAI has levels of effort."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from ....pipeline.json_values import JSON


def translate_thinking(body: JSON, flags: Collection[str]) -> None:
    """Translate `reasoning_effort` and `thinking` in place, by the provider's flags.

    "thinking_switch": any effort is `thinking: {"type": "enabled"}`, "none" is "disabled".
    "thinking_none": the provider has levels; only "none" is translated to that switch.
    "enable_thinking": any effort is `enable_thinking: true`, "none" is false, and the budget of
    `thinking` is `thinking_budget`.
    """
    if "thinking_switch" in flags:
        _switch(body)
    elif "thinking_none" in flags:
        if body.get("reasoning_effort") == "none":
            _switch(body)
    elif "enable_thinking" in flags:
        _enable(body)


def _switch(body: JSON) -> None:
    effort = body.pop("reasoning_effort", None)
    if effort not in (None, "default"):
        body.setdefault("thinking", {"type": "enabled" if _is_on(effort) else "disabled"})


def _enable(body: JSON) -> None:
    effort = body.pop("reasoning_effort", None)
    if effort not in (None, "default"):
        body.setdefault("enable_thinking", _is_on(effort))
    thinking: object = body.get("thinking")
    if isinstance(thinking, Mapping):
        given = cast("Mapping[str, Any]", body.pop("thinking"))
        body["enable_thinking"] = given.get("type") != "disabled"
        if given.get("budget_tokens"):
            body.setdefault("thinking_budget", given["budget_tokens"])


def _is_on(effort: object) -> bool:
    from ...encode.efforts import check_effort  # noqa: PLC0415  # most providers have levels

    return check_effort(effort) != "none"
