"""Remove email addresses from prompts."""

import re

from trunkline import Client, Request, before, default_middlewares, replace
from trunkline.testing import FakeProvider

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


@before
def redact(request: Request) -> Request:
    """Replace every email address in the messages with [email]."""
    messages = [dict(message) for message in request.messages]
    for message in messages:
        if isinstance(message["content"], str):
            message["content"] = EMAIL.sub("[email]", message["content"])
    return replace(request, messages=tuple(messages))


fake = FakeProvider(["Hello!"])
client = Client([redact, *default_middlewares()], adapter=fake)
client.completion("openai/gpt-4o", [{"role": "user", "content": "I am ada@example.com"}])
print(fake.requests[0].messages)
