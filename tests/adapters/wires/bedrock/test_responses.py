"""Responses and streams of Converse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.bedrock_calls import (
    CLAUDE,
    NOVA,
    USER,
    answer_body,
    call,
    once,
    sent,
    tool,
)
from tests.support.event_streams import answer_frames, event, exception, text_frames
from tests.support.server import Server, answer_json
from tests.support.vendors.converse_model import check_converse
from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    ContextWindowExceededError,
    InternalServerError,
    RateLimitError,
    ServiceUnavailableError,
    StreamInterruptedError,
)
from trunkline.pipeline.json_values import JSON


def test_finish_reasons_and_trace(server: Server) -> None:
    trace = {"guardrail": {"actionReason": "blocked"}}
    server.reply(
        answer_json(answer_body({"text": "No."}, stop="guardrail_intervened", trace=trace))
    )
    response = call(server, CLAUDE, USER)
    choice = response.choices[0]
    assert choice.finish_reason == "content_filter"
    assert choice.provider_specific_fields == {"native_finish_reason": "guardrail_intervened"}
    assert response.provider_specific_fields == {"trace": trace}
    server.reply(answer_json(answer_body({"text": "…"}, stop="model_context_window_exceeded")))
    assert call(server, CLAUDE, USER).choices[0].finish_reason == "length"


def test_usage(server: Server) -> None:
    usage = {
        "inputTokens": 3,
        "outputTokens": 2,
        "cacheReadInputTokens": 10,
        "cacheWriteInputTokens": 100,
        "totalTokens": 115,
    }
    server.reply(answer_json({**answer_body({"text": "Hi"}), "usage": usage}))
    found = call(server, CLAUDE, USER).usage
    assert found is not None
    assert (found.prompt_tokens, found.completion_tokens, found.total_tokens) == (113, 2, 115)
    details = found.prompt_tokens_details
    assert details is not None
    assert (details.cached_tokens, details.cache_creation_tokens) == (10, 100)
    assert found.native == usage


ERRORS: list[tuple[str, type[APIError], int]] = [
    ("throttlingException", RateLimitError, 429),
    ("serviceUnavailableException", ServiceUnavailableError, 503),
    ("internalServerException", InternalServerError, 500),
    ("modelStreamErrorException", InternalServerError, 500),
    ("validationException", BadRequestError, 400),
]


@pytest.mark.parametrize(("name", "cls", "status"), ERRORS)
def test_exception_as_first_event(
    name: str, cls: type[APIError], status: int, world: World, server: Server
) -> None:
    server.reply(answer_frames(exception(name, {"message": "sorry"})))
    with pytest.raises(cls, match="sorry") as caught:
        world.stream(Client(), f"bedrock/{CLAUDE}", USER, **once(server))
    assert caught.value.status_code == status
    assert caught.value.code == name
    assert caught.value.request_id == "request-1"


def test_exception_in_the_middle(world: World, server: Server) -> None:
    frames = text_frames("Hel", "lo")[:3]
    server.reply(answer_frames(*frames, exception("throttlingException", {"message": "sorry"})))
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(Client(), f"bedrock/{CLAUDE}", USER, **once(server))
    assert isinstance(caught.value.__cause__, RateLimitError)
    partial = caught.value.partial
    assert partial is not None
    assert partial.choices[0].message.content == "Hello"


def test_no_event_stream_at_all(server: Server) -> None:
    server.reply(answer_json({"hello": "this is a proxy that knows nothing of events"}))
    with pytest.raises(APIError, match="expected a response of Converse"):
        call(server, CLAUDE, USER, stream=True)


def test_body_that_is_no_answer(server: Server) -> None:
    server.reply(answer_json({"message": "Input is too long for requested model."}))
    with pytest.raises(ContextWindowExceededError):
        call(server, CLAUDE, USER)
    server.reply(answer_json([]))
    with pytest.raises(APIError, match="JSON object"):
        call(server, CLAUDE, USER)


def reasoning_blocks(turn: int) -> list[JSON]:
    said = {"text": f"thought {turn}", "signature": f"signature{turn}"}
    use = {"toolUseId": f"call{turn}", "name": "look", "input": {"q": "x"}}
    return [
        {"reasoningContent": {"redactedContent": "AAAA"}},
        {"reasoningContent": {"reasoningText": said}},
        {"text": f"words {turn}"},
        {"toolUse": use},
    ]


def reasoning_frames(turn: int) -> list[bytes]:
    use = {"toolUseId": f"call{turn}", "name": "look"}
    deltas: list[tuple[int, JSON]] = [
        (0, {"reasoningContent": {"redactedContent": "AAAA"}}),
        (1, {"reasoningContent": {"text": "thought "}}),
        (1, {"reasoningContent": {"text": str(turn)}}),
        (1, {"reasoningContent": {"signature": f"signature{turn}"}}),
        (2, {"text": f"words {turn}"}),
    ]
    frames = [
        event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
        for index, delta in deltas
    ]
    frames.append(event("contentBlockStart", {"contentBlockIndex": 3, "start": {"toolUse": use}}))
    for piece in ('{"q":', '"x"}'):
        delta = {"contentBlockIndex": 3, "delta": {"toolUse": {"input": piece}}}
        frames.append(event("contentBlockDelta", delta))
    frames.append(event("contentBlockStop", {"contentBlockIndex": 3}))
    return [text_frames()[0], *frames, *text_frames(stop="tool_use")[2:]]


def test_three_turns_with_tools_and_reasoning(world: World, mode: str, server: Server) -> None:
    client = Client()
    messages: list[Any] = list(USER)
    for turn in range(3):
        plain = answer_json(answer_body(*reasoning_blocks(turn), stop="tool_use"))
        server.reply(plain if mode == "plain" else answer_frames(*reasoning_frames(turn)))
        response = world.answer(
            client,
            mode,
            f"bedrock/{CLAUDE}",
            messages,
            tools=[tool("look")],
            **once(server),
        )
        message = response.choices[0].message
        assert message.reasoning_content == f"thought {turn}"
        assert response.choices[0].finish_reason == "tool_calls"
        calls = message.tool_calls or []
        assert [found.function.arguments for found in calls] == ['{"q":"x"}']
        body = server.seen[0].json
        check_converse(body, CLAUDE)
        answers = [said["content"] for said in body["messages"] if said["role"] == "assistant"]
        assert answers == [reasoning_blocks(earlier) for earlier in range(turn)]
        result = {"role": "tool", "tool_call_id": calls[0].id, "content": "found"}
        messages += [message, result]


def test_call_without_arguments(world: World, server: Server) -> None:
    use = {"toolUseId": "a", "name": "look"}
    frames = [
        event("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": use}}),
        event("contentBlockStop", {"contentBlockIndex": 1}),
        *text_frames(stop="tool_use")[2:],
    ]
    server.reply(answer_frames(*frames))
    chunks, stream = world.stream(Client(), f"bedrock/{CLAUDE}", USER, **once(server))
    pieces = [
        piece
        for chunk in chunks
        for choice in chunk.choices
        for piece in choice.delta.tool_calls or ()
    ]
    assert [piece.index for piece in pieces] == [0, 0]
    assert pieces[1].function is not None
    assert pieces[1].function.arguments == "{}"
    assert stream.response.usage is not None


def test_interleaved_thinking_goes_back_in_order(server: Server) -> None:
    first, second = reasoning_blocks(1), reasoning_blocks(2)
    blocks = [*first[1:3], *second[1:]]
    server.reply(answer_json(answer_body(*blocks, stop="tool_use")))
    message = call(server, CLAUDE, USER, tools=[tool("look")]).choices[0].message
    result = {"role": "tool", "tool_call_id": "call2", "content": "found"}
    body = sent(server, CLAUDE, [*USER, message, result], tools=[tool("look")])
    assert body["messages"][1]["content"] == blocks
    # A message whose text was changed goes back with the new text.
    changed = {**message.model_dump(), "content": "edited"}
    body = sent(server, CLAUDE, [*USER, changed, result], tools=[tool("look")])
    assert {"text": "edited"} in body["messages"][1]["content"]


def test_citations_of_the_web(server: Server) -> None:
    web = {"location": {"web": {"url": "https://a.example", "domain": "a.example"}}}
    frames = text_frames("Hi")
    frames[2:2] = [event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"citation": web}})]
    server.reply(answer_frames(*frames))
    with Client() as client:
        stream = client.completion(f"bedrock/{NOVA}", USER, stream=True, **once(server))
        for _ in stream:
            pass
    message = stream.response.choices[0].message
    cited = {"url": "https://a.example", "title": "a.example"}
    assert message.annotations == [{"type": "url_citation", "url_citation": cited}]
    assert (message.provider_specific_fields or {})["citations"] == [web]


def test_pictures(world: World, mode: str, server: Server) -> None:
    image = {"format": "png", "source": {"bytes": "AAAA"}}
    start = {"contentBlockIndex": 1, "start": {"image": {"format": "png"}}}
    delta = {"contentBlockIndex": 1, "delta": {"image": {"source": {"bytes": "AAAA"}}}}
    frames = text_frames("Look")
    frames[2:2] = [
        event("contentBlockStart", start),
        event("contentBlockDelta", delta),
        event("contentBlockStop", {"contentBlockIndex": 1}),
    ]
    plain = answer_json(answer_body({"text": "Look"}, {"image": image}))
    server.reply(plain if mode == "plain" else answer_frames(*frames))
    message = (
        world.answer(Client(), mode, f"bedrock/{NOVA}", USER, **once(server)).choices[0].message
    )
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    assert message.images == [picture]
    # OpenAI's message has nothing that could be sent back, so the block is kept.
    assert (message.provider_specific_fields or {})["bedrock_content"][1] == {"image": image}


def test_calls_that_amazon_makes_itself(server: Server) -> None:
    use = {"toolUseId": "a", "name": "nova_code_interpreter", "type": "server_tool_use"}
    blocks: list[JSON] = [
        {"toolUse": {**use, "input": {"code": "1+1"}}},
        {"toolResult": {"toolUseId": "a", "content": [{"json": {"out": 2}}], "status": "success"}},
        {"text": "Two."},
    ]
    server.reply(answer_json(answer_body(*blocks)))
    message = call(server, NOVA, USER).choices[0].message
    assert message.tool_calls is None
    assert message.content == "Two."
    server.reply(answer_json(answer_body({"text": "Hi"})))
    call(server, NOVA, [*USER, message, *USER])
    assert server.seen[0].json["messages"][1]["content"] == blocks


def test_events_that_cannot_be_read(server: Server) -> None:
    server.reply(answer_frames(event("messageStart", b"{"), *text_frames("Hi")))
    with pytest.raises(APIError, match="expected a messageStart event"):
        call(server, CLAUDE, USER, stream=True)
    # Events of unknown types are ignored.
    server.reply(answer_frames(event("novelty", {"x": 1}), *text_frames("Hi")))
    with Client() as client:
        stream = client.completion(f"bedrock/{CLAUDE}", USER, stream=True, **once(server))
        assert len(list(stream)) == 3
