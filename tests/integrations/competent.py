"""A provider that does what it is asked, on the wires of OpenAI and of Anthropic.

It calls the tool that it must or may, answers with JSON where a schema or JSON is wanted, thinks
and speaks where it is told to, streams when asked, and counts tokens. Numbers and quoted words for
arguments come from the last question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.server import Answer, Seen, answer_events, answer_json
from trunkline.pipeline.json_values import JSON

TEXT = "Hello! How can I help you?"
THOUGHT = "They greet me, so I greet them."
SIGNATURE = "c2lnbmVkIGJ5IHRoZSBwcm92aWRlcg=="
AUDIO = "UklGRg=="


@dataclass
class Asked:
    """What a request wants, whichever wire it came on."""

    text: str
    tools: dict[str, JSON] = field(default_factory=dict[str, JSON])
    #: A tool's name, "any", "none" or "auto".
    choice: str = "auto"
    has_result: bool = False
    schema: JSON | None = None
    wants_json: bool = False

    def calls(self) -> list[tuple[str, JSON]]:
        """The calls to make, as names and arguments."""
        free = self.choice == "auto" and not self.has_result
        if not self.tools or not (free or self.choice not in ("auto", "none")):
            return []
        named = [name for name in self.tools if name in self.text]
        chosen = self.choice if self.choice in self.tools else [*named, *self.tools][0]
        return [(chosen, sample(self.tools[chosen], self.text))]

    def says(self) -> str:
        """The text to answer with."""
        if self.schema is not None:
            return json.dumps(sample(self.schema, self.text))
        if self.wants_json:
            return json.dumps(open_object(self.text))
        return TEXT


def sample(schema: JSON, text: str) -> Any:
    """Return a value of a JSON schema."""
    return _Sampler(schema.get("$defs", {}), text).value(schema)


class _Sampler:
    def __init__(self, definitions: JSON, text: str) -> None:
        self._definitions = definitions
        self._text = text
        self._numbers = iter(re.findall(r"\d+", text))
        self._quoted = iter(re.findall(r"'([^']+)'", text))

    def value(self, schema: JSON) -> Any:
        if "$ref" in schema:
            return self.value(self._definitions[schema["$ref"].rpartition("/")[2]])
        for choice in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
            if choice:
                return choice[0]
        for several in (schema.get("anyOf"), schema.get("oneOf"), schema.get("allOf")):
            if several:
                return self.value(several[0])
        given: Any = schema.get("type", "object")
        kind: str = given if isinstance(given, str) else given[0]
        if kind == "object":
            fields = schema.get("properties")
            return (
                open_object(self._text)
                if not fields
                else {k: self.value(fields[k]) for k in fields}
            )
        if kind == "array":
            return [self.value(schema.get("items", {"type": "string"}))]
        if kind in ("integer", "number"):
            return int(next(self._numbers, "42"))
        return True if kind == "boolean" else next(self._quoted, "Paris")


def open_object(text: str) -> JSON:
    """An object with the keys that a question names in quotes."""
    return {key: f"the {key}" for key in re.findall(r"'(\w+)'", text)}


def _texts(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content or ())


def _last_question(messages: list[JSON]) -> str:
    return next((_texts(m["content"]) for m in reversed(messages) if m["role"] == "user"), "")


def words(text: str) -> list[str]:
    return re.findall(r"\s*\S+", text)


def answer_openai(seen: Seen) -> Answer:
    """Answer on OpenAI's wire."""
    body: JSON = seen.json
    wanted: JSON = body.get("response_format") or {}
    given: Any = body.get("tool_choice", "auto")
    choice: str = given if isinstance(given, str) else given["function"]["name"]
    functions = [tool["function"] for tool in body.get("tools", ())]
    asked = Asked(
        text=_last_question(body["messages"]),
        tools={one["name"]: one.get("parameters", {}) for one in functions},
        choice="any" if choice == "required" else choice,
        has_result=body["messages"][-1]["role"] == "tool",
        schema=wanted["json_schema"]["schema"] if "json_schema" in wanted else None,
        wants_json=wanted.get("type") == "json_object",
    )
    calls = [
        {
            "index": number,
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)},
        }
        for number, (name, arguments) in enumerate(asked.calls())
    ]
    message: JSON = {"role": "assistant", "content": None if calls else asked.says()}
    if calls:
        message["tool_calls"] = calls
    if "audio" in body.get("modalities", ()):
        message["audio"] = {"id": "audio_1", "data": AUDIO, "transcript": TEXT, "expires_at": 9}
        message["content"] = None
    head = {"id": "chatcmpl-1", "created": 1700000000, "model": body["model"]}
    finish = "tool_calls" if calls else "stop"
    usage = _openai_usage(body)
    if body.get("stream"):
        return answer_events(_openai_chunks(head, message, finish, usage))
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    head["object"] = "chat.completion"
    return answer_json({**head, "choices": choices, "usage": usage}, x_request_id="req_1")


def _openai_usage(body: JSON) -> JSON:
    said = json.dumps(body["messages"])
    speaks = "audio" in body.get("modalities", ())
    return {
        "prompt_tokens": 20,
        "completion_tokens": 10,
        "total_tokens": 30,
        "prompt_tokens_details": {
            "cached_tokens": 4,
            "audio_tokens": 6 if "input_audio" in said else 0,
        },
        "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 5 if speaks else 0},
    }


def _openai_chunks(head: JSON, message: JSON, finish: str, usage: JSON) -> Iterator[JSON]:
    head = {**head, "object": "chat.completion.chunk"}

    def chunk(delta: JSON, finish: str | None = None) -> JSON:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    for word in words(message["content"] or ""):
        yield chunk({"content": word})
    for call in message.get("tool_calls", ()):
        text = call["function"]["arguments"]
        yield chunk({"tool_calls": [{**call, "function": {**call["function"], "arguments": ""}}]})
        for piece in (text[:3], text[3:]):
            yield chunk(
                {"tool_calls": [{"index": call["index"], "function": {"arguments": piece}}]}
            )
    if "audio" in message:
        yield chunk({"audio": message["audio"]})
    yield chunk({}, finish)
    yield {**head, "choices": [], "usage": usage}


def answer_anthropic(seen: Seen) -> Answer:
    """Answer on Anthropic's wire."""
    body: JSON = seen.json
    choice: JSON = body.get("tool_choice", {"type": "auto"})
    config: JSON = body.get("output_config", {})
    last = body["messages"][-1]["content"]
    asked = Asked(
        text=_last_question(body["messages"]),
        tools={tool["name"]: tool["input_schema"] for tool in body.get("tools", ())},
        choice=str(choice.get("name", choice["type"])),
        has_result=any(part["type"] == "tool_result" for part in last),
        schema=config["format"]["schema"] if "format" in config else None,
    )
    content: list[JSON] = []
    if body.get("thinking", {}).get("type") == "enabled":
        content.append({"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE})
    calls = [
        {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": arguments}
        for number, (name, arguments) in enumerate(asked.calls())
    ]
    content += calls or [{"type": "text", "text": asked.says()}]
    message: JSON = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": "tool_use" if calls else "end_turn",
        "usage": {
            "input_tokens": 14,
            "cache_read_input_tokens": 4,
            "cache_creation_input_tokens": 2,
            "output_tokens": 10,
            "output_tokens_details": {"thinking_tokens": 3},
        },
    }
    if not body.get("stream"):
        return answer_json(message, request_id="req_1")
    events = _anthropic_events(message)
    pieces = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events]
    return Answer(pieces, headers={"content-type": "text/event-stream", "request-id": "req_1"})


def _anthropic_events(message: JSON) -> Iterator[JSON]:
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    for index, block in enumerate(message["content"]):
        place = {"index": index}
        begin, deltas = _anthropic_pieces(block)
        yield {"type": "content_block_start", "content_block": begin, **place}
        for delta in deltas:
            yield {"type": "content_block_delta", "delta": delta, **place}
        yield {"type": "content_block_stop", **place}
    end = {"stop_reason": message["stop_reason"]}
    yield {"type": "message_delta", "delta": end, "usage": message["usage"]}
    yield {"type": "message_stop"}


def _anthropic_pieces(block: JSON) -> tuple[JSON, Iterable[JSON]]:
    """A block's beginning and the pieces that follow."""
    if block["type"] == "text":
        pieces = [{"type": "text_delta", "text": word} for word in words(block["text"])]
        return {**block, "text": ""}, pieces
    if block["type"] == "thinking":
        pieces = [{"type": "thinking_delta", "thinking": word} for word in words(block["thinking"])]
        pieces.append({"type": "signature_delta", "signature": block["signature"]})
        return {**block, "thinking": "", "signature": ""}, pieces
    text = json.dumps(block["input"], ensure_ascii=False)
    pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in (text[:3], text[3:])]
    return {**block, "input": {}}, pieces
