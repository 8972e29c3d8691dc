"""Use the OpenAI SDK, and frameworks based on it, with any provider.

This example needs no server, key or network. In your own program, omit `adapter=`: calls then go to
the providers, each with the key from its own environment variable.
"""

from __future__ import annotations

from openai import OpenAI, RateLimitError

import trunkline
from trunkline.integrations.openai import http_client
from trunkline.testing import FakeProvider

fake = FakeProvider(
    [
        "Hello from Claude.",
        503,
        "Hello from the fallback.",
        ["Chunk ", "by ", "chunk."],
        trunkline.RateLimitError("slow down", retry_after=2),
    ]
)
transport = http_client(trunkline.Client(adapter=fake), num_retries=0)

with OpenAI(http_client=transport, api_key="unused") as client:
    response = client.chat.completions.create(
        model="anthropic/claude-sonnet-4-5",
        messages=[{"role": "user", "content": "Hello"}],
    )
    print(response.choices[0].message.content)

    # Pass any argument of trunkline.completion(): here for one call, in http_client() for all.
    response = client.chat.completions.create(
        model="openai/gpt-4o",
        messages=[{"role": "user", "content": "Hello"}],
        extra_body={"fallbacks": ["groq/llama-3.3-70b-versatile"]},
    )
    print(response.model, response.choices[0].message.content)

    for chunk in client.chat.completions.create(
        model="gemini/gemini-2.5-flash",
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
    ):
        print(chunk.choices[0].delta.content or "", end="")
    print()

    try:
        client.chat.completions.create(
            model="mistral/mistral-small-latest",
            messages=[{"role": "user", "content": "Hello"}],
        )
    except RateLimitError as error:
        print(error.status_code, error.response.headers["retry-after"])
