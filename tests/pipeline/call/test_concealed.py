"""The frames of a failed call, as error trackers record them, show no credential."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import trunkline
from tests.support.answers import MESSAGES, chunk_bodies
from tests.support.frames import frames_of, texts_of
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import APIError, Client, Router
from trunkline.compat.calls import Calls

SECRETS = {
    "key": "sk-key-of-the-call-0123456789",
    "environment": "sk-key-of-the-environment-0123",
    "header": "header-value-0123456789",
    "query": "query-value-0123456789",
    "url": "value-in-the-url-0123456789",
    "fallback": "sk-key-of-a-fallback-01234",
    "aws": "aws/secret+access=key0123456789",
    "session": "aws-session-token-0123456789",
}

#: The body of a request is not hidden, but this one of its fields is where it is an argument.
PASSWORD = "password-in-the-body-0123"


def leaks_of(error: BaseException) -> list[str]:
    """Return where an error shows a credential: in a local variable of a frame, or in itself."""
    found = [
        f"{place}: {name} ({kind})"
        for place, name, value in frames_of(error)
        for text in texts_of(value)
        for kind, secret in SECRETS.items()
        if secret in text
    ]
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    return found + [kind for kind, secret in SECRETS.items() if secret in shown]


ANSWERS: dict[str, Callable[[], list[Any]]] = {
    "an error": lambda: [answer_json({"error": {"message": "no"}}, status=400)],
    "no key": lambda: [answer_json({"error": {"message": "no"}}, status=401)],
    "not JSON": lambda: [Answer([b"<html>"], headers={"content-type": "text/html"})],
    "cut off": lambda: [Answer([b"{"], ending="cut")],
    "a strange event": lambda: [answer_events([{"choices": 5}])],
    "cut in the middle": lambda: [answer_events(chunk_bodies()[:2], done=False)],
}


def arguments(server: Server) -> dict[str, Any]:
    return {
        "api_key": SECRETS["key"],
        "base_url": f"{server.url}/v1?code={SECRETS['url']}",
        "extra_headers": {"X-Auth": SECRETS["header"]},
        "extra_query": {"sig": SECRETS["query"]},
        "extra_body": {"password": PASSWORD},
        "num_retries": 0,
    }


def _failure(world: World, mode: str, client: Client, model: str, **given: Any) -> APIError:
    with pytest.raises(APIError) as caught:
        world.answer(client, mode, model, MESSAGES, **given)
    return caught.value


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_call_that_fails(
    server: Server, world: World, mode: str, engine: str, answer: str
) -> None:
    server.reply(*ANSWERS[answer]() * 3)
    with Client() as client:
        error = _failure(world, mode, client, "openai/gpt-4o", **arguments(server))
    assert server.seen
    assert leaks_of(error) == []


def test_a_server_that_is_not_there(world: World, mode: str, engine: str) -> None:
    with Client() as client:
        error = _failure(
            world,
            mode,
            client,
            "openai/gpt-4o",
            **{
                **arguments(Server()),
                "base_url": f"http://127.0.0.1:9/v1?code={SECRETS['url']}",
            },
        )
    assert leaks_of(error) == []


def test_a_limit_that_passes(server: Server, world: World, mode: str) -> None:
    server.reply(Answer([], ending="silent"))
    with Client() as client:
        error = _failure(
            world, mode, client, "openai/gpt-4o", **arguments(server), timeout={"first_event": 0.05}
        )
    assert leaks_of(error) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": object()},
        {"timeout": -1},
        {"messages": [{"role": "nobody"}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"base_url": f"http://[::1?code={SECRETS['url']}"},
        {"base_url": f"http://127.0.0.1:9/a b?code={SECRETS['url']}"},
        {"base_url": f"http://user:{SECRETS['url']}@127.0.0.1:9/"},
        {"base_url": f"http://127.0.0.1:9/v1#{SECRETS['url']}@other.test"},
        {"base_url": f"http://127.0.0.1:9/v1#{SECRETS['url']}"},
        {"api_key": f"{SECRETS['key']}\ud800"},
        {"api_key": f"{SECRETS['key']}\nx"},
        {"api_key": SECRETS["key"].encode()},
        {"api_key": [SECRETS["key"]]},
        {"extra_headers": {"X-Auth": f"{SECRETS['header']}\nx"}},
        {"extra_headers": {"X-Auth": SECRETS["header"].encode()}},
        {"extra_headers": {"X-Auth": SECRETS["header"], "Host": "other.test"}},
        {"extra_headers": [SECRETS["header"]]},
        {"extra_query": {"sig": f"{SECRETS['query']}\ud800"}},
        {"extra_body": {"password": PASSWORD, "x": object()}},
        {"mock_response": 5},
        {"cache": 5},
        {"fallbacks": [{"model": "openai/x", "api_key": SECRETS["fallback"], "timeout": -1}]},
        {"fallbacks": [{"model": "openai/x", "api_key": [SECRETS["fallback"]]}]},
        {"fallbacks": [5, {"model": "x", "extra_headers": {"X-Auth": SECRETS["fallback"]}}]},
        {"model": "nobody/x"},
        {"num_retries": -1},
        {"middlewares": 5},
        {"custom_llm_provider": 5},
        {"vertex_credentials": {"private_key": SECRETS["key"]}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_arguments_that_are_refused(
    server: Server, world: World, mode: str, wrong: dict[str, Any]
) -> None:
    given = {**arguments(server), **wrong}
    model = given.pop("model", "openai/gpt-4o")
    messages = given.pop("messages", MESSAGES)
    with Client() as client, pytest.raises(APIError) as caught:
        world.answer(client, mode, model, messages, **given)
    assert not server.seen
    assert leaks_of(caught.value) == []


@pytest.mark.parametrize("model", ["bedrock/amazon.nova-lite-v1:0", "bedrock/anthropic.claude-x"])
def test_keys_of_aws(server: Server, world: World, mode: str, model: str) -> None:
    pytest.importorskip("botocore", reason="the extra `bedrock` is not installed")
    server.reply(answer_json({"message": "no"}, status=403))
    with Client() as client:
        error = _failure(
            world,
            mode,
            client,
            model,
            base_url=server.url,
            aws_access_key_id=SECRETS["key"],
            aws_secret_access_key=SECRETS["aws"],
            aws_session_token=SECRETS["session"],
            aws_region_name="us-east-1",
            num_retries=0,
        )
    assert server.seen
    assert leaks_of(error) == []


def test_a_key_of_the_environment(
    server: Server, world: World, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRETS["environment"])
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("MISTRAL_BASE_URL", f"{server.url}/v1")
    server.reply(*[answer_json({"error": {"message": "no"}}, status=500)] * 9)
    fallback = {"model": "mistral/x", "api_key": SECRETS["fallback"]}
    with Client() as client:
        error = _failure(world, mode, client, "openai/gpt-4o", num_retries=0, fallbacks=[fallback])
    assert len(server.seen) == 2
    assert leaks_of(error) == []


def test_a_router(server: Server, world: World, mode: str) -> None:
    server.reply(*[answer_json({"error": {"message": "no"}}, status=500)] * 9)
    deployment = {"model": "openai/gpt-4o", **arguments(server)}
    del deployment["num_retries"]
    with Router(
        [{"model_name": "chat", "litellm_params": deployment}] * 2, num_retries=1
    ) as router:
        error = _failure(world, mode, router, "chat")
    assert len(server.seen) == 2
    assert leaks_of(error) == []


def test_responses(server: Server) -> None:
    server.reply(answer_json({"error": {"message": "no"}}, status=500))
    with Client() as client:
        with pytest.raises(APIError) as caught:
            client.responses("openai/gpt-4o", "Hello", **arguments(server))
        assert leaks_of(caught.value) == []
        with pytest.raises(APIError) as caught:
            client.responses("openai/gpt-4o", 5, **arguments(server))  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
        assert leaks_of(caught.value) == []


def test_a_batch(server: Server) -> None:
    server.reply(*[answer_json({"error": {"message": "no"}}, status=500)] * 9)
    with Client() as client:
        (error,) = client.batch_completion("openai/gpt-4o", [MESSAGES], **arguments(server))
        assert isinstance(error, APIError)
        assert leaks_of(error) == []


def test_what_was_hidden_arrives(server: Server, world: World, mode: str) -> None:
    server.reply(answer_json({"error": {"message": "no"}}, status=400))
    with Client() as client:
        _failure(world, mode, client, "openai/gpt-4o", **arguments(server))
    (seen,) = server.seen
    assert seen.headers["authorization"] == f"Bearer {SECRETS['key']}"
    assert seen.headers["x-auth"] == SECRETS["header"]
    assert seen.json["password"] == PASSWORD
    assert re.search(rf"code={SECRETS['url']}&sig={SECRETS['query']}", seen.path)
    given = arguments(server)
    assert given == arguments(server)


def first_of_batch(model: str, messages: Any, **given: Any) -> Any:
    many: Any = trunkline.batch_as_completed
    return next(iter(many(model, messages, **given)))[1]


# Any, so that the arguments, which have no types here, fit.
LIBRARY: Any = trunkline
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "completion": partial(LIBRARY.completion, "openai/a", MESSAGES),
    "completion_with_retries": partial(LIBRARY.completion_with_retries, "openai/a", MESSAGES),
    "batch_completion": partial(LIBRARY.batch_completion, "openai/a", []),
    "batch": partial(first_of_batch, "openai/a", [MESSAGES]),
    "responses": partial(LIBRARY.responses, "openai/a", "Hello"),
    "retrieve_response": partial(LIBRARY.retrieve_response, "openai/a", "r_1"),
    "token_counter": partial(LIBRARY.token_counter, "anthropic/a", messages=MESSAGES),
    "compat": partial(Calls(Client()).completion, "openai/a", MESSAGES),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_that_takes_arguments(name: str) -> None:
    given = {
        "api_key": SECRETS["key"],
        "base_url": f"http://127.0.0.1:9?code={SECRETS['url']}",
        "extra_headers": {"X-Auth": SECRETS["header"]},
        "extra_query": {"sig": SECRETS["query"]},
        "fallbacks": [{"model": "openai/x", "api_key": SECRETS["fallback"]}],
        "timeout": -1,
        "max_workers": 0,
    }
    if name not in {"batch_completion"}:
        del given["max_workers"]
    try:
        returned = FUNCTIONS[name](**given)
    except (APIError, ValueError) as error:
        returned = error
    assert isinstance(returned, APIError | ValueError)
    assert leaks_of(returned) == []
