"""The competent provider on OpenAI's Responses API; it encrypts what it thinks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.integrations.competent import THOUGHT, Asked, words
from tests.support.calls.wire_answers import named_events
from tests.support.server import Answer, Seen, answer_json
from trunkline.pipeline.json_values import JSON

#: What of a reasoning item the provider must get back.
ENCRYPTED = "gAAAAAencrypted"

_USAGE: JSON = {
    "input_tokens": 20,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 10,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 30,
}


def answer_responses(seen: Seen) -> Answer:
    """Answer on the wire of the Responses API."""
    body: JSON = seen.json
    items = list(_items(body))
    head: JSON = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1700000000,
        "model": body["model"],
    }
    whole: JSON = {**head, "status": "completed", "output": items, "usage": _USAGE}
    if not body.get("stream"):
        return answer_json(whole, x_request_id="req_1")
    begun: JSON = {**head, "status": "in_progress", "output": []}
    events: list[JSON] = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(items):
        place: JSON = {"output_index": index}
        events.append({"type": "response.output_item.added", **place, "item": _emptied(item)})
        events += [{**event, **place, "item_id": item["id"]} for event in _deltas(item)]
        events.append({"type": "response.output_item.done", **place, "item": item})
    events.append({"type": "response.completed", "response": whole})
    numbered = [{**event, "sequence_number": number} for number, event in enumerate(events)]
    return named_events(numbered)


def _items(body: JSON) -> Iterator[JSON]:
    asked = _asked(body)
    reasoning: JSON = body.get("reasoning") or {}
    if reasoning.get("effort"):
        summary = [{"type": "summary_text", "text": THOUGHT}]
        yield {
            "id": "rs_1",
            "type": "reasoning",
            "summary": summary,
            "encrypted_content": ENCRYPTED,
        }
    calls = asked.calls()
    for number, (name, arguments) in enumerate(calls):
        yield {
            "id": f"fc_{number}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{number}",
            "name": name,
            # Without spaces, as OpenAI writes them.
            "arguments": json.dumps(arguments, ensure_ascii=False, separators=(",", ":")),
        }
    if not calls:
        part: JSON = {
            "type": "output_text",
            "text": asked.says(),
            "annotations": [],
            "logprobs": [],
        }
        message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
        yield {**message, "content": [part]}


def _asked(body: JSON) -> Asked:
    given: Any = body.get("input", ())
    items: list[JSON] = [{"role": "user", "content": given}] if isinstance(given, str) else given
    questions = [item["content"] for item in items if item.get("role") == "user"]
    choice: Any = body.get("tool_choice", "auto")
    name: str = choice if isinstance(choice, str) else choice["name"]
    text: JSON = body.get("text") or {}
    form: JSON = text.get("format") or {}
    return Asked(
        text=_text(questions[-1]) if questions else "",
        tools={
            tool["name"]: tool.get("parameters", {})
            for tool in body.get("tools", ())
            if tool["type"] == "function"
        },
        choice="any" if name == "required" else name,
        has_result=items[-1].get("type") == "function_call_output",
        schema=form.get("schema"),
        wants_json=form.get("type") == "json_object",
    )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content)


def _emptied(item: JSON) -> JSON:
    """Return an item as it is before its pieces have come."""
    empty: JSON = {"content": [], "summary": [], "arguments": ""}
    return {name: empty.get(name, value) for name, value in item.items()}


def _deltas(item: JSON) -> Iterable[JSON]:
    if item["type"] == "reasoning":
        kind = "response.reasoning_summary_text.delta"
        return [{"type": kind, "summary_index": 0, "delta": word} for word in words(THOUGHT)]
    if item["type"] == "function_call":
        kind, text = "response.function_call_arguments.delta", item["arguments"]
        return [{"type": kind, "delta": piece} for piece in (text[:3], text[3:])]
    kind, text = "response.output_text.delta", item["content"][0]["text"]
    return [{"type": kind, "content_index": 0, "delta": word} for word in words(text)]
