"""What models of five wires say in a conversation, and what a request repeats of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.answers import chunk_body, completion_body
from tests.support.calls.gemini_calls import answer as gemini_body
from tests.support.calls.wire_answers import claudes_answer, named_events
from tests.support.event_streams import answer_frames, event
from tests.support.server import Answer, answer_events, answer_json
from tests.support.vendors import (
    anthropic_types,
    converse_model,
    genai_types,
    openai_types,
    responses_types,
)
from trunkline.pipeline.json_values import JSON


@dataclass(frozen=True)
class Turn:
    """A turn of the model: what it thinks, says, and looks up; the last looks up nothing."""

    number: int
    thought: str
    text: str
    cities: tuple[str, ...] = ()

    def calls(self) -> Iterator[tuple[str, str, JSON]]:
        """Yield id, name and arguments of each call."""
        for city in self.cities:
            yield f"call_{self.number}_{city}", "get_weather", {"city": city}

    def signature(self, wire: str) -> str:
        """Return what proves a thought to the wire that it came from: it is base64."""
        return f"{wire}{self.number}".ljust(16, "A")


@dataclass
class Repeated:
    """What a request repeats of the turns before it."""

    texts: list[str] = field(default_factory=list[str])
    calls: list[tuple[str, str, JSON]] = field(default_factory=list[tuple[str, str, JSON]])
    results: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    signatures: list[str] = field(default_factory=list[str])


class Responses:
    """OpenAI's Responses API."""

    model = "openai/responses/gpt-5.4"
    name = "responses"
    #: Wires whose signatures mean something here.
    family = frozenset({"responses"})

    def answer(self, turn: Turn, *, stream: bool) -> Answer:
        items = list(self._items(turn))
        body: JSON = {
            "id": f"resp_{turn.number}",
            "object": "response",
            "created_at": 1700000000,
            "model": "gpt-5.4",
            "status": "completed",
            "output": items,
            "usage": {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8},
        }
        if not stream:
            return answer_json(body)
        begun: JSON = {**body, "status": "in_progress", "output": [], "usage": None}
        events: list[JSON] = [{"type": "response.created", "response": begun}]
        for number, item in enumerate(items):
            events += _item_events(number, item)
        events.append({"type": "response.completed", "response": body})
        return named_events({**each, "sequence_number": n} for n, each in enumerate(events))

    def _items(self, turn: Turn) -> Iterator[JSON]:
        yield {
            "id": f"rs_{turn.number}",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": turn.thought}],
            "encrypted_content": turn.signature(self.name),
        }
        text: JSON = {"type": "output_text", "text": turn.text, "annotations": [], "logprobs": []}
        yield {
            "id": f"msg_{turn.number}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "phase": "commentary" if turn.cities else "final_answer",
            "content": [text],
        }
        for call_id, name, arguments in turn.calls():
            yield {
                "id": f"fc_{call_id}",
                "type": "function_call",
                "status": "completed",
                "call_id": call_id,
                "name": name,
                "arguments": json.dumps(arguments),
            }

    def read(self, body: JSON) -> Repeated:
        responses_types.check_request(body)
        found = Repeated()
        for item in body["input"]:
            match item.get("type", "message"):
                case "message" if item["role"] == "assistant":
                    content = item["content"]
                    # Text of other wires, or the parts that came from this one.
                    found.texts.append(content if isinstance(content, str) else content[0]["text"])
                case "reasoning":
                    found.signatures.append(item["encrypted_content"])
                case "function_call":
                    arguments = json.loads(item["arguments"])
                    found.calls.append((item["call_id"], item["name"], arguments))
                case "function_call_output":
                    found.results.append((item["call_id"], item["output"]))
                case _:
                    pass
        return found


def _item_events(number: int, item: JSON) -> Iterator[JSON]:
    place = {"item_id": item["id"], "output_index": number}
    empty: dict[str, JSON] = {"reasoning": {"summary": []}, "message": {"content": []}}
    begun: JSON = {**item, **empty.get(item["type"], {"arguments": ""})}
    yield {"type": "response.output_item.added", "output_index": number, "item": begun}
    if item["type"] == "reasoning":
        kind, text = "reasoning_summary_text", item["summary"][0]["text"]
        place["summary_index"] = 0
    elif item["type"] == "message":
        kind, text = "output_text", item["content"][0]["text"]
        place["content_index"] = 0
        part = {**item["content"][0], "text": ""}
        yield {"type": "response.content_part.added", **place, "part": part}
    else:
        kind, text = "function_call_arguments", item["arguments"]
    for piece in (text[:4], text[4:]):
        yield {"type": f"response.{kind}.delta", **place, "delta": piece}
    yield {"type": "response.output_item.done", "output_index": number, "item": item}


class Chat:
    """Chat completions, with reasoning as DeepSeek and Moonshot have it."""

    model = "moonshot/kimi-k2.6"
    name = "chat"
    family = frozenset({"chat"})

    def answer(self, turn: Turn, *, stream: bool) -> Answer:
        calls = list(self._calls(turn))
        finish = "tool_calls" if calls else "stop"
        called: JSON = {"tool_calls": calls} if calls else {}
        if not stream:
            thought = {"reasoning_content": turn.thought}
            return answer_json(completion_body(turn.text, finish, **thought, **called))
        deltas: list[JSON] = [{"role": "assistant"}]
        deltas += [{"reasoning_content": piece} for piece in _halves(turn.thought)]
        deltas += [{"content": piece} for piece in _halves(turn.text)]
        for index, call in enumerate(calls):
            function: JSON = {**call["function"], "arguments": ""}
            deltas.append({"tool_calls": [{**call, "index": index, "function": function}]})
            deltas += [
                {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
                for piece in _halves(call["function"]["arguments"])
            ]
        return answer_events([*map(chunk_body, deltas), chunk_body({}, finish)])

    def _calls(self, turn: Turn) -> Iterator[JSON]:
        for call_id, name, arguments in turn.calls():
            function = {"name": name, "arguments": json.dumps(arguments)}
            yield {"id": call_id, "type": "function", "function": function}

    def read(self, body: JSON) -> Repeated:
        found = Repeated()
        messages: list[JSON] = body["messages"]
        known = [
            {name: value for name, value in message.items() if name != "reasoning_content"}
            for message in messages
        ]
        openai_types.check_request({**body, "messages": known})
        for message in messages:
            if message["role"] == "assistant":
                found.texts.append(message["content"])
            if message["role"] == "tool":
                found.results.append((message["tool_call_id"], message["content"]))
            for call in message.get("tool_calls") or ():
                function = call["function"]
                arguments = json.loads(function["arguments"])
                found.calls.append((call["id"], function["name"], arguments))
        return found


def _halves(text: str) -> tuple[str, str]:
    return text[:4], text[4:]


class Claude:
    """Anthropic's Messages API."""

    model = "anthropic/claude-sonnet-4-5"
    name = "anthropic"
    family = frozenset({"anthropic", "bedrock"})

    def answer(self, turn: Turn, *, stream: bool) -> Answer:
        thinking = {"type": "thinking", "thinking": turn.thought}
        blocks: list[JSON] = [{**thinking, "signature": turn.signature(self.name)}]
        blocks.append({"type": "text", "text": turn.text})
        blocks += [
            {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
            for call_id, name, arguments in turn.calls()
        ]
        stop = "tool_use" if turn.cities else "end_turn"
        return claudes_answer("stream" if stream else "plain", blocks, stop)

    def read(self, body: JSON) -> Repeated:
        anthropic_types.check_request(body)
        found = Repeated()
        for message in body["messages"]:
            for block in message["content"]:
                match block["type"]:
                    case "text" if message["role"] == "assistant":
                        found.texts.append(block["text"])
                    case "thinking":
                        found.signatures.append(block["signature"])
                    case "tool_use":
                        found.calls.append((block["id"], block["name"], block["input"]))
                    case "tool_result":
                        found.results.append((block["tool_use_id"], block["content"]))
                    case _:
                        pass
        return found


class Bedrock:
    """Amazon's Converse."""

    model = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    name = "bedrock"
    family = Claude.family

    def answer(self, turn: Turn, *, stream: bool) -> Answer:
        stop = "tool_use" if turn.cities else "end_turn"
        if not stream:
            message = {"role": "assistant", "content": list(self._blocks(turn))}
            return answer_json({"output": {"message": message}, "stopReason": stop})
        frames = [event("messageStart", {"role": "assistant"})]
        for index, block in enumerate(self._blocks(turn)):
            frames += self._frames({"contentBlockIndex": index}, block)
        return answer_frames(*frames, event("messageStop", {"stopReason": stop}))

    def _blocks(self, turn: Turn) -> Iterator[JSON]:
        thought = {"text": turn.thought, "signature": turn.signature(self.name)}
        yield {"reasoningContent": {"reasoningText": thought}}
        yield {"text": turn.text}
        for call_id, name, arguments in turn.calls():
            yield {"toolUse": {"toolUseId": call_id, "name": name, "input": arguments}}

    def _frames(self, place: JSON, block: JSON) -> Iterator[bytes]:
        deltas: list[JSON] = [block]
        if "toolUse" in block:
            use: JSON = block["toolUse"]
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            yield event("contentBlockStart", {**place, "start": start})
            deltas = [{"toolUse": {"input": piece}} for piece in _halves(json.dumps(use["input"]))]
        elif "reasoningContent" in block:
            thought: JSON = block["reasoningContent"]["reasoningText"]
            deltas = [{"reasoningContent": {name: text}} for name, text in thought.items()]
        for delta in deltas:
            yield event("contentBlockDelta", {**place, "delta": delta})
        yield event("contentBlockStop", place)

    def read(self, body: JSON) -> Repeated:
        converse_model.check_converse(body, "a-model")
        found = Repeated()
        for message in body["messages"]:
            for block in message["content"]:
                if "text" in block and message["role"] == "assistant":
                    found.texts.append(block["text"])
                elif "reasoningContent" in block:
                    thought = block["reasoningContent"]["reasoningText"]
                    found.signatures.append(thought["signature"])
                elif "toolUse" in block:
                    use = block["toolUse"]
                    found.calls.append((use["toolUseId"], use["name"], use["input"]))
                elif "toolResult" in block:
                    result = block["toolResult"]
                    found.results.append((result["toolUseId"], result["content"][0]["text"]))
        return found


#: What Google wants for calls of other models.
#: https://ai.google.dev/gemini-api/docs/thought-signatures
_UNSIGNED = "skip_thought_signature_validator"


class Gemini:
    """Google's Gemini: signatures stand in the part that they prove."""

    model = "gemini/gemini-3-flash-preview"
    name = "gemini"
    family = frozenset({"gemini"})

    def answer(self, turn: Turn, *, stream: bool) -> Answer:
        parts: list[JSON] = [{"text": turn.thought, "thought": True}, {"text": turn.text}]
        parts += [
            {"functionCall": {"name": name, "args": arguments, "id": call_id}}
            for call_id, name, arguments in turn.calls()
        ]
        # Of parallel calls, the first has the signature.
        parts[2 if turn.cities else 1]["thoughtSignature"] = turn.signature(self.name)
        if not stream:
            return answer_json(gemini_body(*parts))
        bodies = [gemini_body(part) for part in parts]
        for body in bodies[:-1]:
            del body["candidates"][0]["finishReason"]
        return answer_events(bodies, done=False)

    def read(self, body: JSON) -> Repeated:
        genai_types.check_request(body)
        found = Repeated()
        for content in body["contents"]:
            for part in content["parts"]:
                if part.get("thoughtSignature", _UNSIGNED) != _UNSIGNED:
                    found.signatures.append(part["thoughtSignature"])
                if "text" in part and content["role"] == "model":
                    found.texts.append(part["text"])
                elif "functionCall" in part:
                    call = part["functionCall"]
                    found.calls.append((call["id"], call["name"], call["args"]))
                elif "functionResponse" in part:
                    result = part["functionResponse"]
                    found.results.append((result["id"], result["response"]["output"]))
        return found


Dialect = Responses | Chat | Claude | Bedrock | Gemini
DIALECTS: tuple[Dialect, ...] = (Responses(), Chat(), Claude(), Gemini(), Bedrock())


def text_of_result(city: str) -> str:
    """Return the result of looking up a city."""
    return f"Sunny in {city}"
