"""Params: what a model does not take is refused or dropped, and nothing else."""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    ModelResponse,
    UnsupportedParamsError,
)
from trunkline.middlewares.param_paths import parse_path, without
from trunkline.middlewares.params import Params
from trunkline.pipeline.call.chat_params import CHAT_PARAMS

KEY = "sk-test-0123456789"
GROQ = "groq/llama-3.3-70b-versatile"
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "function": {"name": "a", "strict": True, "parameters": {}}},
    {"type": "function", "function": {"name": "b", "parameters": {}}},
]


def ask(
    server: Server, model: str = GROQ, params: Params | None = None, **more: Any
) -> tuple[dict[str, Any], ModelResponse]:
    """Make a blocking call; return the body that was sent, and the answer."""
    server.reply(good("plain"))
    response = call(server, model, params, more)
    return server.seen[0].json, response


def call(
    server: Server, model: str, params: Params | None, arguments: dict[str, Any]
) -> ModelResponse:
    with Client([params or Params()]) as client:
        reply: ModelResponse = client.completion(
            model, MESSAGES, stream=False, base_url=server.url, api_key=KEY, **arguments
        )
        return reply


class TestRefusing:
    def test_names_parameter_model_and_remedy(
        self, server: Server, world: World, mode: str
    ) -> None:
        client = Client([Params()])
        server.reply(good(mode))
        with pytest.raises(UnsupportedParamsError) as caught:
            world.answer(
                client, mode, GROQ, MESSAGES, base_url=server.url, api_key=KEY, logit_bias={"1": 5}
            )
        error = caught.value
        assert error.param == "logit_bias"
        assert error.provider == "groq"
        assert error.model == GROQ
        for word in ("logit_bias", "groq", "drop_params=True", "allowed_openai_params"):
            assert word in str(error)
        assert server.seen == []

    def test_names_all_of_them(self, server: Server) -> None:
        with pytest.raises(UnsupportedParamsError, match="logit_bias, top_logprobs"):
            ask(server, logit_bias={"1": 5}, temperature=0, top_logprobs=2)

    def test_by_model(self, server: Server) -> None:
        sent, _ = ask(server, "openai/gpt-4o", presence_penalty=0.5)
        assert sent["presence_penalty"] == 0.5
        with pytest.raises(UnsupportedParamsError, match="presence_penalty"):
            ask(server, "openai/gpt-5", presence_penalty=0.5)

    def test_a_provider_s_own_parameters_pass(self, server: Server) -> None:
        sent, response = ask(server, drop_params=True, top_k=5, num_ctx=9)
        assert (sent["top_k"], sent["num_ctx"]) == (5, 9)
        assert response.dropped_params == []

    @pytest.mark.parametrize("model", ["nowhere/model", "openai/"])
    def test_an_unknown_model_is_the_adapter_s_to_refuse(self, server: Server, model: str) -> None:
        with pytest.raises(BadRequestError) as caught:
            ask(server, model, logit_bias={})
        assert caught.value.param == "model"

    def test_a_missing_key_too(self) -> None:
        with Client([Params()]) as client, pytest.raises(AuthenticationError):
            client.completion("openai/gpt-4o", MESSAGES, seed=1)

    def test_a_mock_needs_none(self) -> None:
        with Client([Params()]) as client:
            response = client.completion("a/b", MESSAGES, seed=1, mock_response="hi")
        assert response.choices[0].message.content == "hi"


class TestDropping:
    def test_says_so(
        self, server: Server, world: World, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = Client([Params()])
        server.reply(good(mode))
        params: dict[str, Any] = {"logit_bias": {"1": 5}, "temperature": 0.5}
        with caplog.at_level(logging.DEBUG, "trunkline"):
            response = world.answer(
                client,
                mode,
                GROQ,
                MESSAGES,
                base_url=server.url,
                api_key=KEY,
                drop_params=True,
                **params,
            )
        sent = server.seen[0].json
        assert "logit_bias" not in sent
        assert sent["temperature"] == 0.5
        assert response.dropped_params == ["logit_bias"]
        assert f"{GROQ}: dropped logit_bias" in caplog.messages
        assert all(record.levelno == logging.DEBUG for record in caplog.records)

    def test_of_the_client(self, server: Server) -> None:
        sent, response = ask(server, params=Params(drop_params=True), logit_bias={"1": 5})
        assert "logit_bias" not in sent
        assert response.dropped_params == ["logit_bias"]

    def test_the_call_goes_before_the_client(self, server: Server) -> None:
        with pytest.raises(UnsupportedParamsError):
            ask(server, params=Params(drop_params=True), drop_params=False, logit_bias={"1": 5})

    @pytest.mark.parametrize(
        ("model", "name", "value"),
        [
            (GROQ, "logprobs", False),
            ("openai/gpt-5", "frequency_penalty", 0),
            ("mistral/m", "user", "u"),
        ],
    )
    def test_what_says_nothing_is_dropped_unasked(
        self, server: Server, model: str, name: str, value: Any
    ) -> None:
        sent, response = ask(server, model, None, **{name: value})
        assert name not in sent
        assert response.dropped_params == [name]

    def test_stream_options_are_the_library_s(self, server: Server) -> None:
        server.reply(good("stream"))
        with Client([Params()]) as client:
            stream = client.completion(
                "mistral/m",
                MESSAGES,
                base_url=server.url,
                api_key=KEY,
                stream=True,
                stream_options={"include_usage": True},
            )
            assert list(stream)[-1].usage is not None
        assert "stream_options" not in server.seen[0].json


class TestTheOtherApi:
    def refusal(self, model: str, **params: Any) -> str:
        with pytest.raises(UnsupportedParamsError) as caught:
            Client([Params()]).completion(model, MESSAGES, api_key=KEY, **params)
        return caught.value.message

    def test_both_parameters_are_named(self) -> None:
        for name, value in (("seed", 3), ("stop", ["x"]), ("n", 2)):
            message = self.refusal("openai/gpt-4o", background=True, **{name: value})
            assert message.startswith(f"{name}: not supported by openai")
            assert "(background, which only the Responses API has)" in message
            assert f"remove {name} or that reason, because chat completions support it" in message

    def test_a_prefix_or_an_argument_is_the_reason(self) -> None:
        assert "(the prefix responses/)" in self.refusal("openai/responses/gpt-4o", seed=3)
        message = self.refusal("openai/gpt-4o", seed=3, n=2, wire="responses")
        assert '(wire="responses"); remove seed, n or that reason' in message
        assert "chat completions support them" in message

    def test_a_model_that_has_only_one_api(self) -> None:
        message = self.refusal("openai/gpt-5-pro", seed=3)
        assert "(gpt-5-pro has only this API); remove seed, pass" in message


class TestNames:
    @pytest.mark.parametrize("given", ["max_tokens", "max_completion_tokens"])
    @pytest.mark.parametrize(
        ("model", "sent_as"),
        [("openai/gpt-5", "max_completion_tokens"), ("mistral/m", "max_tokens")],
    )
    def test_of_the_token_limit(self, server: Server, model: str, given: str, sent_as: str) -> None:
        sent, response = ask(server, model, None, **{given: 7})
        assert sent[sent_as] == 7
        assert len({"max_tokens", "max_completion_tokens"} & sent.keys()) == 1
        assert response.dropped_params == []

    def test_all_that_openai_has(self) -> None:
        assert len(CHAT_PARAMS) == 33
        assert CHAT_PARAMS.isdisjoint({"model", "messages", "stream", "metadata", "top_k"})


class TestAdditionalDrops:
    def test_nested(self, server: Server, world: World, mode: str) -> None:
        client = Client([Params()])
        server.reply(good(mode))
        tools, before = deepcopy(TOOLS), deepcopy(TOOLS)
        messages = deepcopy(MESSAGES)
        response = world.answer(
            client,
            mode,
            GROQ,
            messages,
            base_url=server.url,
            api_key=KEY,
            tools=tools,
            seed=3,
            additional_drop_params=["tools[*].function.strict", "seed", "a.b[0]"],
        )
        sent = server.seen[0].json
        assert "strict" not in sent["tools"][0]["function"]
        assert sent["tools"][1] == TOOLS[1]
        assert "seed" not in sent
        assert response.dropped_params == ["tools[*].function.strict", "seed"]
        assert (tools, messages) == (before, MESSAGES)

    @pytest.mark.parametrize(
        "path", ["", ".a", "a.", "a..b", "a[", "a[x]", "[0]", "a[-1]", "a[0]b", "a]b"]
    )
    def test_no_path(self, server: Server, path: str) -> None:
        with pytest.raises(BadRequestError, match="invalid path") as caught:
            ask(server, seed=1, additional_drop_params=[path])
        assert caught.value.param == "additional_drop_params"

    LEFT: ClassVar[list[tuple[str, Any]]] = [
        ("a", {"c": 1}),
        ("a.b", {"a": {}, "c": 1}),
        ("a.b[0]", {"a": {"b": [{"d": 4}, 5]}, "c": 1}),
        ("a.b[1].d", {"a": {"b": [{"d": 3}, {}, 5]}, "c": 1}),
        ("a.b[*].d", {"a": {"b": [{}, {}, 5]}, "c": 1}),
        ("a.b[*]", {"a": {"b": []}, "c": 1}),
    ]

    @pytest.mark.parametrize(("path", "left"), LEFT)
    def test_paths(self, path: str, left: object) -> None:
        value = {"a": {"b": [{"d": 3}, {"d": 4}, 5]}, "c": 1}
        before = deepcopy(value)
        assert without(value, parse_path(path)) == left
        assert value == before

    @pytest.mark.parametrize("path", ["x", "c.d", "c[0]", "a.b[9]", "a[0]", "a.b.d", "e[*]"])
    def test_what_is_not_there(self, path: str) -> None:
        value: dict[str, Any] = {"a": {"b": [{"d": 3}]}, "c": 1, "e": []}
        assert without(value, parse_path(path)) is value

    @given(
        st.recursive(
            st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
            ),
            max_leaves=12,
        ),
        st.sampled_from(["a", "a.b", "a[*].b", "a[0]", "a.b[1].c", "b[*][0]", "c[*]"]),
    )
    def test_nothing_is_changed_in_place(self, value: Any, path: str) -> None:
        before = deepcopy(value)
        once = without({"a": value, "b": value}, parse_path(path))
        assert value == before
        if "[0]" not in path and "[1]" not in path and "[*]" not in path:
            assert without(once, parse_path(path)) is once


class TestAllowing:
    def test_sends_it_as_it_is(self, server: Server, world: World, mode: str) -> None:
        client = Client([Params()])
        server.reply(good(mode))
        response = world.answer(
            client,
            mode,
            GROQ,
            MESSAGES,
            base_url=server.url,
            api_key=KEY,
            drop_params=True,
            logit_bias={"1": 5},
            top_logprobs=1,
            allowed_openai_params=["logit_bias", "seed"],
        )
        sent = server.seen[0].json
        assert sent["logit_bias"] == {"1": 5}
        assert "seed" not in sent
        assert response.dropped_params == ["top_logprobs"]


class TestStopSequences:
    STOP = ("a", "b", "c", "d", "e", "f")

    def test_cut_where_there_is_a_limit(self, server: Server) -> None:
        stop = list(self.STOP)
        sent, response = ask(server, stop=stop)
        assert sent["stop"] == ["a", "b", "c", "d"]
        assert response.dropped_params == ["stop[4]", "stop[5]"]
        assert stop == list(self.STOP)

    def test_not_where_there_is_none(self, server: Server) -> None:
        sent, response = ask(server, "mistral/m", stop=list(self.STOP))
        assert sent["stop"] == list(self.STOP)
        assert response.dropped_params == []

    @pytest.mark.parametrize("stop", ["word", ["a", "b"], list("abcd")])
    def test_not_what_fits(self, server: Server, stop: object) -> None:
        assert ask(server, stop=stop)[0]["stop"] == stop

    def test_disabled(self, server: Server) -> None:
        sent, _ = ask(server, stop=list(self.STOP), disable_stop_sequence_limit=True)
        assert sent["stop"] == list(self.STOP)


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("drop_params", "true"),
            ("disable_stop_sequence_limit", 1),
            ("additional_drop_params", "seed"),
            ("allowed_openai_params", [1]),
        ],
    )
    def test_of_the_wrong_type(self, server: Server, name: str, value: Any) -> None:
        with pytest.raises(BadRequestError, match=f"{name}: expected") as caught:
            ask(server, seed=1, **{name: value})
        assert caught.value.param == name
        assert server.seen == []

    def test_of_the_client_too(self) -> None:
        with pytest.raises(BadRequestError, match="drop_params: expected"):
            Params(drop_params="yes")  # type: ignore[arg-type]  # what an untyped config has

    def test_shown(self) -> None:
        assert repr(Params()) == "Params()"
        assert repr(Params(drop_params=True)) == "Params(drop_params=True)"
