"""Run a batch with limited concurrency; a second run requests only the missing responses."""

import tempfile
from pathlib import Path

from trunkline import APIError, Client, Request, SQLiteStore
from trunkline.testing import FakeProvider

CITIES = ["Paris", "Rome", "Oslo", "Lima", "Cairo"]


def answer(request: Request) -> str | int:
    """Return a response, or a server error for two of the requests."""
    fails = len(provider.requests) in (2, 4)
    return 500 if fails else f"lovely ({request.messages[0].get('content')})"


# A fake provider: omit `adapter` to call a real one.
provider = FakeProvider([answer] * 20)
conversations = [[{"role": "user", "content": f"One word about {city}?"}] for city in CITIES]

with tempfile.TemporaryDirectory() as folder:
    store = SQLiteStore(Path(folder, "answers.db"))
    client = Client(adapter=provider, cache=store, num_retries=0)
    for attempt in (1, 2):
        answers = client.batch_completion("openai/gpt-4o", conversations, max_workers=2)
        failed = [
            city for city, got in zip(CITIES, answers, strict=True) if isinstance(got, APIError)
        ]
        print(f"run {attempt}: {len(provider.requests)} requests so far, failed: {failed}")
    for city, got in zip(CITIES, answers, strict=True):
        print(city, "->", got if isinstance(got, APIError) else got.choices[0].message.content)
    store.close()
