"""Conversations of any shape, from each API through the chain and back: nothing is lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trunkline import ModelResponse, Request
from trunkline.adapters.wires.anthropic.inbound import read_messages
from trunkline.adapters.wires.anthropic.outbound import write_message
from trunkline.adapters.wires.anthropic.outbound_stream import MessageWriter
from trunkline.inbound import Blocking, Front, Network, Received
from trunkline.pipeline.json_values import JSON, as_array
from trunkline.pipeline.sync import drive
from trunkline.testing import FakeProvider

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
names = st.from_regex(r"[a-zA-Z0-9_]{1,12}", fullmatch=True)
values = st.dictionaries(names, st.one_of(texts, st.integers(-99, 99), st.booleans()), max_size=3)


@st.composite
def turns(draw: st.DrawFn) -> list[JSON]:
    """Return a conversation: questions, calls with their results, answers."""
    messages: list[JSON] = []
    for number in range(draw(st.integers(1, 3))):
        messages.append({"role": "user", "content": draw(texts)})
        calls = [
            {"id": f"call_{number}_{each}", "name": draw(names), "input": draw(values)}
            for each in range(draw(st.integers(0, 2)))
        ]
        blocks: list[JSON] = [{"type": "text", "text": draw(texts)}]
        blocks += [{"type": "tool_use", **call} for call in calls]
        messages.append({"role": "assistant", "content": blocks})
        if calls:
            results = [
                {"type": "tool_result", "tool_use_id": call["id"], "content": draw(texts)}
                for call in calls
            ]
            messages.append({"role": "user", "content": results})
            messages.append({"role": "assistant", "content": draw(texts)})
    return [*messages, {"role": "user", "content": draw(texts)}]


def flat(messages: list[JSON]) -> list[tuple[str, Any]]:
    """Return what a conversation of the Messages API says, in order."""
    said: list[tuple[str, Any]] = []
    for message in messages:
        content = message["content"]
        blocks: list[JSON] = (
            [{"type": "text", "text": content}] if isinstance(content, str) else content
        )
        for block in blocks:
            match block["type"]:
                case "text":
                    said.append((message["role"], block["text"]))
                case "tool_use":
                    said.append(("call", (block["id"], block["name"], block["input"])))
                case _:
                    said.append(("result", (block["tool_use_id"], block["content"])))
    return said


def flat_chat(messages: Any) -> list[tuple[str, Any]]:
    """Return what a conversation of chat completions says, in order."""
    said: list[tuple[str, Any]] = []
    for message in messages:
        content: object = message.get("content")
        if message["role"] == "tool":
            said.append(("result", (message["tool_call_id"], content)))
        elif as_array(content) is not None:
            said += [(message["role"], part["text"]) for part in as_array(content) or ()]
        elif content:
            said.append((message["role"], content))
        for call in message.get("tool_calls") or ():
            function = call["function"]
            arguments = json.loads(function["arguments"])
            said.append(("call", (call["id"], function["name"], arguments)))
    return said


@given(turns())
def test_messages_say_the_same_as_chat_messages(messages: list[JSON]) -> None:
    call = read_messages({"messages": messages})
    assert flat_chat(call.messages) == flat(messages)


def requested(path: str, body: JSON) -> Request:
    fake = FakeProvider(["Hello!"])
    front = Front(fake.client(), Blocking(), Network())
    encoded = json.dumps({"model": "anthropic/claude-sonnet-4-5", **body}).encode()
    received = Received(method="POST", path=path, headers={}, query={}, body=encoded)
    drive(front.answer(received))
    return fake.requests[0]


@given(turns())
def test_all_apis_make_the_same_call(messages: list[JSON]) -> None:
    """The same conversation in each API reaches the chain as the same conversation."""
    chat: list[JSON] = [dict(message) for message in read_messages({"messages": messages}).messages]
    items: list[JSON] = []
    for message in chat:
        message.pop("provider_specific_fields", None)
        if message["role"] == "tool":
            output = {"call_id": message["tool_call_id"], "output": message["content"]}
            items.append({"type": "function_call_output", **output})
        elif message.get("content"):
            items.append({"role": message["role"], "content": message["content"]})
        for call in message.get("tool_calls") or ():
            items.append({"type": "function_call", "call_id": call["id"], **call["function"]})
    said = flat(messages)
    assert flat_chat(requested("/v1/messages", {"messages": messages}).messages) == said
    assert flat_chat(requested("/v1/chat/completions", {"messages": chat}).messages) == said
    assert flat_chat(requested("/v1/responses", {"input": items}).messages) == said


@st.composite
def replies(draw: st.DrawFn) -> JSON:
    """Return the message of a chat completion."""
    calls: list[JSON] = []
    for number in range(draw(st.integers(0, 3))):
        call: JSON = {"id": f"call_{number}", "type": draw(st.sampled_from(["function", "custom"]))}
        if call["type"] == "function":
            call["function"] = {"name": draw(names), "arguments": json.dumps(draw(values))}
        else:
            call["custom"] = {"name": draw(names), "input": draw(st.one_of(st.just(""), texts))}
        calls.append(call)
    message: JSON = {"role": "assistant", "content": draw(st.one_of(st.none(), texts))}
    reasoning = draw(st.one_of(st.none(), texts))
    return {
        **message,
        **({"reasoning_content": reasoning} if reasoning else {}),
        **({"tool_calls": calls} if calls else {}),
    }


@given(replies())
def test_a_reply_says_the_same_whole_and_streamed(message: JSON) -> None:
    finish = "tool_calls" if message.get("tool_calls") else "stop"
    choice = {"index": 0, "message": message, "finish_reason": finish}
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    body = {"id": "1", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    whole = write_message(ModelResponse.model_validate(body), "m")
    fake = FakeProvider([body])
    stream = fake.client().completion(
        "openai/gpt-4o", [{"role": "user", "content": "x"}], stream=True
    )
    writer = MessageWriter("m")
    events = [event for chunk in stream for event in writer.write(chunk)]
    events += writer.finish(stream.response)
    assert gathered(events) == whole["content"]
    assert events[-2]["delta"]["stop_reason"] == whole["stop_reason"]


def gathered(events: list[JSON]) -> list[JSON]:
    """Return the blocks that the events of a stream add up to."""
    blocks = list[JSON]()
    arguments: dict[int, str] = {}
    for event in events:
        if event["type"] == "content_block_start":
            blocks.append(dict(event["content_block"]))
        elif event["type"] == "content_block_delta":
            block = blocks[int(event["index"])]
            delta: JSON = event["delta"]
            match delta["type"]:
                case "input_json_delta":
                    known = arguments.get(event["index"], "")
                    arguments[event["index"]] = known + delta["partial_json"]
                case "signature_delta":
                    block["signature"] = delta["signature"]
                case kind:
                    name = kind.removesuffix("_delta")
                    block[name] += delta[name]
    for index, text in arguments.items():
        blocks[index]["input"] = json.loads(text)
    return blocks
