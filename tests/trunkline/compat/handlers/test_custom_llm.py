"""Handlers of `litellm.custom_provider_map` answer the calls of their providers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from tests.trunkline.compat.handlers.own_llm import ask, installed_for_handlers, piece, serve
from tests.trunkline.compat.stand_in import installed
from trunkline.adapters.table.table import register_provider
from trunkline.compat.handlers import custom_llm
from trunkline.testing import FakeProvider

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": "{}"},
    "index": 0,
}


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed_for_handlers() as module:
        yield module


def handler(litellm: Any, *pieces: Any) -> Any:
    """Return a handler that answers "Mine" or yields pieces, and keeps the arguments."""

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def __init__(self) -> None:
            self.asked: list[dict[str, Any]] = []

        def completion(self, **arguments: Any) -> Any:
            self.asked.append(arguments)
            return litellm.completion("gpt-4o", MESSAGES, mock_response="Mine")

        async def acompletion(self, **arguments: Any) -> Any:
            return self.completion(**arguments)

        def streaming(self, **arguments: Any) -> Iterator[Any]:
            self.asked.append(arguments)
            for each in pieces:
                if isinstance(each, Exception):
                    raise each
                yield each

        async def astreaming(self, **arguments: Any) -> AsyncIterator[Any]:
            for each in self.streaming(**arguments):
                yield each

    return Mine()


def test_a_handler_answers(litellm: Any, world: World) -> None:
    heard: list[Any] = []
    litellm.callbacks = [heard.append]
    mine = handler(litellm)
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": mine}]
    more = {"temperature": 0.5, "api_key": "sk-mine", "my_own": 1, "metadata": {"team": "a"}}
    response = ask(litellm, world, **more)
    assert isinstance(response, litellm.ModelResponse)
    assert response.choices[0].message.content == "Mine"
    [asked] = mine.asked
    assert (asked["model"], asked["messages"], asked["api_key"]) == ("m-1", MESSAGES, "sk-mine")
    assert asked["optional_params"] == {"temperature": 0.5, "my_own": 1}
    assert asked["acompletion"] is not world.blocking
    [record] = heard[-1:]
    assert (record.provider, record.model, record.metadata["team"]) == ("mine", "m-1", "a")


def test_a_handler_streams(litellm: Any, world: World) -> None:
    pieces = [
        piece("Hel"),
        piece("lo", tool_use=CALL),
        piece(is_finished=True, finish_reason="tool_use", usage=USAGE),
    ]
    litellm.custom_provider_map = [
        {"provider": "mine", "custom_handler": handler(litellm, *pieces)}
    ]
    chunks = ask(litellm, world, stream=True, stream_options={"include_usage": True})
    assert all(isinstance(chunk, litellm.ModelResponseStream) for chunk in chunks)
    response = litellm.stream_chunk_builder(chunks)
    message = response.choices[0].message
    assert (message.content, message.tool_calls[0].function.name) == ("Hello", "weather")
    assert response.choices[0].finish_reason == "tool_calls"
    assert response.usage.total_tokens == 5


def test_chunks_may_be_litellms_and_need_no_end(litellm: Any, world: World) -> None:
    chunk = litellm.ModelResponseStream(choices=[{"index": 0, "delta": {"content": "Hi"}}])
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": handler(litellm, chunk)}]
    chunks = ask(litellm, world, stream=True)
    assert [c.choices[0].delta.content for c in chunks] == ["Hi", None]
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_errors_have_their_status(litellm: Any, world: World) -> None:
    busy = litellm.CustomLLMError(status_code=429, message="busy")
    litellm.custom_provider_map.append(
        {"provider": "mine", "custom_handler": handler(litellm, busy)}
    )
    with pytest.raises(litellm.RateLimitError, match="mine/m-1: busy") as caught:
        ask(litellm, world, stream=True)
    assert caught.value.llm_provider == "mine"


def test_what_a_handler_lacks(litellm: Any) -> None:
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": litellm.CustomLLM()}]
    with pytest.raises(
        litellm.InternalServerError, match=r"CustomLLM\.completion: not implemented"
    ) as caught:
        litellm.completion("mine/m", MESSAGES)
    assert caught.value.attempts == 1


def test_an_answer_of_another_kind(litellm: Any) -> None:
    class Odd(litellm.CustomLLM):  # type: ignore[misc]
        def completion(self, **_arguments: Any) -> str:
            return "Hi"

    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": Odd()}]
    with pytest.raises(litellm.APIResponseValidationError, match="returned str"):
        litellm.completion("mine/m", MESSAGES)


def test_others_are_not_asked(litellm: Any) -> None:
    fake = FakeProvider(["Not mine"])
    with installed(fake.client()) as module:
        module.custom_provider_map = [{"provider": "mine", "custom_handler": handler(litellm)}]
        response = module.completion("openai/gpt-4o", MESSAGES)
        assert response.choices[0].message.content == "Not mine"
        module.custom_provider_map = []


def test_a_router_falls_back_to_a_handler(litellm: Any, world: World) -> None:
    mine = handler(litellm)
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": mine}]
    failing = {"model": "mine/x", "mock_response": litellm.InternalServerError("x", "mine", "x")}
    router = litellm.Router(
        [
            {"model_name": "first", "litellm_params": failing},
            {"model_name": "second", "litellm_params": {"model": "mine/y"}},
        ],
        fallbacks=[{"first": ["second"]}],
        num_retries=0,
    )
    if world.blocking:
        response = router.completion("first", MESSAGES)
    else:
        response = world.run(lambda: router.acompletion("first", MESSAGES))
    assert response.choices[0].message.content == "Mine"
    assert [asked["model"] for asked in mine.asked] == ["y"]


@pytest.mark.parametrize("given", [{}, [{"provider": "mine"}], "mine"])
def test_a_map_of_another_form_is_refused(litellm: Any, given: Any) -> None:
    with pytest.raises(TypeError, match="custom_provider_map: expected a list of"):
        litellm.custom_provider_map = given


def test_a_name_of_ours_stays_ours(litellm: Any, caplog: pytest.LogCaptureFixture) -> None:
    litellm.custom_provider_map = [{"provider": "groq", "custom_handler": handler(litellm)}]
    assert "'groq' is a provider of trunkline's" in caplog.text
    assert custom_llm.find_handler("groq") is None


def test_a_provider_that_is_registered_since_is_not_replaced(litellm: Any) -> None:
    register_provider(name="theirs", base_url="http://127.0.0.1:9/v1")
    litellm.custom_provider_map = [{"provider": "theirs", "custom_handler": handler(litellm)}]
    assert custom_llm.find_handler("theirs") is None


def test_the_provider_of_a_handler_has_no_address(litellm: Any) -> None:
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": handler(litellm)}]
    assert litellm.get_llm_provider("mine/m") == ("m", "mine", None, None)


def test_a_class_instead_of_a_handler(litellm: Any) -> None:
    entry = {"provider": "mine", "custom_handler": litellm.CustomLLM}
    with pytest.raises(TypeError, match=r"'mine' is a class; expected an object, such as CustomLL"):
        litellm.custom_provider_map = [entry]
    litellm.custom_provider_map.append(entry)
    with pytest.raises(litellm.BadRequestError, match="custom_handler of 'mine' is a class"):
        litellm.completion("mine/m", MESSAGES)


def test_an_entry_that_is_appended_is_checked(litellm: Any) -> None:
    litellm.custom_provider_map.append({"provider": "mine", "api_key": "sk-0123456789"})
    with pytest.raises(litellm.BadRequestError, match="an entry with provider, api_key") as caught:
        litellm.completion("mine/m", MESSAGES)
    assert "sk-0123456789" not in str(caught.value)


def test_a_handler_that_was_removed(litellm: Any, world: World) -> None:
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": handler(litellm)}]
    litellm.custom_provider_map = []
    with pytest.raises(litellm.BadRequestError, match=r"mine: litellm\.custom_provider_map has no"):
        ask(litellm, world)


def test_a_response_knows_its_call(litellm: Any) -> None:
    records: list[Any] = []
    litellm.callbacks = [records.append]
    serve(litellm, lambda arguments: arguments["model_response"])
    litellm.completion("mine/m", MESSAGES)
    assert records[-1].call_id == records[-1].response.call.call_id


def test_values_that_a_call_conceals(litellm: Any) -> None:
    mine = handler(litellm)
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": mine}]
    litellm.completion("mine/m", MESSAGES, aws_secret_access_key="secret", extra_body={"key": "x"})
    assert mine.asked[0]["optional_params"] == {"aws_secret_access_key": "secret", "key": "x"}
