"""A loop that runs the tools a model calls: in every world, plain and streaming."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    Cost,
    Message,
    RateLimitError,
    Request,
    ToolCallEvent,
    ToolLoop,
    ToolLoopError,
    default_middlewares,
)
from trunkline.testing import FakeProvider, Item, tool_call

MODEL = "openai/gpt-4o"
PRICES = {MODEL: {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}}


def weather(city: str, days: int = 1) -> str:
    """Return the weather of a city."""
    return f"sunny in {city} for {days}"


async def population(city: str) -> dict[str, int]:
    """Return how many people live in a city."""
    return {city: 7}


def answer(
    world: World, mode: str, script: list[Item], loop: ToolLoop, **arguments: Any
) -> tuple[Any, FakeProvider]:
    fake = FakeProvider(script)
    client = fake.client([loop, *default_middlewares(cost=Cost(PRICES))])
    response = world.answer(client, mode, MODEL, MESSAGES, **arguments)
    assert fake.open_streams == 0
    return response, fake


def results(request: Request) -> list[str]:
    return [
        str(message.get("content")) for message in request.messages if message["role"] == "tool"
    ]


def test_a_function_is_called_and_its_result_sent(world: World, mode: str) -> None:
    script: list[Item] = [["Let me see. ", tool_call("weather", city="Nice")], "It is sunny."]
    response, fake = answer(world, mode, script, ToolLoop([weather, population]))
    message = response.choices[0].message
    assert message.content == "It is sunny."
    assert message.tool_calls is None
    assert response.choices[0].finish_reason == "stop"
    first, second = fake.requests
    names = [tool["function"]["name"] for tool in first.params["tools"]]
    assert names == ["weather", "population"]
    assert results(second) == ["sunny in Nice for 1"]
    roles = [each["role"] for each in second.messages]
    assert roles == ["user", "assistant", "tool"]
    assert second.messages[1].get("content") == "Let me see. "
    assert response.attempts == 2
    assert response.usage.total_tokens == 30
    assert response.cost == pytest.approx(2 * 0.06)
    # The conversation goes on with these, and with the response.
    assert [each["role"] for each in response.call.new_messages] == ["assistant", "tool"]
    assert fake.requests[1].messages[1:] == tuple(response.call.new_messages)


def test_the_text_of_all_steps_is_streamed(world: World) -> None:
    fake = FakeProvider([["Let ", "me see. ", tool_call("weather", city="Nice")], ["It ", "is."]])
    chunks, _ = world.stream(fake.client([ToolLoop([weather])]), MODEL, MESSAGES)
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert [delta.content for delta in deltas if delta.content] == [
        "Let ",
        "me see. ",
        "It ",
        "is.",
    ]
    assert not any(delta.tool_calls for delta in deltas)
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert [reason for reason in reasons if reason] == ["stop"]


class Meeting:
    """Functions that each wait for the other: they end only if they run at the same time."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(2)

    def left(self) -> str:
        """Wait for the right."""
        self.barrier.wait(10)
        return "left"

    def right(self) -> str:
        """Wait for the left."""
        self.barrier.wait(10)
        return "right"


def test_calls_of_one_response_run_at_the_same_time(world: World, mode: str) -> None:
    meeting = Meeting()
    script: list[Item] = [[tool_call("left"), tool_call("right")], "done"]
    _, fake = answer(world, mode, script, ToolLoop([meeting.left, meeting.right]))
    assert results(fake.requests[1]) == ["left", "right"]


def test_async_functions_run_at_the_same_time(world: World, mode: str) -> None:
    begun: list[str] = []

    async def meet(name: str) -> str:
        """Wait for the other one."""
        begun.append(name)
        while len(begun) < 2:
            await anyio.sleep(0.001)
        return name

    script: list[Item] = [[tool_call("meet", name="a"), tool_call("meet", name="b")], "done"]
    _, fake = answer(world, mode, script, ToolLoop([meet]))
    assert results(fake.requests[1]) == ["a", "b"]


def test_results_are_json(world: World, mode: str) -> None:
    script: list[Item] = [tool_call("population", city="Nice"), "seven"]
    _, fake = answer(world, mode, script, ToolLoop([population]))
    assert results(fake.requests[1]) == ['{"Nice":7}']


def never() -> str:
    """Never return."""
    threading.Event().wait()
    return ""


async def never_async() -> str:
    """Never return."""
    await anyio.sleep_forever()
    return ""


def fails(city: str) -> str:
    """Fail."""
    raise LookupError(f"no city {city}")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (tool_call("fails", city="Ys"), "Error: LookupError: no city Ys"),
        (tool_call("fails", city=3), "Error: city: Expected `str`, got `int`"),
        (tool_call("fails"), "Error: city: missing argument"),
        (tool_call("never"), "Error: never took longer than 0.01 s"),
        (tool_call("never_async"), "Error: never_async took longer than 0.01 s"),
        (tool_call("other"), "there is no tool named 'other'; the tools are fails, never"),
    ],
)
def test_the_model_is_told_what_went_wrong(world: World, mode: str, call: Any, told: str) -> None:
    # A short limit is for tools that never return: any other must not depend on the machine.
    seconds = 0.01 if "took longer" in told else 60.0
    loop = ToolLoop([fails, never, never_async], timeout=seconds)
    _, fake = answer(world, mode, [call, "sorry"], loop)
    assert told in results(fake.requests[1])[0]


def leave() -> None:
    """End the program."""
    raise SystemExit(3)


async def leave_later() -> None:
    """End the program, from a coroutine."""
    raise SystemExit(3)


@pytest.mark.parametrize("tool", [leave, leave_later])
def test_a_tool_that_ends_the_program_ends_only_itself(
    world: World, mode: str, tool: Callable[[], Any]
) -> None:
    script: list[Item] = [tool_call(tool.__name__), "done"]
    _, fake = answer(world, mode, script, ToolLoop([tool], timeout=None))
    assert results(fake.requests[1]) == ["Error: SystemExit: 3"]


def test_arguments_that_are_not_json(world: World, mode: str) -> None:
    broken = tool_call("weather")
    broken.function.arguments = '{"city": "Ni'
    _, fake = answer(world, mode, [broken, "sorry"], ToolLoop([weather]))
    assert results(fake.requests[1]) == ["Error: the arguments are not a JSON object"]


@pytest.mark.parametrize("steps", [1, 3])
def test_the_number_of_steps_is_limited(world: World, mode: str, steps: int) -> None:
    fake = FakeProvider([tool_call("weather", city=f"city {n}") for n in range(steps)])
    client = fake.client([ToolLoop([weather], max_steps=steps)])
    with pytest.raises(ToolLoopError, match=f"still calls tools after {steps} steps") as caught:
        world.answer(client, mode, MODEL, MESSAGES)
    error = caught.value
    assert isinstance(error, APIError)
    assert error.attempts == len(fake.requests) == steps
    contents = [message["content"] for message in error.messages if message["role"] == "tool"]
    assert contents == [f"sunny in city {n} for 1" for n in range(steps - 1)]
    assert error.messages[0] == MESSAGES[0]
    # The conversation can be continued as it is.
    again = FakeProvider(["Enough."])
    world.complete(again.client(), MODEL, error.messages)


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (True, "sunny in Nice for 1"),
        (False, "Error: the user did not allow this call"),
        (None, "Error: the user did not allow this call"),
        ("too far away", "Error: too far away"),
    ],
)
@pytest.mark.parametrize("asynchronous", [True, False])
def test_calls_need_approval(
    world: World, mode: str, answered: Any, told: str, asynchronous: bool
) -> None:
    asked: list[ToolCallEvent] = []

    def approve(call: ToolCallEvent) -> Any:
        asked.append(call)
        return answered

    async def approve_later(call: ToolCallEvent) -> Any:
        return approve(call)

    loop = ToolLoop([weather], approve=approve_later if asynchronous else approve)
    _, fake = answer(world, mode, [tool_call("weather", city="Nice"), "ok"], loop)
    assert results(fake.requests[1]) == [told]
    assert [(call.name, call.arguments) for call in asked] == [("weather", {"city": "Nice"})]
    assert asked[0].id


def test_an_exception_of_the_hook_ends_the_call(world: World, mode: str) -> None:
    def approve(call: ToolCallEvent) -> bool:
        raise KeyError(call.name)

    with pytest.raises(KeyError, match="weather"):
        answer(
            world, mode, [tool_call("weather", city="Nice")], ToolLoop([weather], approve=approve)
        )


def test_functions_of_the_call_are_run_too(world: World, mode: str) -> None:
    script: list[Item] = [
        [tool_call("weather", city="Nice"), tool_call("population", city="Nice")],
        "done",
    ]
    _, fake = answer(world, mode, script, ToolLoop([weather]), tools=[population])
    assert results(fake.requests[1]) == ["sunny in Nice for 1", '{"Nice":7}']
    _, fake = answer(
        world, mode, [tool_call("weather", city="x"), "ok"], ToolLoop(), tools=[weather]
    )
    assert results(fake.requests[1]) == ["sunny in x for 1"]


THEIRS = {"type": "function", "function": {"name": "mine", "parameters": {"type": "object"}}}


def test_tools_that_the_caller_runs_are_returned(world: World, mode: str) -> None:
    script: list[Item] = [
        tool_call("weather", city="Nice"),
        ["Now ", tool_call("mine", x=1), tool_call("weather", city="Ys")],
    ]
    response, fake = answer(world, mode, script, ToolLoop([weather]), tools=[THEIRS])
    message = response.choices[0].message
    assert [call.function.name for call in message.tool_calls] == ["mine", "weather"]
    assert message.content == "Now "
    assert response.choices[0].finish_reason == "tool_calls"
    assert len(fake.requests) == 2


@pytest.mark.parametrize(
    ("choice", "later"),
    [
        ("required", None),
        ({"type": "function", "function": {"name": "weather"}}, None),
        ("auto", "auto"),
    ],
)
def test_a_forced_tool_is_forced_once(world: World, mode: str, choice: Any, later: Any) -> None:
    script: list[Item] = [tool_call("weather", city="Nice"), "done"]
    _, fake = answer(world, mode, script, ToolLoop([weather]), tool_choice=choice)
    assert [request.params.get("tool_choice") for request in fake.requests] == [choice, later]


def test_a_later_request_that_fails(world: World, mode: str) -> None:
    fake = FakeProvider([tool_call("weather", city="Nice"), RateLimitError("slow down")])
    with pytest.raises(RateLimitError) as caught:
        world.answer(fake.client([ToolLoop([weather])]), mode, MODEL, MESSAGES)
    assert caught.value.attempts == 2


def test_context_variables_reach_the_tools(world: World, mode: str) -> None:
    from contextvars import ContextVar  # noqa: PLC0415

    user: ContextVar[str] = ContextVar("user")
    user.set("ada")

    def whoami() -> str:
        """Return the user."""
        return user.get("nobody")

    async def whoami_async() -> str:
        """Return the user."""
        return user.get("nobody")

    script: list[Item] = [[tool_call("whoami"), tool_call("whoami_async")], "done"]
    _, fake = answer(world, mode, script, ToolLoop([whoami, whoami_async]))
    assert results(fake.requests[1]) == ["ada", "ada"]


def test_the_trail_shows_the_calls(world: World) -> None:
    script: list[Item] = [[tool_call("weather", city="x"), tool_call("fails", city="y")], "done"]
    response, _ = answer(world, "plain", script, ToolLoop([weather, fails]))
    notes = [note for note in response.call.trail.notes if note.layer == "ToolLoop"]
    assert [(note.event, note.attributes["tool"]) for note in notes] == [
        ("called", "weather"),
        ("called", "fails"),
    ]
    assert notes[1].attributes["error_type"] == "LookupError"


def test_the_messages_of_the_caller_stay_as_they_are(world: World) -> None:
    mine: list[Any] = [*MESSAGES]
    fake = FakeProvider([tool_call("weather", city="x"), "done"])
    response = world.complete(fake.client([ToolLoop([weather])]), MODEL, mine)
    assert mine == MESSAGES
    conversation = [*mine, *response.call.new_messages, response.choices[0].message]
    assert isinstance(conversation[-1], Message)
    json.dumps([*mine, *response.call.new_messages])
    world.complete(FakeProvider(["go on"]).client(), MODEL, conversation)


def no_types(city):  # type: ignore[no-untyped-def]
    return str(city)  # pyright: ignore[reportUnknownArgumentType]


NO_TYPES: Any = no_types  # pyright: ignore[reportUnknownVariableType]
LIST: Any = weather
CLASS: Any = ToolLoop
EIGHT: Any = "8"
MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: ToolLoop([NO_TYPES]), TypeError, "argument 'city' has no type, so it has no schema"),
    (lambda: ToolLoop(LIST), TypeError, "expected a list of functions"),
    (lambda: ToolLoop([THEIRS]), TypeError, "a dictionary has no function that could run"),
    (lambda: ToolLoop(["weather"]), TypeError, "expected a function, got 'weather'"),
    (lambda: ToolLoop([weather, weather]), ValueError, "two tools are named 'weather'"),
    (
        lambda: ToolLoop([weather], max_steps=0),
        ValueError,
        "max_steps: expected an int of 1 or more, got 0",
    ),
    (
        lambda: ToolLoop([weather], max_steps=EIGHT),
        ValueError,
        "expected an int of 1 or more, got '8'",
    ),
    (lambda: ToolLoop([weather], timeout=0), ValueError, "timeout: expected more than 0 seconds"),
    (
        lambda: Client([CLASS, *default_middlewares()]),
        TypeError,
        r"use an instance: ToolLoop\(\)",
    ),
    (lambda: Client([ToolLoop(), ToolLoop()]), ValueError, "two ToolLoop layers"),
]


@pytest.mark.parametrize(("make", "kind", "message"), MISTAKES)
def test_mistakes(make: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        make()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 2}, "n: a ToolLoop follows one choice"),
        ({"tools": [weather]}, "two tools are named 'weather'"),
        (
            {"tools": [{"type": "function", "function": {"name": "weather"}}]},
            "two tools are named 'weather'",
        ),
    ],
)
def test_mistakes_of_a_call(arguments: dict[str, Any], message: str) -> None:
    fake = FakeProvider(["never"])
    with pytest.raises(BadRequestError, match=message):
        fake.client([ToolLoop([weather])]).completion(MODEL, MESSAGES, **arguments)
    assert fake.requests == []


def test_it_describes_itself() -> None:
    client = Client([ToolLoop([weather, population]), *default_middlewares()])
    assert " 1 ToolLoop([weather, population], max_steps=8)" in client.describe()
