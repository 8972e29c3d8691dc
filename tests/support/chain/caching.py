"""A provider whose responses differ, and a store that records its use."""

from __future__ import annotations

from trunkline import ModelResponse, Usage
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
FAKE_USAGE = Usage(prompt_tokens=10, completion_tokens=5, total_tokens=15)


def numbered(count: int = 100) -> FakeProvider:
    """Return a provider with a different text in every response."""
    return FakeProvider([f"answer {number}" for number in range(1, count)])


def text(response: ModelResponse) -> str | None:
    return response.choices[0].message.content


class Ledger:
    """A store that records its keys, values and lookups."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.ttls: list[float | None] = []
        self.asked: list[str] = []

    def __len__(self) -> int:
        return len(self.kept)

    async def get(self, key: str) -> bytes | None:
        self.asked.append(key)
        return self.kept.get(key)

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        self.kept[key] = value
        self.ttls.append(ttl)
