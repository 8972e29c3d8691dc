"""Properties of chains whose layers call on several times in one call, in any order.

The provider answers, calls tools with right and wrong arguments, reaches its length, fails and
breaks off at random, in all worlds, while the caller reads to the end or leaves:

- the call is reported once, with the outcome that the caller saw;
- `attempts` is how many requests were made, also of errors;
- every stream is closed;
- usage is that of all responses that came to their end;
- nothing that a guardrail refuses or a redaction hides is seen where it must not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import tenacity
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.support.worlds import WORLDS, World
from trunkline import (
    APIError,
    Callbacks,
    CallRecord,
    Client,
    Continuation,
    Cost,
    Guardrail,
    Hedge,
    ModelResponse,
    Reask,
    Redaction,
    Retry,
    Stream,
    ToolLoop,
)
from trunkline.testing import Cut, FakeProvider, Item, tool_call

# It continues answers.
MODEL = "anthropic/claude-sonnet-4-5"
EMAIL = "ada@example.com"
MESSAGES = [{"role": "user", "content": f"I am {EMAIL}."}]
LENGTH: dict[str, Any] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def layers() -> dict[str, Any]:
    return {
        "ToolLoop": ToolLoop([add], max_steps=3),
        "Reask": Reask(2),
        "Continuation": Continuation(2),
        "Redaction": Redaction(),
        "Guardrail": Guardrail(output=lambda text: "forbidden" not in text),
        "Windows": Guardrail(output=lambda text: "forbidden" not in text, window=9),
        "Retry": Retry(2, wait=tenacity.wait_none()),
        "Hedge": Hedge(3600),
    }


ITEMS: dict[str, Item] = {
    "answer": ["Hello ", "[EMAIL", "_1] ", "again"],
    "tool": ["Let me ", "see. ", tool_call("add", a=1, b=2)],
    "tools": [tool_call("add", a=1, b=2), tool_call("add", a=3, b=4)],
    "wrong tool": ["Hm. ", tool_call("add", a="one")],
    "unknown tool": tool_call("subtract"),
    "length": ["Half ", "an answer ", LENGTH],
    "forbidden": ["It is ", "for", "bidden ", "here"],
    "fail": 503,
    "refuse": 400,
    "cut": ["Half a ", Cut()],
    "cut at once": [Cut()],
}


class Seen:
    """What the caller got of one call."""

    def __init__(self) -> None:
        self.text = ""
        self.reply: ModelResponse | Stream | None = None
        self.error: APIError | None = None

    @property
    def kind(self) -> str:
        if isinstance(self.reply, Stream):
            assert self.reply.outcome is not None
            return self.reply.outcome.kind
        return "completed" if self.error is None else "raised"

    @property
    def attempts(self) -> int:
        if self.error is not None:
            return self.error.attempts
        return 0 if self.reply is None else self.reply.call.attempts

    def read(self, chunk: Any) -> None:
        self.text += "".join(choice.delta.content or "" for choice in chunk.choices)


def call(client: Client, world: World, mode: str, leave: int | None) -> Seen:
    seen = Seen()
    try:
        if world.blocking:
            _call(client, seen, mode, leave)
        else:
            world.run(lambda: _acall(client, seen, mode, leave))
    except APIError as error:
        seen.error = error
    if isinstance(seen.reply, ModelResponse):
        seen.text = seen.reply.choices[0].message.content or ""
    return seen


def _call(client: Client, seen: Seen, mode: str, leave: int | None) -> None:
    reply = seen.reply = client.completion(MODEL, MESSAGES, stream=mode == "stream")
    if isinstance(reply, Stream):
        for number, chunk in enumerate(reply):
            seen.read(chunk)
            if number == leave:
                break


async def _acall(client: Client, seen: Seen, mode: str, leave: int | None) -> None:
    reply = seen.reply = await client.acompletion(MODEL, MESSAGES, stream=mode == "stream")
    if isinstance(reply, Stream):
        async with reply:
            number = 0
            async for chunk in reply:
                seen.read(chunk)
                if number == leave:
                    break
                number += 1
        for _ in range(5):
            await anyio.sleep(0)


@settings(max_examples=300)
@given(
    names=st.permutations(sorted(layers())).flatmap(
        lambda order: st.integers(0, len(order)).map(lambda count: list(order[:count]))
    ),
    script=st.lists(st.sampled_from(sorted(ITEMS)), min_size=1, max_size=5),
    world=st.sampled_from(WORLDS),
    mode=st.sampled_from(["plain", "stream"]),
    leave=st.none() | st.integers(0, 6),
)
def test_the_laws_of_steps(
    names: Sequence[str], script: Sequence[str], world: World, mode: str, leave: int | None
) -> None:
    told: list[CallRecord] = []
    made = layers()
    # The last item never ends: another step never lacks an answer.
    items = [ITEMS[name] for name in script] + [["At last"]] * 100
    fake = FakeProvider(items)
    chain = [made[name] for name in names if name != "Windows" or "Guardrail" not in names]
    seen = call(fake.client([Callbacks([told.append]), *chain, Cost()]), world, mode, leave)
    event(f"{mode}: {seen.kind}")
    (record,) = told
    expected = {"raised": ("failed", "truncated")}.get(seen.kind, (seen.kind,))
    assert record.outcome in expected
    assert seen.attempts == len(fake.requests) == record.attempts
    assert fake.open_streams == 0
    if {"Guardrail", "Windows"} & set(names):
        assert "forbidden" not in seen.text
        assert seen.error is None or "forbidden" not in str(seen.error.partial)
    if "Redaction" in names:
        assert all(EMAIL not in str(request.messages) for request in fake.requests)
    if seen.kind == "completed" and leave is None:
        reply = seen.reply
        response = reply.response if isinstance(reply, Stream) else reply
        assert response is not None
        assert response.usage is None or response.usage.total_tokens % 15 == 0
        assert response.choices[0].finish_reason is not None
        if mode == "stream":
            assert seen.text.endswith(response.choices[0].message.content or "")
