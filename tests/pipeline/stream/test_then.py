"""Streams that continue with further streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    Client,
    Cost,
    Handler,
    ModelResponse,
    Outcome,
    RateLimitError,
    Reply,
    Request,
    Stream,
    StreamInterruptedError,
    Usage,
    observe,
)
from trunkline.testing import Cut, FakeProvider, Item, tool_call

MODEL = "openai/gpt-4o"
PRICES = {MODEL: {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}}
USAGE = Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5)


class Continued:
    """Calls on until all parts have been said."""

    def __init__(self, count: int, keep: Literal["all", "last"] = "all") -> None:
        self.count = count
        self.keep: Literal["all", "last"] = keep
        self.parts: list[ModelResponse] = []

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        first = await call_next(request)
        assert isinstance(first, Stream)

        async def follow(part: ModelResponse) -> Stream | None:
            self.parts.append(part)
            if len(self.parts) == self.count:
                return None
            following = await call_next(request)
            assert isinstance(following, Stream)
            return following

        return first.then(follow, keep=self.keep)


def run(
    world: World, script: Sequence[Item], layer: Continued, **arguments: Any
) -> tuple[Any, Any]:
    outcomes: list[Outcome] = []

    async def watch(request: Request, call_next: Handler) -> Reply:
        return observe(await call_next(request), outcomes.append)

    fake = FakeProvider(script, usage=USAGE)
    client = fake.client([watch, layer, Cost(PRICES)])
    chunks, stream = world.stream(client, MODEL, MESSAGES, **arguments)
    assert [outcome.kind for outcome in outcomes] == ["completed"]
    assert outcomes[0].response == stream.response
    assert fake.open_streams == 0
    return chunks, stream


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_stream_of_several(world: World, count: int) -> None:
    layer = Continued(count)
    chunks, stream = run(world, ["one ", "two ", "three "][:count], layer)
    response = stream.response
    assert response.choices[0].message.content == "".join(["one ", "two ", "three "][:count])
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert reasons == [None] * (len(chunks) - 1) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert stream.call.attempts == response.attempts == count
    assert response.usage.prompt_tokens == 3 * count
    assert response.usage.completion_tokens == 2 * count
    assert response.cost == pytest.approx(0.023 * count)
    assert [part.cost for part in layer.parts] == pytest.approx([0.023] * count)
    assert [part.choices[0].finish_reason for part in layer.parts] == ["stop"] * count


def test_usage_is_shown_once_and_summed(world: World) -> None:
    chunks, _ = run(world, ["a", "b"], Continued(2), stream_options={"include_usage": True})
    usages = [chunk.usage for chunk in chunks if chunk.usage is not None]
    assert [usage.total_tokens for usage in usages] == [10]
    assert chunks[-1].choices == []


def test_the_response_may_be_that_of_the_last_part(world: World) -> None:
    chunks, stream = run(world, [["one "], ["two "]], Continued(2, "last"))
    content = [choice.delta.content for chunk in chunks for choice in chunk.choices]
    assert content == ["one ", "two ", None]
    assert stream.response.choices[0].message.content == "two "
    assert stream.response.usage.total_tokens == 10
    assert stream.response.cost == pytest.approx(0.046)


def test_tool_calls_of_parts_stay_apart(world: World) -> None:
    script: list[Item] = [
        [tool_call("a", x=1), tool_call("b", x=2)],
        [tool_call("c", x=3)],
    ]
    _, stream = run(world, script, Continued(2))
    calls = stream.response.choices[0].message.tool_calls
    assert [(call.function.name, call.function.arguments) for call in calls] == [
        ("a", '{"x":1}'),
        ("b", '{"x":2}'),
        ("c", '{"x":3}'),
    ]


def test_signed_reasoning_of_parts_stays_apart(world: World) -> None:
    def thought(text: str) -> dict[str, Any]:
        block = {"type": "thinking", "thinking": text, "signature": f"of {text}", "index": 0}
        return {"choices": [{"index": 0, "delta": {"thinking_blocks": [block]}}]}

    script: list[Item] = [[thought("one"), "1"], [thought("two"), "2"]]
    _, stream = run(world, script, Continued(2))
    blocks = stream.response.choices[0].message.thinking_blocks
    assert [(block.thinking, block.signature) for block in blocks] == [
        ("one", "of one"),
        ("two", "of two"),
    ]


@pytest.mark.parametrize(
    ("second", "error", "attempts"),
    [(RateLimitError("slow down"), RateLimitError, 2), (["b", Cut()], StreamInterruptedError, 2)],
)
def test_a_later_part_that_fails(
    world: World, second: Item, error: type[Exception], attempts: int
) -> None:
    fake = FakeProvider([["a "], second])
    with pytest.raises(error) as caught:
        world.stream(fake.client([Continued(3)]), MODEL, MESSAGES)
    raised: Any = caught.value
    assert raised.attempts == attempts == len(fake.requests)
    assert raised.partial.choices[0].message.content.startswith("a ")
    assert fake.open_streams == 0


def test_leaving_in_a_later_part_closes_it(world: World) -> None:
    fake = FakeProvider([["a "], ["b ", "c "]])
    client: Client = fake.client([Continued(2)])
    if world.blocking:
        stream = client.completion(MODEL, MESSAGES, stream=True)
        for chunk in stream:
            if chunk.choices[0].delta.content == "b ":
                break
    else:

        async def leave() -> Stream:
            stream = await client.acompletion(MODEL, MESSAGES, stream=True)
            async with stream:
                async for chunk in stream:
                    if chunk.choices[0].delta.content == "b ":
                        break
            return stream

        stream = world.run(leave)
    assert fake.open_streams == 0
    assert stream.outcome is not None
    assert stream.outcome.kind == "abandoned"
    assert stream.response.cost is None


def test_what_follows_must_be_a_stream(world: World) -> None:
    async def wrong(request: Request, call_next: Handler) -> Reply:
        reply: Any = await call_next(request)
        joined: Reply = reply.then(str)
        return joined

    with pytest.raises(TypeError, match="then: expected a stream or None, got str"):
        world.stream(FakeProvider(["a"]).client([wrong]), MODEL, MESSAGES)
