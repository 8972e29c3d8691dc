"""Replicate's wire: predictions waited for, streamed, cancelled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.chunks import check_cuts, decode_cut
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    ContextWindowExceededError,
    InternalServerError,
    ModelResponse,
    PaymentRequiredError,
    StreamInterruptedError,
    Timeout,
    Timeouts,
    UnprocessableEntityError,
    UnsupportedParamsError,
    fold_chunks,
)
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires.replicate.predictions import may_have_key
from trunkline.pipeline.json_values import JSON

PROVIDER = find_provider("replicate")
WIRE = load_wire("replicate")
LLAMA = "replicate/meta/meta-llama-3-70b-instruct"
USER = [{"role": "user", "content": "Hello"}]
KEY = "replicate-key-123"


def prediction(server: Server | None = None, status: str = "succeeded", **fields: Any) -> JSON:
    """A prediction, as https://replicate.com/docs/reference/http shows it."""
    root = server.url if server else "https://api.replicate.com/v1"
    return {
        "id": "gm3qorzdhg",
        "model": "meta/meta-llama-3-70b-instruct",
        "status": status,
        "input": {"prompt": "Hello"},
        "output": None,
        "error": None,
        "created_at": "2023-09-08T16:19:34.765994Z",
        "urls": {"get": f"{root}/predictions/gm3qorzdhg"},
        "metrics": {},
        **fields,
    }


METRICS = {"input_token_count": 5, "output_token_count": 3, "predict_time": 0.1}


def done(server: Server, output: Any = None, **fields: Any) -> JSON:
    return prediction(
        server, output=["Hel", "lo!"] if output is None else output, metrics=METRICS, **fields
    )


def streaming(server: Server, path: str = "/stream/1") -> Answer:
    """The creation of a prediction that streams."""
    urls = {"stream": f"{server.url}{path}"}
    return answer_json(prediction(server, "starting", urls=urls), 201)


def events(*pairs: tuple[str, str]) -> Answer:
    pieces: list[bytes] = []
    for number, (name, data) in enumerate(pairs):
        lines = "".join(f"data: {line}\n" for line in data.split("\n"))
        pieces.append(f"event: {name}\nid: {number}:0\n{lines}\n".encode())
    return Answer(pieces, headers={"content-type": "text/event-stream"})


def answers(server: Server, mode: str, text: str = "Hello!") -> list[Answer]:
    if mode == "plain":
        return [answer_json(done(server, [text[:3], text[3:]]), 201)]
    stream = events(("output", text[:3]), ("output", text[3:]), ("done", "{}"))
    return [streaming(server), stream, answer_json(done(server, [text]))]


def ask(server: Server, world: World, mode: str, model: str = LLAMA, **given: Any) -> ModelResponse:
    arguments = {"base_url": server.url, "api_key": KEY, **given}
    return world.answer(Client(middlewares=[]), mode, model, USER, **arguments)


def test_answers(server: Server, world: World, mode: str) -> None:
    server.reply(*answers(server, mode))
    response = ask(server, world, mode, max_tokens=9, temperature=0.5)
    choice = response.choices[0]
    assert choice.message.content == "Hello!"
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": "succeeded"}
    assert response.id == "gm3qorzdhg"
    assert response.created == 1694189974
    assert response.model == "meta/meta-llama-3-70b-instruct"
    assert response.usage is not None
    assert response.usage.prompt_tokens == 5
    assert response.usage.total_tokens == 8
    assert response.usage.native == METRICS
    first = server.seen[0]
    assert (first.method, first.path) == (
        "POST",
        "/models/meta/meta-llama-3-70b-instruct/predictions",
    )
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert first.headers["accept"] == "application/json"
    assert first.headers.get("prefer") == ("wait" if mode == "plain" else None)
    assert first.json == {
        "input": {"prompt": "Hello", "max_tokens": 9, "temperature": 0.5},
        **({} if mode == "plain" else {"stream": True}),
    }
    if mode == "stream":
        second, third = server.seen[1:]
        assert (second.method, second.path) == ("GET", "/stream/1")
        assert second.headers["accept"] == "text/event-stream"
        assert second.headers["authorization"] == f"Bearer {KEY}"
        assert (third.method, third.path) == ("GET", "/predictions/gm3qorzdhg")


def test_waiting_for_the_end(server: Server, world: World) -> None:
    server.reply(
        answer_json(prediction(server, "starting"), 201),
        answer_json(prediction(server, "processing")),
        answer_json(done(server)),
    )
    assert ask(server, world, "plain").choices[0].message.content == "Hello!"
    assert [(seen.method, seen.path) for seen in server.seen[1:]] == [
        ("GET", "/predictions/gm3qorzdhg")
    ] * 2
    assert server.seen[2].headers["authorization"] == f"Bearer {KEY}"


def test_waiting_has_an_end(server: Server, world: World) -> None:
    server.reply(answer_json(prediction(server, "processing"), 201))
    with pytest.raises(Timeout):
        ask(server, world, "plain", timeout=Timeouts(total=0.3))


def test_models_that_do_not_stream(server: Server, world: World) -> None:
    server.reply(answer_json(prediction(server, "starting"), 201), answer_json(done(server)))
    response = ask(server, world, "stream")
    assert response.choices[0].message.content == "Hello!"
    assert response.choices[0].finish_reason == "stop"
    assert response.usage is not None
    assert response.usage.completion_tokens == 3


def test_a_stream_is_whole_without_its_counts(server: Server, world: World) -> None:
    created, stream, _ = answers(server, "stream")
    server.reply(created, stream, answer_json({"detail": "gone"}, 404))
    response = ask(server, world, "stream")
    assert response.choices[0].message.content == "Hello!"
    assert response.usage is None


def test_a_stream_whose_server_does_not_hang_up(server: Server, world: World) -> None:
    created, stream, last = answers(server, "stream")
    stream.ending = "stall"
    server.reply(created, stream, last)
    assert ask(server, world, "stream").choices[0].message.content == "Hello!"


def test_usage_is_shown_where_asked_for(server: Server, world: World) -> None:
    arguments: JSON = {"base_url": server.url, "api_key": KEY}
    server.reply(*answers(server, "stream"))
    chunks, _ = world.stream(Client(), LLAMA, USER, **arguments)
    assert all(chunk.usage is None for chunk in chunks)
    server.reply(*answers(server, "stream"))
    shown = {"stream_options": {"include_usage": True}}
    chunks, _ = world.stream(Client(), LLAMA, USER, **arguments, **shown)
    assert chunks[-1].usage is not None
    assert "stream_options" not in server.seen[0].json["input"]


BODY = events(
    ("created", json.dumps(prediction())),
    ("output", "Hi"),
    ("output", "\n"),
    ("output", ""),
    ("logs", "loading"),
    ("output", " event: done\nü"),
    ("done", "{}"),
    ("prediction", json.dumps(prediction(metrics=METRICS))),
)


def test_texts_of_events() -> None:
    chunks, decoder = decode_cut(WIRE, PROVIDER, b"".join(BODY.pieces))
    response = fold_chunks(chunks)
    assert decoder.done
    assert response.choices[0].message.content == "Hi\n event: done\nü"
    assert {chunk.id for chunk in chunks} == {"gm3qorzdhg"}


def test_cut_anywhere() -> None:
    text = b"".join(BODY.pieces).decode()
    check_cuts(WIRE, PROVIDER, {"id": "made", "response_text": text})


def test_text_that_looks_like_the_end(server: Server, world: World) -> None:
    text = "x\nevent: done\ny"
    server.reply(*answers(server, "stream", text))
    assert ask(server, world, "stream").choices[0].message.content == text


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (401, {"title": "Unauthenticated", "detail": "no token", "status": 401},
         AuthenticationError, "no token"),
        (402, {"detail": "no credit"}, PaymentRequiredError, "no credit"),
        (422, {"detail": "- input.prompt is required", "status": 422},
         UnprocessableEntityError, "is required"),
    ],
)  # fmt: skip
def test_errors(
    server: Server,
    world: World,
    mode: str,
    status: int,
    body: JSON,
    kind: type[Exception],
    message: str,
) -> None:
    server.reply(answer_json(body, status))
    with pytest.raises(kind, match=message):
        ask(server, world, mode)


def test_tools_are_refused(server: Server, world: World, mode: str) -> None:
    tools = [{"type": "function", "function": {"name": "look_up"}}]
    arguments: JSON = {"base_url": server.url, "api_key": KEY, "tools": tools}
    with pytest.raises(UnsupportedParamsError, match="tools: not supported by replicate"):
        world.answer(Client(), mode, LLAMA, USER, **arguments)
    assert server.seen == []


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        ({"status": "failed", "error": "CUDA out of memory"}, InternalServerError, "CUDA"),
        ({"status": "failed", "error": "prompt is too long"}, ContextWindowExceededError, "long"),
        ({"status": "canceled"}, InternalServerError, "is canceled"),
    ],
)
def test_predictions_that_fail(
    server: Server, world: World, mode: str, fields: JSON, kind: type[Exception], message: str
) -> None:
    server.reply(answer_json({**prediction(server), **fields}, 201))
    with pytest.raises(kind, match=message):
        ask(server, world, mode)


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (("error", '{"detail": "it broke"}'), "it broke"),
        (("error", "it broke"), "it broke"),
        (("done", '{"reason": "canceled"}'), "ended: canceled"),
    ],
)
def test_errors_in_a_stream(
    server: Server, world: World, last: tuple[str, str], message: str
) -> None:
    server.reply(streaming(server), events(("output", "Hel"), last), answer_json(done(server)))
    with pytest.raises(StreamInterruptedError, match=message) as caught:
        ask(server, world, "stream")
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hel"


def test_a_stream_that_breaks_off(server: Server, world: World) -> None:
    server.reply(streaming(server), events(("output", "Hel")), answer_json(done(server)))
    with pytest.raises(StreamInterruptedError):
        ask(server, world, "stream")


def test_a_stream_that_is_left_is_cancelled(server: Server) -> None:
    stream = events(("output", "Hel"), ("output", "lo"))
    stream.ending = "stall"
    server.reply(streaming(server), stream, answer_json(prediction(server, "canceled")))
    with Client().completion(LLAMA, USER, stream=True, base_url=server.url, api_key=KEY) as chunks:
        next(chunks)
    last = server.seen[-1]
    assert (last.method, last.path) == ("POST", "/predictions/gm3qorzdhg/cancel")
    assert last.headers["authorization"] == f"Bearer {KEY}"


def test_a_stream_that_was_read_is_not_cancelled(server: Server, world: World) -> None:
    server.reply(*answers(server, "stream"))
    ask(server, world, "stream")
    assert not [seen for seen in server.seen if seen.path.endswith("/cancel")]


def test_the_key_stays_with_its_host(server: Server, world: World) -> None:
    """An address that the answer names elsewhere gets no credential."""
    other = Server()
    try:
        created = prediction(server, "starting", urls={"stream": f"{other.url}/stream"})
        server.reply(answer_json(created, 201), answer_json(done(server)))
        other.reply(events(("output", "Hello!"), ("done", "{}")))
        response = ask(server, world, "stream", extra_headers={"X-Gateway-Token": "gateway-secret"})
        assert response.choices[0].message.content == "Hello!"
        sent = other.seen[0].headers
        assert "authorization" not in sent
        assert "x-gateway-token" not in sent
        assert server.seen[0].headers["x-gateway-token"] == "gateway-secret"
    finally:
        other.close()


@pytest.mark.parametrize(
    ("url", "base", "allowed"),
    [
        ("https://stream.replicate.com/v1/x", "https://api.replicate.com/v1", True),
        ("http://stream.replicate.com/v1/x", "https://api.replicate.com/v1", False),
        ("https://stream.replicate.com.evil.org/x", "https://api.replicate.com/v1", False),
        ("https://evil-replicate.com/x", "https://api.replicate.com/v1", False),
        ("https://stream.replicate.com/x", "https://gateway.example.org", False),
        ("https://gateway.example.org/x", "https://gateway.example.org", True),
        ("https://gateway.example.org:444/x", "https://gateway.example.org", False),
    ],
)
def test_who_may_have_the_key(url: str, base: str, allowed: bool) -> None:
    assert may_have_key(url, base) is allowed


@pytest.mark.parametrize(
    ("model", "path", "version"),
    [
        ("meta/llama:abc123", "/predictions", "abc123"),
        ("deployments/acme/my-app", "/deployments/acme/my-app/predictions", None),
    ],
)
def test_other_forms_of_models(
    server: Server, world: World, model: str, path: str, version: str | None
) -> None:
    server.reply(answer_json(done(server), 201))
    ask(server, world, "plain", f"replicate/{model}")
    assert server.seen[0].path == path
    assert server.seen[0].json.get("version") == version


@pytest.mark.parametrize("model", ["llama", "a/b/c", "a/..%2f", "a/b?c"])
def test_models_without_an_owner(server: Server, world: World, model: str) -> None:
    with pytest.raises(BadRequestError, match=r"expected .replicate/owner/name"):
        ask(server, world, "plain", f"replicate/{model}")
    assert server.seen == []
