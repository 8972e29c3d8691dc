"""Conversations of three turns with tools and reasoning, sent back from our own answers.

What each provider wants to see again of its reasoning, and what it would refuse:

* DeepSeek, Moonshot: https://api-docs.deepseek.com/guides/thinking_mode and
  https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model want `reasoning_content`.
* Cerebras takes `reasoning` alone, Groq too and from models that reason, Together AI either name:
  the types of their Python clients. vLLM: its chat templates read one or the other.
* Cloudflare: `reasoning`, https://github.com/cloudflare/ai/releases/tag/workers-ai-provider@3.1.5
* OpenRouter: https://openrouter.ai/docs/use-cases/reasoning-tokens wants `reasoning_details`.
* Mistral: https://docs.mistral.ai/studio-api/conversations/reasoning wants parts, and
  refuses messages with fields that it does not know.
* Databricks: .../machine-learning/model-serving/query-reason-models wants signed parts for Claude.
* OpenAI, Azure, watsonx (`TextChatMessageAssistant` of IBM's clients) and SAP
  (`AssistantChatMessage` of SAP's) have no field for it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from tests.support.answers import chunk_body, completion_body
from tests.support.calls.gemini_calls import WEATHER
from tests.support.calls.gemini_calls import answer as gemini_body
from tests.support.calls.wire_answers import WIRES, claudes_answer
from tests.support.event_streams import answer_frames, event
from tests.support.server import Answer, Seen, Server, answer_events, answer_json
from tests.support.vendors import anthropic_types, genai_types, openai_types
from tests.support.worlds import World
from trunkline import Client, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.pipeline.json_values import JSON


@dataclass(frozen=True)
class Turn:
    """An answer of the model: what it thinks, says, and looks up; the last looks up nothing."""

    number: int
    thought: str
    text: str | None
    city: str | None = None

    @property
    def call_id(self) -> str:
        # Nine letters and digits, the only form that Mistral takes.
        return f"call{self.number:05}"

    @property
    def signature(self) -> str:
        return f"c2lnbmVk{self.number}ABC"

    @property
    def arguments(self) -> str:
        return json.dumps({"city": self.city}, separators=(",", ":"))

    @property
    def result(self) -> str:
        return f"Sunny in {self.city}"


QUESTION, THANKS = "Where is it sunny?", "Thanks."
TURNS = (
    Turn(1, "Bonn comes first.", None, "Bonn"),
    Turn(2, "Now the other one.", "And Berne?", "Berne"),
    Turn(3, "Both have an answer.", "In both."),
)


class Said(NamedTuple):
    """Reasoning: in a whole answer's message, in a stream's deltas, and in what is sent back."""

    whole: JSON
    deltas: list[JSON]
    back: JSON


Reasoning = Callable[[Turn], Said]
# What its requests have in place of a model.
_OF_WATSONX = ("model_id", "project_id")


def under(name: str, *back: str) -> Reasoning:
    """Reasoning in a field of its own, which goes back under other names, or not at all."""

    def say(turn: Turn) -> Said:
        halves = [{name: turn.thought[:5]}, {name: turn.thought[5:]}]
        return Said({name: turn.thought}, halves, dict.fromkeys(back, turn.thought))

    return say


NOT_WANTED = under("reasoning_content")


def in_details(turn: Turn) -> Said:
    """OpenRouter's: pieces of a text, its signature, and what is encrypted for each tool call."""
    head = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
    encrypted = [
        {"type": "reasoning.encrypted", "data": "c2VjcmV0", "id": f"tool_{which}", "index": 0}
        for which in "ab"
    ]
    signed = {**head, "text": turn.thought, "signature": turn.signature}
    whole = {"reasoning": turn.thought, "reasoning_details": [signed, *encrypted]}
    deltas: list[JSON] = [
        {"reasoning": half, "reasoning_details": [{**head, "text": half}]}
        for half in (turn.thought[:5], turn.thought[5:])
    ]
    details = [{**head, "signature": turn.signature}, *encrypted]
    deltas += [{"reasoning_details": [detail]} for detail in details]
    return Said(whole, deltas, whole)


def in_parts(part: Callable[[str, str | None], JSON]) -> Reasoning:
    """Reasoning among the parts of the content: of a text and its signature, if it has any."""

    def say(turn: Turn) -> Said:
        whole = {"content": [part(turn.thought, turn.signature), *_text_parts(turn.text)]}
        pieces = [(turn.thought[:5], ""), (turn.thought[5:], ""), ("", turn.signature)]
        return Said(whole, [{"content": [part(*piece)]} for piece in pieces], whole)

    return say


def _text_parts(text: str | None) -> list[JSON]:
    return [{"type": "text", "text": text}] if text else []


def of_mistral(text: str, _signature: str | None) -> JSON:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], "closed": True}


def of_mistral_signed(text: str, signature: str | None) -> JSON:
    return {**of_mistral(text, None), "signature": signature}


def of_databricks(text: str, signature: str | None) -> JSON:
    summary = {"type": "summary_text", "text": text, "signature": signature}
    return {"type": "reasoning", "summary": [summary]}


class Language:
    """What a provider answers in a turn, and the messages that it wants to be sent."""

    def __init__(self, reasoning: Reasoning = NOT_WANTED) -> None:
        self._say = reasoning

    def answer(self, turn: Turn, mode: str) -> Answer:
        finish = "tool_calls" if turn.city else "stop"
        said = self._say(turn)
        if mode == "plain":
            calls = {"tool_calls": [_call(turn)]} if turn.city else {}
            return self.whole(completion_body(turn.text, finish, **calls, **said.whole))
        deltas: list[JSON] = [{"role": "assistant", "content": ""}, *said.deltas]
        deltas += [{"content": word} for word in (turn.text or "").partition(" ") if word]
        if turn.city:
            begun = _call(turn) | {"function": {"name": "get_weather", "arguments": ""}, "index": 0}
            deltas.append({"tool_calls": [begun]})
            deltas += [
                {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
                for piece in (turn.arguments[:4], turn.arguments[4:])
            ]
        return self.stream([*map(chunk_body, deltas), chunk_body({}, finish)])

    def whole(self, body: JSON) -> Answer:
        return answer_json(body)

    def stream(self, chunks: list[JSON]) -> Answer:
        return answer_events(chunks)

    def messages(self, body: JSON) -> list[JSON]:
        """The messages of a request that is OpenAI's, but for reasoning."""
        messages: list[JSON] = body["messages"]
        known = {key: value for key, value in body.items() if key not in _OF_WATSONX}
        known["messages"] = [_without_reasoning(message) for message in messages]
        openai_types.check_request({"model": "m", **known})
        return [{**message, "content": message.get("content") or None} for message in messages]

    def expected(self, turns: Sequence[Turn]) -> list[JSON]:
        messages: list[JSON] = [{"role": "user", "content": QUESTION}]
        for turn in turns:
            said: JSON = {"role": "assistant", "content": turn.text}
            if turn.city is None:
                messages += [{**said, **self._say(turn).back}, {"role": "user", "content": THANKS}]
                continue
            result = {"role": "tool", "tool_call_id": turn.call_id, "content": turn.result}
            messages += [{**said, "tool_calls": [_call(turn)], **self._say(turn).back}, result]
        return messages


def _without_reasoning(message: JSON) -> JSON:
    known = {key: value for key, value in message.items() if not key.startswith("reasoning")}
    if isinstance(message.get("content"), list):
        known["content"] = [part for part in message["content"] if part["type"] == "text"]
    return known


def _call(turn: Turn) -> JSON:
    function = {"name": "get_weather", "arguments": turn.arguments}
    return {"id": turn.call_id, "type": "function", "function": function}


class Framed(Language):
    """SageMaker's: events in frames of Amazon's."""

    def stream(self, chunks: list[JSON]) -> Answer:
        lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
        end = b"data: [DONE]\n\n"
        return answer_frames(*(event("PayloadPart", line) for line in [*lines, end]))


class Orchestrated(Language):
    """SAP's: everything in envelopes."""

    def whole(self, body: JSON) -> Answer:
        return answer_json({"request_id": "r1", "final_result": body})

    def stream(self, chunks: list[JSON]) -> Answer:
        return answer_events([{"request_id": "r1", "final_result": chunk} for chunk in chunks])

    def messages(self, body: JSON) -> list[JSON]:
        prompt = body["config"]["modules"]["prompt_templating"]["prompt"]
        return super().messages({"messages": prompt["template"]})


class Claude(Language):
    """Anthropic's language."""

    def answer(self, turn: Turn, mode: str) -> Answer:
        return claudes_answer(mode, _blocks(turn), "tool_use" if turn.city else "end_turn")

    def messages(self, body: JSON) -> list[JSON]:
        anthropic_types.check_request({"model": "m", **_unversioned(body)})
        messages: list[JSON] = body["messages"]
        return messages

    def expected(self, turns: Sequence[Turn]) -> list[JSON]:
        messages: list[JSON] = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
        for turn in turns:
            block: JSON = {"type": "text", "text": THANKS}
            if turn.city:
                result = {"type": "tool_result", "tool_use_id": turn.call_id}
                block = {**result, "content": turn.result}
            messages += [
                {"role": "assistant", "content": _blocks(turn)},
                {"role": "user", "content": [block]},
            ]
        return messages


def _unversioned(body: JSON) -> JSON:
    """A request without what Google's cloud has in its body instead of a header."""
    return {key: value for key, value in body.items() if key != "anthropic_version"}


def _blocks(turn: Turn) -> list[JSON]:
    thinking = {"type": "thinking", "thinking": turn.thought, "signature": turn.signature}
    hidden = {"type": "redacted_thinking", "data": turn.signature}
    call = {"type": "tool_use", "id": turn.call_id, "name": "get_weather"}
    calls = [{**call, "input": {"city": turn.city}}] if turn.city else []
    return [thinking, *([hidden] if turn.number == 2 else []), *_text_parts(turn.text), *calls]


class Gemini(Language):
    """Google's language. What was thought is not sent back, but signatures are."""

    def answer(self, turn: Turn, mode: str) -> Answer:
        body = gemini_body({"text": turn.thought, "thought": True}, *_google_parts(turn))
        return answer_json(body) if mode == "plain" else answer_events([body], done=False)

    def messages(self, body: JSON) -> list[JSON]:
        genai_types.check_request(body)
        contents: list[JSON] = body["contents"]
        return contents

    def expected(self, turns: Sequence[Turn]) -> list[JSON]:
        contents: list[JSON] = [{"role": "user", "parts": [{"text": QUESTION}]}]
        for turn in turns:
            part: JSON = {"text": THANKS}
            if turn.city:
                result = {"name": "get_weather", "response": {"output": turn.result}}
                part = {"functionResponse": {**result, "id": turn.call_id}}
            contents += [
                {"role": "model", "parts": _google_parts(turn)},
                {"role": "user", "parts": [part]},
            ]
        return contents


def _google_parts(turn: Turn) -> list[JSON]:
    parts: list[JSON] = [{"text": turn.text}] if turn.text else []
    if turn.city:
        call = {"name": "get_weather", "args": {"city": turn.city}, "id": turn.call_id}
        parts.append({"functionCall": call})
    parts[-1]["thoughtSignature"] = turn.signature
    return parts


CASES: dict[str, Language] = {
    "openai/gpt-5.4": Language(),
    "deepseek/deepseek-v4-pro": Language(under("reasoning_content", "reasoning_content")),
    "moonshot/kimi-k2.6": Language(under("reasoning_content", "reasoning_content")),
    "vllm/qwen3": Language(under("reasoning", "reasoning", "reasoning_content")),
    "together_ai/zai-org/GLM-5": Language(under("reasoning", "reasoning", "reasoning_content")),
    "cerebras/gpt-oss-120b": Language(under("reasoning", "reasoning")),
    "groq/openai/gpt-oss-120b": Language(under("reasoning", "reasoning")),
    "groq/llama-3.3-70b-versatile": Language(under("reasoning")),
    "openrouter/anthropic/claude-sonnet-4.5": Language(in_details),
    "mistral/mistral-small-latest": Language(in_parts(of_mistral)),
    "mistral/magistral-medium-latest": Language(in_parts(of_mistral_signed)),
    "azure/gpt-5": Language(),
    "azure_ai/DeepSeek-V3.2": Language(),
    "azure_ai/claude-sonnet-4-5": Claude(),
    "vertex_ai/claude-sonnet-4-5": Claude(),
    "vertex_ai/gemini-3-flash-preview": Gemini(),
    "vertex_ai/moonshotai/kimi-k2-thinking-maas": Language(),
    "watsonx/openai/gpt-oss-120b": Language(),
    "sagemaker/an-endpoint": Framed(),
    "databricks/databricks-claude-sonnet-4-5": Language(in_parts(of_databricks)),
    "snowflake/claude-sonnet-4-5": Language(),
    "huggingface/openai/gpt-oss-120b": Language(under("reasoning")),
    "cloudflare/@cf/moonshotai/kimi-k2.5": Language(under("reasoning_content", "reasoning")),
    "sap/gpt-5": Orchestrated(),
}
SYNC = World("sync")


def plain(client: Client, *call: Any, **arguments: Any) -> Any:
    return SYNC.complete(client, *call, **arguments).choices[0].message


def dumped(client: Client, *call: Any, **arguments: Any) -> Any:
    return plain(client, *call, **arguments).model_dump()


def stream(client: Client, *call: Any, **arguments: Any) -> Any:
    return SYNC.stream(client, *call, **arguments)[1].response.choices[0].message


def folded(client: Client, *call: Any, **arguments: Any) -> Any:
    return fold_chunks(SYNC.stream(client, *call, **arguments)[0]).choices[0].message


@pytest.mark.parametrize("ask", [plain, dumped, stream, folded])
@pytest.mark.parametrize("model", CASES)
def test_three_turns_with_tools_and_reasoning(
    model: str, ask: Callable[..., Any], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    language, row = CASES[model], find_provider(model.partition("/")[0])
    wire = WIRES[row.wire]
    for name, value in (dict.fromkeys(row.key_env[:1], "a-key") | wire.environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(wire.token_url or "UNUSED_TOKEN_URL", f"{server.url}/token")
    logins = wire.make("plain", server)[: wire.before]
    mode = "plain" if ask in (plain, dumped) else "stream"
    answers = itertools.cycle([language.answer(turn, mode) for turn in TURNS])
    requests: list[JSON] = []

    def react(seen: Seen) -> Answer:
        if seen.path.startswith("/token"):
            return logins[0]
        if seen.method == "GET":
            return logins[1]
        requests.append(seen.json)
        return next(answers)

    server.reply(react)
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    arguments: JSON = {"base_url": server.url, "tools": [WEATHER], **wire.arguments}
    with Client(middlewares=[]) as client:
        for turn in TURNS:
            said = ask(client, model, messages, **arguments)
            assert (said["content"] or None, said["reasoning_content"]) == (turn.text, turn.thought)
            messages.append(said)
            for call in said.get("tool_calls") or ():
                result = {"role": "tool", "tool_call_id": call["id"], "content": turn.result}
                messages.append(result)
        messages.append({"role": "user", "content": THANKS})
        ask(client, model, messages, **arguments)
    assert len(requests) == len(TURNS) + 1
    for count, body in enumerate(requests):
        assert language.messages(body) == language.expected(TURNS[:count])
