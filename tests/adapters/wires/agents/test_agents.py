"""Agents: A2A, LangGraph, Langflow, and NLP Cloud's chatbot, which take a conversation alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    Client,
    InternalServerError,
    NotFoundError,
    StreamInterruptedError,
    UnsupportedParamsError,
    get_supported_openai_params,
)
from trunkline.pipeline.json_values import JSON

HELLO = [{"role": "user", "content": "Hello"}]
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Yes?"},
    {"role": "user", "content": [{"type": "text", "text": "Who are you?"}]},
]
TRANSCRIPT = "Be brief.\n\nUser: Hello\n\nAssistant: Yes?\n\nUser: Who are you?\n\nAssistant:"
MODELS = ["a2a/agent", "langflow/flow", "langgraph/agent", "nlp_cloud/chatdolphin"]
PICTURE = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}


def ask(server: Server, model: str, mode: str = "plain", messages: Any = HELLO, **more: Any) -> Any:
    with Client(middlewares=[]) as client:
        arguments = {"base_url": server.url, "api_key": "key-of-the-agent", **more}
        return World("sync").answer(client, mode, model, messages, **arguments)


@pytest.mark.parametrize("model", MODELS)
def test_no_parameters(model: str) -> None:
    supported = get_supported_openai_params(model)
    assert supported == ["stream", "stream_options"]
    with Client() as client, pytest.raises(UnsupportedParamsError, match="temperature"):
        client.completion(model, HELLO, base_url="http://a.example", api_key="k", temperature=0)


@pytest.mark.parametrize("model", ["a2a/agent", "langflow/flow", "nlp_cloud/chatdolphin"])
def test_parts_that_are_not_taken(model: str, server: Server) -> None:
    result = {"role": "tool", "tool_call_id": "1", "content": "done"}
    for wrong in ({"role": "user", "content": [PICTURE]}, result):
        with pytest.raises(BadRequestError) as caught:
            ask(server, model, messages=[*HELLO, wrong])
        assert caught.value.param == "messages[1].content" + "[0]" * (wrong is not result)


class TestA2A:
    @staticmethod
    def rpc(result: JSON) -> JSON:
        return {"jsonrpc": "2.0", "id": "1", "result": result}

    @staticmethod
    def message(text: str, **more: Any) -> JSON:
        parts = [{"kind": "text", "text": text}, {"kind": "data", "data": {"a": 1}}]
        return {"kind": "message", "role": "agent", "messageId": "m", "parts": parts, **more}

    def test_what_is_sent(self, server: Server) -> None:
        server.reply(answer_json(self.rpc(self.message("Hi"))))
        response = ask(server, "a2a/agent", messages=TALK, contextId="c1", metadata={"a": "b"})
        assert server.seen[0].path == "/"
        assert server.seen[0].headers["authorization"] == "Bearer key-of-the-agent"
        body = server.seen[0].json
        assert (body["jsonrpc"], body["method"]) == ("2.0", "message/send")
        message = body["params"]["message"]
        assert message["parts"] == [{"kind": "text", "text": TRANSCRIPT}]
        assert (message["kind"], message["role"]) == ("message", "user")
        assert message["contextId"] == "c1"
        assert message["messageId"]
        assert body["params"]["configuration"] == {"blocking": True}
        assert response.choices[0].message.content == "Hi"
        assert response.provider_specific_fields == {"result": self.message("Hi")}

    def test_the_newer_version(self, server: Server, mode: str) -> None:
        head = {"id": "t", "contextId": "c"}
        artifact = {"artifactId": "1", "parts": [{"text": "Hi "}, {"text": "there"}]}
        done = {"state": "TASK_STATE_COMPLETED"}
        events = [
            {"task": {**head, "status": {"state": "TASK_STATE_SUBMITTED"}}},
            {"artifactUpdate": {"taskId": "t", "artifact": artifact}},
            {"statusUpdate": {"taskId": "t", "status": done}},
        ]
        whole = {"task": {**head, "status": done, "artifacts": [artifact]}}
        plain = answer_json(self.rpc(whole))
        stream = answer_events(map(self.rpc, events), done=False)
        server.reply(plain if mode == "plain" else stream)
        response = ask(server, "a2a/agent", mode, api_version="1.0")
        assert response.choices[0].message.content == "Hi there"
        assert response.choices[0].finish_reason == "stop"
        seen = server.seen[0]
        assert seen.headers["a2a-version"] == "1.0"
        method = "SendMessage" if mode == "plain" else "SendStreamingMessage"
        assert seen.json["method"] == method
        message = seen.json["params"]["message"]
        assert (message["role"], message["parts"]) == ("ROLE_USER", [{"text": "Hello"}])
        assert "kind" not in message

    def test_a_version_that_there_is_not(self, server: Server) -> None:
        with pytest.raises(BadRequestError, match=r'"0\.3" or "1\.0"'):
            ask(server, "a2a/agent", api_version="2")

    def test_a_stream(self, server: Server) -> None:
        def status(state: str, text: str = "", **more: Any) -> JSON:
            said = {"message": self.message(text)} if text else {}
            return {"kind": "status-update", "status": {"state": state, **said}, **more}

        def artifact(text: str) -> JSON:
            piece = {"artifactId": "1", "parts": [{"kind": "text", "text": text}]}
            return {"kind": "artifact-update", "artifact": piece, "append": True}

        events = [
            {"kind": "task", "id": "t", "status": {"state": "submitted"}},
            status("working", "Looking it up."),
            artifact("Hi "),
            artifact("there"),
            status("completed", "Done.", final=True),
        ]
        server.reply(answer_events(map(self.rpc, events), done=False))
        response = ask(server, "a2a/agent", "stream")
        message = response.choices[0].message
        assert (message.content, message.reasoning_content) == ("Hi there", "Looking it up.")
        choice = response.choices[0]
        assert choice.provider_specific_fields == {"native_finish_reason": "completed"}
        assert server.seen[0].json["method"] == "message/stream"
        assert "configuration" not in server.seen[0].json["params"]

    def test_several_artifacts(self, server: Server, mode: str) -> None:
        def artifact(name: str, *parts: JSON) -> JSON:
            return {"artifactId": name, "parts": list(parts)}

        def text(words: str) -> JSON:
            return {"kind": "text", "text": words}

        chart = {"kind": "file", "file": {"uri": "https://a.example/chart.png"}}
        ids = {"taskId": "t", "contextId": "c"}
        pieces = [
            artifact("1", text("Sunny")),
            artifact("1", text(" today.")),
            artifact("2", chart),
            artifact("2", text("Rain tomorrow.")),
        ]
        asks = {"state": "input-required"}
        events: list[JSON] = [
            *({"kind": "artifact-update", **ids, "artifact": piece} for piece in pieces),
            {"kind": "status-update", **ids, "status": asks, "final": True},
        ]
        whole = [artifact("1", text("Sunny today.")), artifact("2", chart, text("Rain tomorrow."))]
        task = {"kind": "task", "id": "t", "contextId": "c", "status": asks, "artifacts": whole}
        plain = mode == "plain"
        stream = answer_events(map(self.rpc, events), done=False)
        server.reply(answer_json(self.rpc(task)) if plain else stream)
        response = ask(server, "a2a/agent", mode)
        assert response.choices[0].message.content == "Sunny today.\n\nRain tomorrow."
        fields = response.provider_specific_fields
        assert fields["result"] == (task if plain else events[-1])
        assert plain or fields["artifacts"] == [pieces[2]]

    @pytest.mark.parametrize(
        ("task", "text"),
        [
            ({"status": {"state": "input-required"}}, "Which city?"),
            ({"status": {"state": "completed"}}, "Which city?"),
        ],
    )
    def test_what_the_status_says(self, server: Server, mode: str, task: JSON, text: str) -> None:
        task["status"]["message"] = self.message(text)
        body = self.rpc({"kind": "task", "id": "t", **task})
        server.reply(answer_json(body) if mode == "plain" else answer_events([body], done=False))
        choice = ask(server, "a2a/agent", mode).choices[0]
        assert (choice.message.content, choice.finish_reason) == (text, "stop")

    @pytest.mark.parametrize(
        ("state", "kind"),
        [
            ("failed", InternalServerError),
            ("rejected", BadRequestError),
            ("TASK_STATE_AUTH_REQUIRED", AuthenticationError),
        ],
    )
    def test_tasks_that_fail(
        self, server: Server, mode: str, state: str, kind: type[APIError]
    ) -> None:
        status = {"state": state, "message": self.message("Sorry.")}
        body = self.rpc({"kind": "task", "id": "t", "status": status})
        server.reply(answer_json(body) if mode == "plain" else answer_events([body], done=False))
        with pytest.raises(kind, match="Sorry"):
            ask(server, "a2a/agent", mode)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [(-32601, NotFoundError), (-32602, BadRequestError), (-32603, InternalServerError)],
    )
    def test_errors(self, server: Server, mode: str, code: int, kind: type[APIError]) -> None:
        body = {"jsonrpc": "2.0", "id": "1", "error": {"code": code, "message": "no"}}
        events = [answer_events([body], done=False)] if mode == "stream" else []
        for answer in (answer_json(body), *events):
            server.reply(answer)
            with pytest.raises(kind, match="no"):
                ask(server, "a2a/agent", mode)

    @pytest.mark.parametrize("result", [{"kind": "odd"}, {"status": {"state": "working"}}])
    def test_no_answer(self, server: Server, result: JSON) -> None:
        server.reply(answer_json(self.rpc(result)))
        with pytest.raises(APIResponseValidationError):
            ask(server, "a2a/agent")

    def test_a_stream_that_breaks_off(self, server: Server) -> None:
        piece = {"artifactId": "1", "parts": [{"kind": "text", "text": "Hi"}]}
        events = [self.rpc({"kind": "artifact-update", "artifact": piece})]
        server.reply(answer_events(events, done=False))
        with pytest.raises(StreamInterruptedError):
            ask(server, "a2a/agent", "stream")


class TestLangflow:
    @staticmethod
    def lines(*events: JSON) -> Answer:
        pieces = [json.dumps(event).encode() + b"\n\n" for event in events]
        return Answer(pieces, headers={"content-type": "text/event-stream"})

    def test_what_is_sent(self, server: Server) -> None:
        output = {"outputs": [{"results": {"message": {"text": "Hi"}}}]}
        server.reply(answer_json({"session_id": "s1", "outputs": [output]}))
        response = ask(
            server, "langflow/my flow", messages=TALK, session_id="s1", tweaks={"A": {"b": 1}}
        )
        seen = server.seen[0]
        assert seen.path == "/api/v1/run/my%20flow?stream=false"
        assert seen.headers["x-api-key"] == "key-of-the-agent"
        assert "authorization" not in seen.headers
        assert seen.json == {
            "input_value": TRANSCRIPT,
            "input_type": "chat",
            "output_type": "chat",
            "session_id": "s1",
            "tweaks": {"A": {"b": 1}},
        }
        assert response.choices[0].message.content == "Hi"
        assert response.provider_specific_fields == {"session_id": "s1"}

    def test_without_a_key(self, world: World, server: Server) -> None:
        output = {"outputs": [{"results": {"message": {"text": "Hi"}}}]}
        server.reply(answer_json({"outputs": [output]}))
        with Client(middlewares=[]) as client:
            world.complete(client, "langflow/flow", HELLO, base_url=server.url)
        assert "x-api-key" not in server.seen[0].headers

    def test_a_flow_that_does_not_stream(self, server: Server) -> None:
        server.reply(
            self.lines(
                {"event": "add_message", "data": {"sender": "User", "text": "Hello"}},
                {"event": "end", "data": {"result": {"session_id": "s", "message": "Hi"}}},
            )
        )
        response = ask(server, "langflow/flow", "stream")
        assert response.choices[0].message.content == "Hi"
        assert response.provider_specific_fields == {"session_id": "s"}
        assert server.seen[0].path == "/api/v1/run/flow?stream=true"

    def test_errors(self, server: Server) -> None:
        server.reply(answer_json({"detail": "Flow identifier flow not found"}, 404))
        with pytest.raises(NotFoundError, match="not found"):
            ask(server, "langflow/flow")
        server.reply(answer_json({"outputs": []}))
        with pytest.raises(APIResponseValidationError, match="chat output"):
            ask(server, "langflow/flow")
        server.reply(self.lines({"event": "error", "data": {"error": "it broke"}}))
        with pytest.raises(InternalServerError, match="it broke"):
            ask(server, "langflow/flow", "stream")
        server.reply(self.lines({"event": "token", "data": {"chunk": "Hi"}}))
        with pytest.raises(StreamInterruptedError):
            ask(server, "langflow/flow", "stream")


class TestLangGraph:
    @staticmethod
    def events(*pieces: tuple[str, Any]) -> Answer:
        written = [
            f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n".encode() for name, data in pieces
        ]
        return Answer(written, headers={"content-type": "text/event-stream"})

    def test_what_is_sent(self, server: Server) -> None:
        server.reply(answer_json({"messages": [{"type": "ai", "content": "Hi"}]}))
        ask(
            server,
            "langgraph/agent",
            messages=TALK,
            input={"topic": "cats"},
            config={"recursion_limit": 9},
        )
        seen = server.seen[0]
        assert seen.path == "/runs/wait"
        assert seen.headers["x-api-key"] == "key-of-the-agent"
        assert seen.json == {
            "assistant_id": "agent",
            "input": {"messages": TALK, "topic": "cats"},
            "config": {"recursion_limit": 9},
        }

    def test_the_last_message_is_the_answer(self, server: Server) -> None:
        usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
        call = {"type": "ai", "content": "", "usage_metadata": usage}
        blocks = [{"type": "text", "text": "Hi "}, "there", {"type": "tool_use", "name": "x"}]
        older = {"type": "ai", "content": "Older", "usage_metadata": usage}
        state = {
            "messages": [
                older,
                {"type": "human", "content": "Hello"},
                call,
                {"type": "tool", "content": "sun"},
                {**call, "content": blocks},
            ],
            "topic": "weather",
        }
        server.reply(answer_json(state))
        response = ask(server, "langgraph/agent")
        assert response.choices[0].message.content == "Hi there"
        assert response.usage.model_dump() == {
            "prompt_tokens": 10,
            "completion_tokens": 4,
            "total_tokens": 14,
        }
        assert response.provider_specific_fields == {"topic": "weather"}

    def test_a_stream(self, server: Server) -> None:
        usage = {"input_tokens": 5, "output_tokens": 2}
        piece = {"type": "AIMessageChunk", "id": "m1"}
        server.reply(
            self.events(
                ("metadata", {"run_id": "r"}),
                ("messages", [{**piece, "content": "Hi "}, {"langgraph_node": "a"}]),
                ("messages|sub:1", [{**piece, "content": "there", "usage_metadata": usage}, {}]),
                ("messages", [{"type": "ai", "id": "m1", "content": "Hi there"}, {}]),
                ("messages", [{"type": "tool", "id": "m2", "content": "sun"}, {}]),
                ("messages", [{"type": "ai", "id": "m3", "content": "!"}, {}]),
            )
        )
        response = ask(server, "langgraph/agent", "stream")
        assert response.choices[0].message.content == "Hi there!"
        assert response.choices[0].finish_reason == "stop"
        assert response.usage.total_tokens == 7
        assert server.seen[0].path == "/runs/stream"
        assert server.seen[0].json["stream_mode"] == "messages-tuple"

    def test_errors(self, server: Server) -> None:
        failure = {"error": "ValueError", "message": "no such city"}
        server.reply(answer_json({"__error__": failure}))
        with pytest.raises(InternalServerError, match="ValueError: no such city"):
            ask(server, "langgraph/agent")
        server.reply(self.events(("error", failure)))
        with pytest.raises(InternalServerError, match="ValueError: no such city"):
            ask(server, "langgraph/agent", "stream")
        server.reply(answer_json({"joke": "ha"}))
        with pytest.raises(APIResponseValidationError, match="no message"):
            ask(server, "langgraph/agent")
        server.reply(answer_json({"detail": "Assistant 'agent' not found"}, 404))
        with pytest.raises(NotFoundError, match="not found"):
            ask(server, "langgraph/agent")

    def test_a_stream_that_breaks_off(self, server: Server) -> None:
        message = {"type": "AIMessageChunk", "id": "m1", "content": "Hi"}
        broken = self.events(("messages", [message, {}]), ("metadata", {}))
        broken.ending = "cut"
        server.reply(broken)
        with pytest.raises(StreamInterruptedError):
            ask(server, "langgraph/agent", "stream")


class TestNLPCloud:
    def test_what_is_sent(self, server: Server, mode: str) -> None:
        server.reply(answer_json({"response": "A dolphin.", "history": []}))
        response = ask(server, "nlp_cloud/chatdolphin", mode, TALK)
        seen = server.seen[0]
        assert seen.path == "/chatdolphin/chatbot"
        assert seen.headers["authorization"] == "Token key-of-the-agent"
        assert seen.json == {
            "input": "Who are you?",
            "context": "Be brief.",
            "history": [{"input": "Hello", "response": "Yes?"}],
        }
        assert response.choices[0].message.content == "A dolphin."
        assert response.choices[0].finish_reason == "stop"

    def test_a_model_of_ones_own(self, server: Server) -> None:
        server.reply(answer_json({"response": "Hi"}))
        ask(server, "nlp_cloud/custom_model/2568")
        assert server.seen[0].path == "/custom_model/2568/chatbot"

    def test_several_in_a_row(self, server: Server) -> None:
        server.reply(answer_json({"response": "Hi"}))
        leading = {"role": "assistant", "content": "Welcome!"}
        ask(server, "nlp_cloud/chatdolphin", messages=[leading, *HELLO, *HELLO])
        assert server.seen[0].json == {
            "input": "Hello\n\nHello",
            "history": [{"input": "", "response": "Welcome!"}],
        }

    @pytest.mark.parametrize("messages", [TALK[:3], TALK[:1]])
    def test_the_user_speaks_last(self, server: Server, messages: list[JSON]) -> None:
        with pytest.raises(BadRequestError, match="role user"):
            ask(server, "nlp_cloud/chatdolphin", messages=messages)

    def test_errors(self, server: Server, mode: str) -> None:
        server.reply(answer_json({"detail": "Wrong token"}, 401))
        with pytest.raises(AuthenticationError, match="Wrong token"):
            ask(server, "nlp_cloud/chatdolphin", mode)
        server.reply(answer_json({"generated_text": "x"}))
        with pytest.raises(APIResponseValidationError, match="chatbot"):
            ask(server, "nlp_cloud/chatdolphin", mode)
