"""Images and citations of models that do not speak the Responses API."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.responses import Response as SDKResponse
from openai.types.responses import ResponseStreamEvent as SDKEvent
from pydantic import TypeAdapter

from trunkline import ModelResponse, Response, ResponseStream
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

MODEL = "gemini/gemini-3-pro-image"
IMAGE: JSON = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}}
CITED: JSON = {"url": "https://a.example", "title": "A", "start_index": 0, "end_index": 3}
CALL: JSON = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}


def said(**message: Any) -> ModelResponse:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
    return ModelResponse.model_validate({"id": "c", "model": "m", "choices": [choice]})


def respond(fake: FakeProvider, stream: bool, given: Any = "Hi") -> Response:
    reply: ResponseStream | Response = fake.client().responses(MODEL, given, stream=stream)
    if not isinstance(reply, ResponseStream):
        return reply
    for event in reply:
        TypeAdapter[Any](SDKEvent).validate_python(event.model_dump())
    return reply.response


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_images_become_items_and_go_back(stream: bool) -> None:
    fake = FakeProvider([said(content="See:", images=[IMAGE], tool_calls=[CALL]), "And?"])
    response = respond(fake, stream)
    TypeAdapter[Any](SDKResponse).validate_python(response.model_dump())
    assert [item.type for item in response.output] == [
        "message",
        "image_generation_call",
        "function_call",
    ]
    assert (response.output[1].result, response.output[1].status) == ("AAAA", "completed")
    result = {"type": "function_call_output", "call_id": "c1", "output": "x"}
    respond(fake, stream, [{"role": "user", "content": "Hi"}, *response.output, result])
    message: Any = fake.requests[1].messages[1]
    assert (message["content"], message["images"]) == ("See:", [IMAGE])


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_an_image_needs_no_text(stream: bool) -> None:
    response = respond(FakeProvider([said(content=None, images=[IMAGE])]), stream)
    assert [item.type for item in response.output] == ["image_generation_call"]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("calls", [None, [CALL]], ids=["alone", "before a call"])
def test_citations_are_in_their_message(stream: bool, calls: Any) -> None:
    annotation = {"type": "url_citation", "url_citation": CITED}
    answer = said(content="See there.", annotations=[annotation], tool_calls=calls)
    content = respond(FakeProvider([answer]), stream).output[0].content
    assert content is not None
    assert content[0].annotations == [{"type": "url_citation", **CITED}]
