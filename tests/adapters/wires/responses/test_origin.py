"""Encrypted reasoning and ids of items go back to who made them, and to nobody else."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.calls.dialects import Responses, Turn
from tests.support.vendors.responses_types import check_request
from trunkline import APIError, Client, MemoryStore, ModelResponse, Response, ResponseStream, Stream
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.hybrid import plain

TURN = Turn(1, "Bonn, I think.", "Let me look.", ("Bonn", "Berne"))
ANSWER = Responses()
QUESTION: JSON = {"role": "user", "content": "Where is it sunny?"}
GPT, GROK = "openai/responses/gpt-5.6", "xai/responses/grok-5"
OWN: JSON = {"api_key": "sk-one"}
#: Who answers later: the arguments of the call.
FOREIGN: dict[str, JSON] = {
    "provider": {"model": GROK, "api_key": "xai-key"},
    "account": {"model": GPT, "api_key": "sk-two"},
    "host": {"model": GPT, **OWN, "base_url": "https://gateway.example/v1"},
}
SAME: dict[str, JSON] = {
    "call": {"model": GPT, **OWN},
    "model": {"model": "openai/responses/gpt-6", **OWN},
}
elsewhere = pytest.mark.parametrize("later", FOREIGN.values(), ids=FOREIGN)
at_home = pytest.mark.parametrize("later", SAME.values(), ids=SAME)
streamed = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])


class Network:
    """Answers with one turn, after as many failures as a test says; keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[JSON] = []
        self.failures = 0
        self.http = httpx.Client(transport=httpx.MockTransport(self._react))

    def _react(self, request: httpx.Request) -> httpx.Response:
        body: JSON = json.loads(request.content)
        check_request(body)
        self.sent.append(body)
        if self.failures:
            self.failures -= 1
            return httpx.Response(503, json={"error": {"message": "down"}})
        made = ANSWER.answer(TURN, stream=body.get("stream") is True)
        return httpx.Response(200, headers=made.headers, content=b"".join(made.pieces))

    @property
    def last_items(self) -> list[JSON]:
        items: list[JSON] = self.sent[-1]["input"]
        return items


class Talk:
    """A conversation in one of the two forms."""

    def __init__(self, stream: bool, **settings: Any) -> None:
        self.network = Network()
        self.client = Client(num_retries=0, **settings)
        self._stream = stream

    def say(self, messages: list[Any], *, model: str, **arguments: Any) -> Any:
        """Take a turn with completion(); return the message."""
        given: JSON = {"client": self.network.http, **arguments}
        reply: Stream | ModelResponse = self.client.completion(
            model, messages, stream=self._stream, **given
        )
        if isinstance(reply, Stream):
            list(reply)
            reply = reply.response
        return reply.choices[0].message

    def respond(self, input: Any, *, model: str, **arguments: Any) -> Response:
        """Take a turn with responses()."""
        given: JSON = {"client": self.network.http, **arguments}
        reply: ResponseStream | Response = self.client.responses(
            model, input, stream=self._stream, **given
        )
        if isinstance(reply, ResponseStream):
            list(reply)
            reply = reply.response
        return reply


def kinds(items: list[JSON]) -> list[str]:
    return [item.get("type") or item["role"] for item in items]


def says_all(items: list[JSON]) -> bool:
    """Whether the items have the text and the calls of the turn, and nothing of their maker's."""
    texts = [item for item in items if item.get("role") == "assistant"]
    calls = [item for item in items if item.get("type") == "function_call"]
    assert TURN.text in json.dumps(texts)
    assert [item["call_id"] for item in calls] == [identity for identity, _, _ in TURN.calls()]
    assert "reasoning" not in kinds(items)
    return not any("id" in item or "status" in item for item in items)


RESULTS: list[JSON] = [
    {"role": "tool", "tool_call_id": identity, "content": "Sunny"}
    for identity, _, _ in TURN.calls()
]
OUTPUTS: list[JSON] = [
    {"type": "function_call_output", "call_id": identity, "output": "Sunny"}
    for identity, _, _ in TURN.calls()
]


def as_it_is(message: Any) -> Any:
    return message


def stored(message: Any) -> Any:
    return json.loads(json.dumps(plain(message)))


@streamed
@pytest.mark.parametrize("keep", [as_it_is, stored], ids=["object", "stored"])
@elsewhere
def test_a_later_turn_elsewhere_gets_text_and_calls_only(
    later: JSON, keep: Any, stream: bool
) -> None:
    talk = Talk(stream)
    message = keep(talk.say([QUESTION], model=GPT, **OWN))
    talk.say([QUESTION, message, *RESULTS], **later)
    assert says_all(talk.network.last_items)
    # Back at home, everything is there again.
    talk.say([QUESTION, message, *RESULTS], model=GPT, **OWN)
    assert "reasoning" in kinds(talk.network.last_items)


@streamed
@at_home
def test_a_later_turn_at_home_gets_the_items(later: JSON, stream: bool) -> None:
    talk = Talk(stream)
    message = talk.say([QUESTION], model=GPT, **OWN)
    talk.say([QUESTION, message, *RESULTS], **later)
    items = message.provider_specific_fields["responses_output"]
    assert talk.network.last_items[1:5] == items


@streamed
@elsewhere
def test_a_fallback_gets_text_and_calls_only(later: JSON, stream: bool) -> None:
    talk = Talk(stream)
    message = talk.say([QUESTION], model=GPT, **OWN)
    talk.network.failures = 1
    talk.say([QUESTION, message, *RESULTS], model=GPT, **OWN, fallbacks=[later])
    _, failed, taken = talk.network.sent
    assert "reasoning" in kinds(failed["input"])
    assert says_all(taken["input"])


@elsewhere
def test_a_fallback_does_not_trust_items_that_nobody_marked(later: JSON) -> None:
    talk = Talk(stream=False)
    message = stored(talk.say([QUESTION], model=GPT, **OWN))
    del message["provider_specific_fields"]["responses_origin"]
    talk.network.failures = 1
    talk.say([QUESTION, message, *RESULTS], model=GPT, **OWN, fallbacks=[later])
    _, failed, taken = talk.network.sent
    assert "reasoning" in kinds(failed["input"])
    assert says_all(taken["input"])


@streamed
@elsewhere
def test_a_fallback_of_a_native_request_gets_text_and_calls_only(later: JSON, stream: bool) -> None:
    talk = Talk(stream)
    items = [QUESTION, *talk.respond([QUESTION], model=GPT, **OWN).model_dump()["output"], *OUTPUTS]
    talk.network.failures = 1
    talk.respond(items, model=GPT, **OWN, fallbacks=[later])
    _, failed, taken = talk.network.sent
    assert failed["input"] == items
    assert says_all(taken["input"])
    assert taken["input"][-2:] == OUTPUTS


@streamed
@at_home
def test_a_fallback_of_the_same_account_gets_the_native_items(later: JSON, stream: bool) -> None:
    talk = Talk(stream)
    items = [QUESTION, *talk.respond([QUESTION], model=GPT, **OWN).model_dump()["output"], *OUTPUTS]
    talk.network.failures = 1
    talk.respond(items, model="openai/responses/gpt-5.5", **OWN, fallbacks=[later])
    assert talk.network.last_items == items


@streamed
@elsewhere
def test_items_know_their_maker_as_objects(later: JSON, stream: bool) -> None:
    talk = Talk(stream)
    items = [QUESTION, *talk.respond([QUESTION], model=GPT, **OWN).output, *OUTPUTS]
    talk.respond(items, **later)
    assert says_all(talk.network.last_items)
    talk.respond(items, model=GPT, **OWN)
    assert talk.network.last_items == plain(items)


@streamed
def test_a_fallback_to_the_maker_gets_the_native_items(stream: bool) -> None:
    talk = Talk(stream)
    items = [QUESTION, *talk.respond([QUESTION], model=GPT, **OWN).output, *OUTPUTS]
    talk.network.failures = 1
    talk.respond(items, **FOREIGN["provider"], fallbacks=[SAME["call"]])
    assert talk.network.last_items == plain(items)


@streamed
@elsewhere
def test_a_stored_conversation_goes_on_elsewhere_and_comes_back(later: JSON, stream: bool) -> None:
    talk = Talk(stream, response_store=MemoryStore())
    first = talk.respond([QUESTION], model=GPT, **OWN)
    second = talk.respond(OUTPUTS, previous_response_id=first.id, **later)
    assert says_all(talk.network.last_items)
    talk.respond(OUTPUTS, previous_response_id=second.id, model=GPT, **OWN)
    # The second turn is of the other maker, and repeats the ids of the first.
    assert "previous_response_id" not in talk.network.sent[-1]


@pytest.mark.parametrize(
    "stored_there",
    [
        {"previous_response_id": "resp_1"},
        {"conversation": "conv_1"},
        {"prompt": {"id": "pmpt_1"}},
    ],
    ids=lambda given: next(iter(given)),
)
@pytest.mark.parametrize("ask", [Talk.say, Talk.respond])
def test_what_only_the_first_provider_stores_is_not_sent_to_a_fallback(
    stored_there: JSON, ask: Any
) -> None:
    talk = Talk(stream=False)
    talk.network.failures = 1
    given: JSON = {**stored_there, "fallbacks": [FOREIGN["account"]], **OWN}
    with pytest.raises(APIError, match="down") as caught:
        ask(talk, [QUESTION], model=GPT, **given)
    [note] = caught.value.__notes__
    assert f"{next(iter(stored_there))}: not sent to the fallback {GPT}" in note
    assert len(talk.network.sent) == 1


def test_the_mark_does_not_tell_the_key() -> None:
    message = Talk(stream=False).say([QUESTION], model=GPT, **OWN)
    origin = message.provider_specific_fields["responses_origin"]
    assert origin.startswith("openai api.openai.com ")
    assert "sk-one" not in json.dumps(plain(message))
