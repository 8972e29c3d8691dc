"""What the clients of a server can do about an error; its own remedies are for programs."""

from __future__ import annotations

import re

from ..pipeline.errors import APIError

_DROP = ", or set drop_params in the server's configuration, which leaves out what is not supported"
#: Parts of messages, and what clients are told instead.
_REMEDIES = {
    r", pass drop_params=True .*, or pass (?:allowed_openai_params|extra_body)=.* anyway": _DROP,
    r", or pass drop_params=True to drop unsupported parameters": _DROP,
    r'pass wire="responses" if the server has that API, ': "",
    r", or pass it in extra_body to send it anyway": "",
    r" Pass a provider's own value in extra_body": "",
    r", or pass base_url, for a server with OpenAI's API\)": ")",
    r"\(register_provider\(\) adds one; ": "(",
    r"Client\(response_store=\.\.\.\) or trunkline\.response_store keeps": (
        "a store for responses in the server's configuration keeps"
    ),
    r"^no key for (.*): set (.*) or pass api_key": r"the server has no key for \1: it needs \2",
    r"pass [a-z0-9_]+, set that variable or pass base_url": (
        "set that variable in the server's environment"
    ),
    r"base_url is missing: pass base_url or set (.*)": r"the server has no address: it needs \1",
}
_PATTERNS = {re.compile(pattern): told for pattern, told in _REMEDIES.items()}


def explain_to_clients(error: APIError) -> str:
    """Return an error's message with remedies that the clients of a server have."""
    message = error.message
    if error.attempts == 0:
        for pattern, told in _PATTERNS.items():
            message = pattern.sub(told, message)
    return message
