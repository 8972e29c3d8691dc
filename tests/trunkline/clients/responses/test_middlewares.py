"""What a middleware changes in a call of responses() holds, in the request and in the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from trunkline import (
    Cache,
    Client,
    MemoryStore,
    ModelResponse,
    ModelResponseStream,
    Reply,
    Request,
    Response,
    ResponseStream,
    Stream,
    replace,
)
from trunkline.adapters.wires.responses.changes import changed_items
from trunkline.notebook import draw
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.parts import Function, Message, ToolCall

MODEL = "openai/gpt-5.4"
IMAGE = {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"}
INPUT: list[JSON] = [{"role": "user", "content": [{"type": "input_text", "text": "Who?"}, IMAGE]}]
SEARCH = {"type": "web_search"}
LOOK: JSON = {
    "type": "function",
    "name": "look",
    "parameters": {},
    "strict": True,
    "description": "x",
}
BODY: JSON = {
    "instructions": "Be brief.",
    "reasoning": {"effort": "low", "summary": "auto"},
    "text": {"verbosity": "low", "format": {"type": "text"}},
    "tools": [SEARCH, LOOK],
    "max_output_tokens": 100,
    "include": ["web_search_call.action.sources"],
}
PART: JSON = {"type": "output_text", "text": "My secret is out.", "annotations": [], "logprobs": []}
ITEM: JSON = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [PART],
}
ANSWER: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1700000000,
    "model": "gpt-5.4",
    "status": "completed",
    "output": [{"id": "rs_1", "type": "reasoning", "summary": []}, ITEM],
    "usage": {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8},
}
Change = Callable[[Request], Request]


class Provider:
    """Answers each request, whole or streamed, and keeps the last."""

    def __init__(self) -> None:
        self.body: JSON = {}
        self.http = httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.body = json.loads(request.content)
        if not self.body.get("stream"):
            return httpx.Response(200, json=ANSWER)
        lines = [f"data: {json.dumps(event)}\n\n" for event in events()]
        return httpx.Response(
            200, headers={"content-type": "text/event-stream"}, content="".join(lines)
        )


def events() -> list[JSON]:
    place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    pieces = ("My ", "secret ", "is out.")
    text: str = PART["text"]
    listed: list[JSON] = [
        {"type": "response.created", "response": {**ANSWER, "output": [], "usage": None}},
        {"type": "response.output_item.added", "output_index": 1, "item": {**ITEM, "content": []}},
        {"type": "response.content_part.added", **place, "part": {**PART, "text": ""}},
        *({"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces),
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.content_part.done", **place, "part": PART},
        {"type": "response.output_item.done", "output_index": 1, "item": ITEM},
        {"type": "response.completed", "response": ANSWER},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(listed)]


def sent_with(change: Change | None) -> JSON:
    """Return what leaves when a middleware changes the request."""
    provider = Provider()

    def changing(request: Request, call_next: Any) -> Any:
        return call_next(request if change is None else change(request))

    client = Client(middlewares=[changing])
    given: JSON = {**BODY, "client": provider.http, "api_key": "a-key"}
    client.responses(MODEL, INPUT, **given)
    return provider.body


def with_params(**params: Any) -> Change:
    return lambda request: replace(request, params={**request.params, **params})


def without_param(name: str) -> Change:
    return lambda request: replace(
        request, params={key: value for key, value in request.params.items() if key != name}
    )


UNCHANGED: JSON = {"model": "gpt-5.4", "input": INPUT, **BODY}
CHANGES: dict[str, tuple[Change | None, JSON]] = {
    "nothing": (None, {}),
    "a limit": (with_params(max_completion_tokens=7), {"max_output_tokens": 7}),
    "no limit": (without_param("max_completion_tokens"), {"max_output_tokens": None}),
    "an effort": (
        with_params(reasoning_effort="high"),
        {"reasoning": {"effort": "high", "summary": "auto"}},
    ),
    "no effort": (without_param("reasoning_effort"), {"reasoning": {"summary": "auto"}}),
    "a verbosity": (
        with_params(verbosity="high"),
        {"text": {"verbosity": "high", "format": {"type": "text"}}},
    ),
    "a format": (
        with_params(response_format={"type": "json_object"}),
        {"text": {"verbosity": "low", "format": {"type": "json_object"}}},
    ),
    "a new parameter": (with_params(temperature=0.5), {"temperature": 0.5}),
    "no functions": (without_param("tools"), {"tools": [SEARCH]}),
    "the model": (
        lambda request: replace(request, model="openai/gpt-5.2"),
        {"model": "gpt-5.2"},
    ),
    "the messages": (
        lambda request: replace(
            request, messages=(*request.messages, {"role": "user", "content": "Now!"})
        ),
        {"input": [*INPUT, {"role": "user", "content": "Now!"}]},
    ),
    "the instructions": (
        lambda request: replace(
            request,
            messages=({"role": "system", "content": "Be kind."}, *request.messages[1:]),
        ),
        {"instructions": "Be kind."},
    ),
    "no instructions": (
        lambda request: replace(request, messages=request.messages[1:]),
        {"instructions": None},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_only_what_changed_is_written_anew(name: str) -> None:
    change, differs = CHANGES[name]
    wanted = {key: value for key, value in {**UNCHANGED, **differs}.items() if value is not None}
    assert sent_with(change) == wanted


#: What has no form in chat completions, or only a poorer one.
REFERENCE: JSON = {"type": "item_reference", "id": "msg_0"}
COMPACTION: JSON = {"type": "compaction", "id": "cmp_1", "encrypted_content": "abc"}
SCAN: JSON = {"role": "user", "content": [{"type": "input_image", "file_id": "file_1"}]}
THOUGHT: JSON = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
CALL: JSON = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
APPROVAL: JSON = {"type": "mcp_approval_response", "approve": True, "approval_request_id": "m1"}
RESULT: JSON = {"type": "function_call_output", "call_id": "c1", "output": "Seen by Ada."}
TURNS = [REFERENCE, SCAN, COMPACTION, THOUGHT, APPROVAL, CALL, RESULT]


def sent_items(change: Change, items: list[JSON]) -> list[JSON]:
    """Return the items that leave when a middleware changes the messages."""
    provider = Provider()

    def changing(request: Request, call_next: Any) -> Any:
        return call_next(change(request))

    given: JSON = {"client": provider.http, "api_key": "a-key", "stream": False}
    Client(middlewares=[changing]).responses(MODEL, items, **given)
    return list(provider.body["input"])


def without_ada(request: Request) -> Request:
    hidden = [
        {**each, "content": str(each.get("content")).replace("Ada", "[name]")}
        if each["role"] == "tool"
        else each
        for each in request.messages
    ]
    return replace(request, messages=tuple(hidden))


def test_items_without_a_form_in_chat_completions_are_kept() -> None:
    changed = {**RESULT, "output": "Seen by [name]."}
    assert sent_items(without_ada, TURNS) == [*TURNS[:-1], changed]


def test_messages_that_a_middleware_leaves_out_are_gone() -> None:
    question: JSON = {"role": "user", "content": "Again!"}
    newest = sent_items(
        lambda request: replace(request, messages=request.messages[-1:]), [*TURNS, question]
    )
    assert newest == [REFERENCE, COMPACTION, APPROVAL, question]


LATER: JSON = {"type": "function", "name": "wait", "parameters": {}, "defer_loading": True}
GRAMMAR: JSON = {"type": "custom", "name": "say", "format": {"type": "text"}, "async": True}
TOOLS: list[JSON] = [LATER, SEARCH, GRAMMAR]


def tools_with(change: Callable[[list[JSON]], list[JSON]]) -> Any:
    """Return the tools that leave when a middleware changes those that it sees."""
    provider = Provider()

    def changing(request: Request, call_next: Any) -> Any:
        tools = change([dict(tool) for tool in request.params["tools"]])
        return call_next(replace(request, params={**request.params, "tools": tools}))

    given: JSON = {"client": provider.http, "api_key": "a-key", "stream": False, "tools": TOOLS}
    Client(middlewares=[changing]).responses(MODEL, "Hi", **given)
    return provider.body.get("tools")


def described(tools: list[JSON]) -> list[JSON]:
    return [{**tools[0], "function": {**tools[0]["function"], "description": "x"}}, *tools[1:]]


def renamed(tools: list[JSON]) -> list[JSON]:
    return [{**tools[0], "function": {**tools[0]["function"], "name": "rest"}}, *tools[1:]]


def test_changed_tools_keep_their_places_and_the_fields_that_chat_completions_lack() -> None:
    assert tools_with(described) == [{**LATER, "description": "x"}, SEARCH, GRAMMAR]
    assert tools_with(renamed) == [{**LATER, "name": "rest"}, SEARCH, GRAMMAR]
    assert tools_with(lambda tools: tools[1:]) == [SEARCH, GRAMMAR]
    assert tools_with(lambda _tools: []) == [SEARCH]
    added = {"type": "function", "function": {"name": "new"}}
    written = {"type": "function", "name": "new", "strict": False, "parameters": None}
    assert tools_with(lambda tools: [added, *tools]) == [*TOOLS, written]


@pytest.mark.parametrize("change", [False, True])
def test_a_cached_response_is_the_providers(change: bool) -> None:
    provider = Provider()

    async def inner(request: Request, call_next: Any) -> Any:
        reply: ModelResponse = await call_next(request)
        if change:
            reply.choices[0].message.content = "Changed."
        return reply

    client = Client(middlewares=[Cache(store=MemoryStore()), inner])
    given: JSON = {**BODY, "client": provider.http, "api_key": "a-key", "cache": True}
    first = client.responses(MODEL, INPUT, stream=False, **given)
    provider.body = {}
    second = client.responses(MODEL, INPUT, stream=False, **given)
    assert not provider.body
    assert second.call.cache_hit
    assert second.output_text == first.output_text
    if not change:
        assert second.model_dump() == first.model_dump() == ANSWER


def test_responses_are_drawn_in_notebooks() -> None:
    response = Client().responses(MODEL, "Hi", stream=False, mock_response="Hello!")
    assert "Hello!" in draw(response)
    again = Response.model_validate(response.model_dump())
    assert "Hello!" in draw(again)


async def hide(request: Request, call_next: Any) -> Any:
    """Replace a word in whole answers and in chunks."""
    reply: Reply = await call_next(request)
    if isinstance(reply, Stream):
        return reply.map(_hidden_chunk)
    assert isinstance(reply, ModelResponse)
    message = reply.choices[0].message
    message.content = (message.content or "").replace("secret", "[gone]")
    return reply


def _hidden_chunk(chunk: ModelResponseStream) -> ModelResponseStream:
    for choice in chunk.choices:
        choice.delta.content = (choice.delta.content or "").replace("secret", "[gone]") or None
    return chunk


def answered(stream: bool) -> Response | ResponseStream:
    client = Client(middlewares=[hide])
    given: JSON = {**BODY, "client": Provider().http, "api_key": "a-key"}
    return client.responses(MODEL, INPUT, stream=stream, **given)


def test_a_changed_answer_keeps_the_rest() -> None:
    response = answered(stream=False)
    assert isinstance(response, Response)
    assert response.output_text == "My [gone] is out."
    assert response.id == "resp_1"
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.output[0].id == "rs_1"
    assert response.usage is not None
    assert response.usage.total_tokens == 8


def test_changed_chunks_change_every_event_that_repeats_them() -> None:
    stream = answered(stream=True)
    assert isinstance(stream, ResponseStream)
    came = list(stream)
    assert [event.type for event in came] == [event["type"] for event in events()]
    assert [event.sequence_number for event in came] == list(range(len(came)))
    assert "secret" not in json.dumps([event.model_dump() for event in came])
    assert "".join(event.delta for event in came if event.delta) == "My [gone] is out."
    assert stream.response.output_text == "My [gone] is out."
    assert stream.response.output[0].id == "rs_1"


def test_events_that_a_middleware_drops_are_gone() -> None:
    def without_secret(chunk: ModelResponseStream) -> ModelResponseStream | None:
        said = "".join(choice.delta.content or "" for choice in chunk.choices)
        return None if "secret" in said else chunk

    async def shorten(request: Request, call_next: Any) -> Any:
        reply = await call_next(request)
        return reply.map(without_secret)

    client = Client(middlewares=[shorten])
    given: JSON = {"client": Provider().http, "api_key": "a-key"}
    stream = client.responses(MODEL, INPUT, stream=True, **given)
    assert "secret" not in json.dumps([event.model_dump() for event in stream])
    assert stream.response.output_text == "My is out."


def test_changed_calls_and_reasoning_change_their_items() -> None:
    items: list[JSON] = [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"a":1}'},
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "{}"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
    ]
    first = ToolCall(id="c1", function=Function(name="look", arguments='{"a":2}'))
    added = ToolCall(id="c3", function=Function(name="stop", arguments="{}"))
    message = Message(content="Wait.", reasoning_content="", tool_calls=[first, added])
    changed = changed_items(items, message)
    assert [item["type"] for item in changed] == [
        "reasoning",
        "function_call",
        "web_search_call",
        "message",
        "function_call",
    ]
    assert changed[0] == {"type": "reasoning", "id": "rs_1", "summary": []}
    assert changed[1] == {**items[1], "arguments": '{"a":2}'}
    assert changed[3]["content"][0]["text"] == "Wait."
    assert changed[4]["call_id"] == "c3"
