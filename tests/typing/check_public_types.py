"""Never executed: mypy and pyright check that a user's code has the types that it expects."""

from __future__ import annotations

from typing import Any, assert_type

from msgspec import Struct

from trunkline import (
    APIError,
    Client,
    Handler,
    ModelResponse,
    ModelResponseStream,
    Outcome,
    Reply,
    Request,
    Response,
    ResponseStream,
    Router,
    Stream,
    abatch_as_completed,
    acompletion,
    after,
    aresponses,
    batch_completion,
    before,
    completion,
    observe,
    replace,
    responses,
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


class City(Struct):
    name: str


def classes() -> None:
    response = completion("openai/gpt-4o", MESSAGES, response_format=City)
    assert_type(response, ModelResponse[City])
    assert_type(response.parsed, City | None)
    assert_type(response.choices[0].message.parsed, City | None)
    chunks = completion("openai/gpt-4o", MESSAGES, response_format=City, stream=True)
    assert_type(chunks, Stream[City])
    assert_type(chunks.response.parsed, City | None)
    results = batch_completion("openai/gpt-4o", [MESSAGES], response_format=City)
    assert_type(results, list[ModelResponse[City] | APIError])
    json = completion("openai/gpt-4o", MESSAGES, response_format={"type": "json_object"})
    assert_type(json, ModelResponse)


def streams_for_people() -> None:
    chunks = completion("openai/gpt-4o", MESSAGES, stream=True)
    for text in chunks.text():
        assert_type(text, str)
    final = completion("openai/gpt-4o", MESSAGES, stream=True).final()
    assert_type(final.choices[0].message.content, str | None)


def undecided(stream: bool) -> None:
    assert_type(completion("openai/gpt-4o", MESSAGES, stream=stream), ModelResponse | Stream)


async def the_responses_api() -> None:
    response = responses("openai/gpt-4o", "Hello", max_output_tokens=5, num_retries=0, top_k=3)
    assert_type(response, Response)
    assert_type(responses("openai/gpt-4o", [], stream=True), ResponseStream)
    assert_type(await aresponses("openai/gpt-4o", "Hello", reasoning={"effort": "low"}), Response)
    responses("openai/gpt-4o", "Hello", max_output_tokens="5")  # type: ignore[call-overload]  # the mistake  # pyright: ignore[reportArgumentType, reportCallIssue]


def arguments_of_unknown_types(arguments: dict[str, Any]) -> None:
    response: ModelResponse = completion("openai/gpt-4o", MESSAGES, stream=False, **arguments)
    chunks: Stream = completion("openai/gpt-4o", MESSAGES, stream=True, **arguments)
    print(response, chunks)


def mistakes() -> None:
    completion("openai/gpt-4o", MESSAGES, temperature="hot")  # type: ignore[call-overload]  # the mistake  # pyright: ignore[reportArgumentType, reportCallIssue]
    completion("openai/gpt-4o", MESSAGES, wire="smtp")  # type: ignore[call-overload]  # the mistake  # pyright: ignore[reportArgumentType, reportCallIssue]


def routers() -> None:
    Router([], routing_strategy="least-busy")
    Router([], routing_strategy="least-bussy")  # type: ignore[arg-type]  # the mistake  # pyright: ignore[reportArgumentType]


def a_message_goes_back() -> None:
    message = completion("openai/gpt-4o", MESSAGES).choices[0].message
    completion("openai/gpt-4o", [*MESSAGES, message])


async def asynchronous() -> None:
    assert_type(await acompletion("openai/gpt-4o", MESSAGES), ModelResponse)
    chunks = await acompletion("openai/gpt-4o", MESSAGES, stream=True)
    assert_type(chunks, Stream)
    async for chunk in chunks:
        assert_type(chunk, ModelResponseStream)


async def batches() -> None:
    async for number, result in abatch_as_completed("openai/gpt-4o", [MESSAGES]):
        assert_type(number, int)
        assert_type(result, ModelResponse | APIError)


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


def settings(given: dict[str, Any]) -> None:
    Client(drop_params=True, num_retries=1, callbacks=[print], **given)
    Router([], cache=True, num_retries=1, **given)
    Client(num_retry=1)  # type: ignore[call-arg]  # the mistake  # pyright: ignore[reportCallIssue]
    Router([], drop_params="yes")  # type: ignore[arg-type]  # the mistake  # pyright: ignore[reportArgumentType]
