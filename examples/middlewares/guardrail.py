"""Refuse a request before it is sent, with an error that callers already handle."""

from collections.abc import Awaitable

from trunkline import (
    Client,
    ContentPolicyViolationError,
    Handler,
    Reply,
    Request,
    default_middlewares,
)


def guard(request: Request, call_next: Handler) -> Awaitable[Reply]:
    """Reject prompts about the secret project."""
    for number, message in enumerate(request.messages):
        if "project orion" in str(message.get("content")).lower():
            raise ContentPolicyViolationError(f"messages[{number}]: mentions a secret project")
    return call_next(request)


client = Client([guard, *default_middlewares()])
try:
    client.completion("openai/gpt-4o", [{"role": "user", "content": "What is Project Orion?"}])
except ContentPolicyViolationError as error:
    print(error)
