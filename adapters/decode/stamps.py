"""Ids in OpenAI's form, for responses and calls that a provider sent without one."""

from __future__ import annotations

from uuid import uuid4


def new_answer_id() -> str:
    """Return an id for a response."""
    return f"chatcmpl-{uuid4().hex}"


def new_call_id() -> str:
    """Return an id for a tool call."""
    return f"call_{uuid4().hex[:24]}"
