"""Arguments of completion() that other libraries have: understood, or refused by name."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Server
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    Handler,
    InternalServerError,
    Reply,
    Request,
)
from trunkline.clients.client import KNOWN_OPTIONS
from trunkline.pipeline.call.absent_arguments import ABSENT, OTHER_NAMES
from trunkline.pipeline.call.arguments import OWN_ARGUMENTS
from trunkline.pipeline.call.chat_params import CHAT_PARAMS


class Kept:
    """Keeps the requests that pass."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        self.requests.append(request)
        return call_next(request)


def ask(client: Client, **arguments: Any) -> Any:
    given: dict[str, Any] = {"api_key": "k" * 9, "mock_response": "x", **arguments}
    stream: bool = given.pop("stream", False)
    return client.completion("openai/m", MESSAGES, stream=stream, **given)


def test_no_name_is_two_things() -> None:
    here = OWN_ARGUMENTS | KNOWN_OPTIONS | CHAT_PARAMS
    assert not here & ABSENT.keys()
    assert not here & OTHER_NAMES.keys()
    assert set(OTHER_NAMES.values()) <= here


@pytest.mark.parametrize("name", sorted(ABSENT))
def test_refused_by_name(name: str) -> None:
    with Client() as client:
        with pytest.raises(BadRequestError, match=f"{name}: unknown argument; ") as caught:
            ask(client, **{name: "something"})
        assert caught.value.param == name
        # What asks for nothing is no reason to refuse a call.
        ask(client, **{name: None})


@pytest.mark.parametrize(
    ("name", "value", "passes"),
    [
        ("retry_strategy", "exponential_backoff_retry", True),
        ("retry_strategy", "constant_retry", False),
        ("ssl_verify", True, True),
        ("ssl_verify", False, False),
        ("supports_system_message", True, True),
        ("supports_system_message", False, False),
        ("ensure_alternating_roles", False, True),
        ("organization", "", True),
    ],
)
def test_what_is_done_anyway(name: str, value: object, passes: bool) -> None:
    kept = Kept()
    with Client([kept]) as client:
        if passes:
            ask(client, **{name: value})
            assert not kept.requests[0].params
        else:
            with pytest.raises(BadRequestError, match=name):
                ask(client, **{name: value})


def test_a_middleware_may_claim_such_a_name() -> None:
    class Own(Kept):
        options = frozenset({"roles", "max_retries"})

    own = Own()
    with Client([own]) as client:
        ask(client, roles="r", max_retries=3)
    assert own.requests[0].options["roles"] == "r"
    assert own.requests[0].options["max_retries"] == 3


def test_retries_under_their_other_name(server: Server) -> None:
    server.reply(failing(500))
    with Client() as client:
        given: Any = {"base_url": server.url, "api_key": "k" * 9}
        with pytest.raises(InternalServerError):
            client.completion("openai/m", MESSAGES, **given, max_retries=0)
        assert len(server.seen) == 1
        with pytest.raises(InternalServerError):
            # The name that is here counts.
            client.completion("openai/m", MESSAGES, **given, max_retries=5, num_retries=0)
        assert len(server.seen) == 2
        assert all("max_retries" not in seen.json for seen in server.seen)


def test_a_limit_under_its_other_name() -> None:
    kept = Kept()
    with Client([kept]) as client:
        ask(client, request_timeout=7)
        ask(client, request_timeout=7, timeout=3)
    assert [request.timeouts.answer for request in kept.requests] == [7, 3]


def test_a_limit_of_streams() -> None:
    kept = Kept()
    with Client([kept]) as client:
        ask(client, timeout=3, stream_timeout=9)
        ask(client, timeout=3, stream_timeout=9, stream=True).close()
        ask(client, timeout=3, stream=True).close()
        with pytest.raises(BadRequestError, match="timeout: expected seconds"):
            ask(client, stream_timeout="soon", stream=True)
    assert [request.timeouts.answer for request in kept.requests] == [3, 9, 3]


def test_a_fallback_has_them_too(server: Server) -> None:
    server.reply(failing(500), good("plain"))
    with Client() as client, pytest.raises(BadRequestError, match=r"organization: .*extra_headers"):
        client.completion(
            "openai/m",
            MESSAGES,
            base_url=server.url,
            api_key="k" * 9,
            num_retries=0,
            fallbacks=[{"model": "openai/n", "organization": "o"}],
        )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("stop", 3, "stop: expected str or list of str, got int"),
        ("tools", {"type": "function"}, "tools: expected list, got dict"),
        (
            "tools",
            [{"type": "function"}, print],
            r"tools: print: \*(args|objects)",
        ),
        ("functions", 3, "functions: expected list, got int"),
        ("functions", ["weather"], r"functions\[0\]: expected dict, got str"),
        ("modalities", "text", "modalities: expected list, got str"),
        ("service_tier", ["flex"], "service_tier: expected str, got list"),
        ("web_search_options", True, "web_search_options: expected dict, got bool"),
        ("extra_headers", {"x-n": 1}, r"extra_headers\['x-n'\]: expected str, got int"),
        ("custom_llm_provider", 3, "custom_llm_provider: expected str, got int"),
        ("middlewares", 3, "middlewares: expected list of middlewares, got int"),
    ],
)
@pytest.mark.parametrize("model", ["openai/m", "anthropic/claude-sonnet-4-5", "gemini/m"])
def test_a_wrong_type_is_named_with_its_place(
    model: str, name: str, value: object, said: str
) -> None:
    given: dict[str, Any] = {name: value, "api_key": "k" * 9, "num_retries": 0}
    with Client() as client, pytest.raises(BadRequestError, match=said) as caught:
        client.completion(model, MESSAGES, **given)
    assert caught.value.param == name


def test_an_empty_key_is_called_empty() -> None:
    with Client() as client, pytest.raises(AuthenticationError, match="got an empty str"):
        ask(client, api_key=" ")
