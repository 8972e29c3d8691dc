"""Ids for what a provider sent without one, in the form that OpenAI's have."""

from __future__ import annotations

from uuid import uuid4


def new_answer_id() -> str:
    """Return an id for an answer."""
    return f"chatcmpl-{uuid4().hex}"


def new_call_id() -> str:
    """Return an id for a tool call."""
    return f"call_{uuid4().hex[:24]}"
