"""Never executed: mypy and pyright check middlewares and streams as users write and read them."""

from __future__ import annotations

from typing import assert_type

from trunkline import (
    Client,
    Continuation,
    Guardrail,
    Handler,
    Hedge,
    HTTPRequest,
    MCPTools,
    Outcome,
    Reask,
    Redaction,
    Reply,
    Request,
    TextEvent,
    ToolCallEvent,
    ToolLoop,
    acompletion,
    before,
    before_send,
    completion,
    default_middlewares,
    map_text,
    observe,
    replace,
)


def blocking() -> str | None:
    stream = completion("m", [], stream=True)
    for text in stream.text():
        assert_type(text, str)
    for event in stream.events():
        if isinstance(event, ToolCallEvent):
            print(event.arguments)
        elif event.type == "text":
            assert_type(event, TextEvent)
    return stream.final().choices[0].message.content


async def asynchronous() -> str | None:
    stream = await acompletion("m", [], stream=True)
    async for text in stream.text():
        assert_type(text, str)
    response = await stream.final()
    return response.choices[0].message.content


def double(x: int) -> int:
    return 2 * x


@before_send
def sign(request: Request, http: HTTPRequest) -> None: ...


@before
async def cheaper(request: Request) -> Request:
    return replace(request, model="x")


async def change(request: Request, call_next: Handler) -> Reply:
    async def seen(outcome: Outcome) -> None: ...

    return observe(map_text(await call_next(request), str.upper), seen)


async def race(request: Request, call_next: Handler) -> Reply:
    return await request.io.race([lambda io: call_next(replace(request, io=io))])


client = Client(
    [
        sign,
        cheaper,
        change,
        race,
        ToolLoop([double, MCPTools(["x"])], approve=lambda call: True),
        Redaction(),
        Guardrail(lambda text: True),
        Hedge(),
        Reask(),
        Continuation(),
        *default_middlewares(),
    ]
)
completion("m", [], tools=[double])
