"""The OpenAI SDK's Responses API through trunkline: plain, streams, tools, structured responses."""

from __future__ import annotations

import gc
import json
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from tests.integrations import sdk, weather
from tests.integrations.competent import THOUGHT, answer_anthropic
from tests.support.answers import TEXT
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import Client

pytestmark = sdk.DROPPED_GENERATORS

TOOL: Any = {
    "type": "function",
    "name": "weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}

#: The events to which the SDK adds what it has accumulated.
SNAPSHOTS = ("response.output_text.delta", "response.function_call_arguments.delta")


@pytest.fixture(autouse=True)
def _served(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)


def text_of(events: list[Any]) -> str:
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def test_a_plain_response(server: Server, world: World) -> None:
    server.reply(weather.claude_says("plain", TEXT))
    response = sdk.respond(world, Client(), instructions="Be brief.", max_output_tokens=7)
    assert isinstance(response, Response)
    assert (response.output_text, response.status) == (TEXT, "completed")
    assert response.usage
    assert response.usage.total_tokens == 8
    [seen] = server.seen
    assert seen.path == "/v1/messages"
    assert seen.headers["x-api-key"] == "sk-ant"
    assert seen.json["max_tokens"] == 7
    assert "Be brief." in json.dumps(seen.json["system"])


def test_a_stream(server: Server, world: World) -> None:
    server.reply(weather.claude_says("stream", TEXT))
    events = sdk.respond_events(world, Client())
    assert text_of(events) == TEXT
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].type == "response.created"
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text == TEXT
    assert last.response.usage
    assert last.response.usage.input_tokens == 5


def test_bodies_and_events_are_of_the_sdks_types(server: Server) -> None:
    server.reply(answer_anthropic, answer_anthropic)
    params: Any = {"tools": [TOOL], "reasoning": {"effort": "low"}}
    response = sdk.respond(World("sync"), Client(), **params)
    TypeAdapter(Response).validate_python(response.to_dict())
    for event in sdk.respond_events(World("sync"), Client(), **params):
        TypeAdapter[Any](ResponseStreamEvent).validate_python(event.to_dict())


def test_events_come_as_chunks_arrive_and_closing_closes_the_connection(
    server: Server, world: World
) -> None:
    server.reply(unfinished())

    def read_one(client: Any) -> Any:
        opened = client.responses.create(model=sdk.MODEL, input="Hi", stream=True)
        if not world.blocking:
            return read_one_asynchronously(opened)
        with opened as stream:
            return next(event for event in stream if event.type == "response.output_text.delta")

    async def read_one_asynchronously(opening: Any) -> Any:
        async with await opening as stream:
            while (event := await anext(stream)).type != "response.output_text.delta":
                pass
            return event

    assert sdk.call(world, Client(), read_one).delta in ("Hello ", TEXT)
    server.wait_until_gone()


def unfinished() -> Answer:
    """A response that begins and never ends."""
    answer = weather.claude_says("stream", TEXT)
    return Answer(answer.pieces[:4], headers=answer.headers, ending="stall")


def test_dropping_a_stream_closes_the_connection(server: Server) -> None:
    server.reply(unfinished())
    with Client() as client, sdk.blocking(client) as caller:
        ask: Any = caller.responses.create
        stream = ask(model=sdk.MODEL, input="Hi", stream=True)
        for event in stream:
            if event.type == "response.output_text.delta":
                break
        del stream
        gc.collect()  # the SDK's stream refers to itself
        server.wait_until_gone()


@pytest.mark.parametrize("mode", ["plain", "stream"])
@pytest.mark.parametrize(
    ("model", "path"),
    [
        (weather.ASKED, "/v1/chat/completions"),
        (weather.ASKED_RESPONSES, weather.RESPONSES_PATH),
    ],
)
def test_tools_and_a_fallback(
    server: Server, world: World, mode: str, model: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.play(server, mode, monkeypatch)
    own = weather.arguments()
    items: list[Any] = [{"role": "user", "content": weather.QUESTION}]
    params = {"model": model, "input": items, "tools": [TOOL]}

    def talk(client: Any) -> Any:
        if world.blocking:
            items.extend(results_of(response_of(client.responses, params, mode)))
            return response_of(client.responses, params, mode)
        return talk_asynchronously(client.responses)

    async def talk_asynchronously(ask: Any) -> Any:
        items.extend(results_of(await aresponse_of(ask, params, mode)))
        return await aresponse_of(ask, params, mode)

    response = sdk.call(world, own.pop("client"), talk, **own)
    assert response.output_text == weather.ANSWER
    weather.check(server, path)


def response_of(ask: Any, params: Any, mode: str) -> Any:
    if mode == "plain":
        return ask.create(**params)
    with ask.stream(**params) as stream:
        return stream.get_final_response()


async def aresponse_of(ask: Any, params: Any, mode: str) -> Any:
    if mode == "plain":
        return await ask.create(**params)
    async with ask.stream(**params) as stream:
        return await stream.get_final_response()


def results_of(response: Any) -> list[Any]:
    """Return the items of a response, and the results of its calls."""
    return [
        *response.output,
        *(
            {"type": "function_call_output", "call_id": item.call_id, "output": weather.RESULT}
            for item in response.output
            if item.type == "function_call" and json.loads(item.arguments) == weather.ARGUMENTS
        ),
    ]


def test_reasoning_goes_back_with_its_signature(server: Server, world: World) -> None:
    server.reply(answer_anthropic, answer_anthropic)
    asked: Any = {"role": "user", "content": "What is the weather in 'Paris'?"}
    params: Any = {"tools": [TOOL], "reasoning": {"effort": "low", "summary": "auto"}}
    first = sdk.respond(world, Client(), input=[asked], **params)
    reasoning, call = first.output
    assert reasoning.type == "reasoning"
    assert reasoning.summary[0].text == THOUGHT
    assert call.type == "function_call"
    again = [asked, *results_of(first)]
    second = sdk.respond(world, Client(), input=again, **params)
    assert second.output[-1].type == "message"
    thinking, used = server.seen[1].json["messages"][1]["content"]
    assert thinking["thinking"] == THOUGHT
    assert thinking["signature"]
    assert used["id"] == call.call_id


class City(BaseModel):
    name: str
    people: int


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_structured_responses(server: Server, world: World, mode: str) -> None:
    server.reply(weather.claude_says(mode, '{"name": "Tokyo", "people": 37000000}'))
    params: Any = {"model": sdk.MODEL, "input": "A city", "text_format": City}

    def parsed(client: Any) -> Any:
        if mode == "plain":
            return client.responses.parse(**params)
        ask = response_of if world.blocking else aresponse_of
        return ask(client.responses, params, mode)

    response = sdk.call(world, Client(), parsed)
    assert response.output_parsed == City(name="Tokyo", people=37000000)
    assert '"people"' in json.dumps(server.seen[0].json)


@pytest.mark.parametrize("params", [{}, {"tools": [TOOL]}])
@pytest.mark.parametrize("effort", ["low", None])
def test_the_sdk_accumulates_what_our_stream_arrives_at(
    server: Server, params: dict[str, Any], effort: str | None
) -> None:
    server.reply(answer_anthropic, answer_anthropic)
    asked: Any = {"model": sdk.MODEL, "input": "Greet 'Rome'.", **params}
    if effort:
        asked["reasoning"] = {"effort": effort}
    ours = Client().responses(**asked, stream=True)
    for _ in ours:
        pass
    snapshots = dict[int, str]()
    with sdk.blocking(Client()) as client:
        ask: Any = client.responses.stream
        with ask(**asked) as stream:
            for event in stream:
                if event.type in SNAPSHOTS:
                    snapshots[event.output_index] = event.snapshot
            theirs = stream.get_final_response()
    assert plain(theirs.to_dict()) == plain(ours.response.model_dump())
    for index, snapshot in snapshots.items():
        item = ours.response.output[index]
        assert snapshot == (item.content[0].text if item.content else item.arguments)
    assert snapshots


def plain(response: dict[str, Any]) -> Any:
    """Return a response without what differs from call to call: ids, the time, parsed values."""
    text = json.dumps({name: item for name, item in response.items() if name != "created_at"})
    for item in response["output"]:
        text = text.replace(item["id"], item["type"])
    fields = json.loads(text.replace(response["id"], "response"))
    for item in fields["output"]:
        for part in (item, *item.get("content", ())):
            part.pop("parsed", None)
            part.pop("parsed_arguments", None)
    return fields
