"""Never executed: mypy and pyright check that a user's code has the types that it expects."""

from __future__ import annotations

from typing import assert_type

from trunkline import (
    Client,
    Handler,
    ModelResponse,
    ModelResponseStream,
    Outcome,
    Reply,
    Request,
    Stream,
    acompletion,
    after,
    before,
    completion,
    observe,
    replace,
)

MESSAGES = [{"role": "user", "content": "Hello"}]


def plain() -> None:
    response = completion("openai/gpt-4o", MESSAGES)
    assert_type(response, ModelResponse)
    assert_type(response.choices[0].message.content, str | None)
    assert_type(completion("openai/gpt-4o", MESSAGES, stream=False), ModelResponse)
    assert_type(completion("openai/gpt-4o", MESSAGES, temperature=0.5, top_k=3), ModelResponse)


def stream() -> None:
    chunks = completion("openai/gpt-4o", MESSAGES, stream=True)
    assert_type(chunks, Stream)
    for chunk in chunks:
        assert_type(chunk, ModelResponseStream)
        assert_type(chunk.choices[0].delta.content, str | None)
    assert_type(chunks.response, ModelResponse)


def undecided(stream: bool) -> None:
    assert_type(completion("openai/gpt-4o", MESSAGES, stream=stream), ModelResponse | Stream)


def a_message_goes_back() -> None:
    message = completion("openai/gpt-4o", MESSAGES).choices[0].message
    completion("openai/gpt-4o", [*MESSAGES, message])


async def asynchronous() -> None:
    assert_type(await acompletion("openai/gpt-4o", MESSAGES), ModelResponse)
    chunks = await acompletion("openai/gpt-4o", MESSAGES, stream=True)
    assert_type(chunks, Stream)
    async for chunk in chunks:
        assert_type(chunk, ModelResponseStream)


async def timing(request: Request, call_next: Handler) -> Reply:
    reply = await call_next(replace(request, model="openai/gpt-4o-mini"))
    return observe(reply, print)


@before
def shorten(request: Request) -> Request:
    return replace(request, messages=request.messages[-1:])


@after
def report(request: Request, outcome: Outcome) -> None:
    print(request.model, outcome.kind)


@after
async def report_later(request: Request, outcome: Outcome) -> None:
    print(request.model, outcome.kind)


def clients() -> None:
    client = Client(middlewares=[timing, shorten, report, report_later])
    assert_type(client.completion("openai/gpt-4o", MESSAGES), ModelResponse)
    assert_type(client.with_middlewares(timing), Client)
