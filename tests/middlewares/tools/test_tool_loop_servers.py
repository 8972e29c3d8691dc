"""Tool loops over a native wire, a real llama.cpp server, and real MCP servers."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Server, answer_events, answer_json
from tests.support.tiny_gguf import TOOL_RESULT_TEXT
from tests.support.worlds import World
from trunkline import APIConnectionError, Client, MCPTools, ToolLoop, default_middlewares
from trunkline.testing import FakeProvider, Item, tool_call

MODEL = "openai/gpt-4o"
TIME_SERVER = [sys.executable, "-m", "mcp_server_time"]


#: An MCP server with a tool that ends it.
MORTAL = """
import os
from mcp.server import MCPServer

server = MCPServer("mortal")

@server.tool()
def die() -> str:
    os._exit(3)

@server.tool()
def live() -> str:
    return "alive"

server.run("stdio")
"""


def forecast(city: str, days: int) -> str:
    """Return the weather."""
    return f"{city}: {days} days of sun"


def claude_message(*content: dict[str, Any], stop: str) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": list(content),
        "stop_reason": stop,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }


def claude_events(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a whole message, with each block in one piece."""
    start: dict[str, Any] = {**message, "content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        empty: dict[str, Any] = {**block}
        if block["type"] == "text":
            empty["text"] = ""
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            empty["input"] = {}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events += [
            {"type": "content_block_start", "index": index, "content_block": empty},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    usage = {"output_tokens": message["usage"]["output_tokens"]}
    events += [{"type": "message_delta", "delta": ending, "usage": usage}, {"type": "message_stop"}]
    return events


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    call = {
        "type": "tool_use",
        "id": "t1",
        "name": "forecast",
        "input": {"city": "Nice", "days": 3},
    }
    said = {"type": "text", "text": "Let me look. "}
    steps = [
        claude_message(said, call, stop="tool_use"),
        claude_message({"type": "text", "text": "Sunny."}, stop="end_turn"),
    ]
    if mode == "plain":
        server.reply(*map(answer_json, steps))
    else:
        server.reply(*(answer_events(claude_events(step), done=False) for step in steps))
    client = Client([ToolLoop([forecast]), *default_middlewares()])
    response = world.answer(
        client,
        mode,
        "anthropic/claude-sonnet-4-5",
        MESSAGES,
        base_url=server.url,
        api_key="sk-0123456789",
        max_tokens=100,
    )
    assert response.choices[0].message.content == "Sunny."
    assert response.usage is not None
    assert response.usage.total_tokens == 30
    second = server.seen[1].json["messages"]
    assert second[1]["content"][1]["input"] == {"city": "Nice", "days": 3}
    result = second[2]["content"][0]
    assert (result["type"], result["tool_use_id"]) == ("tool_result", "t1")
    assert "Nice: 3 days of sun" in json.dumps(result)


def test_a_real_model(world: World, mode: str, tiny_gguf: Path) -> None:
    called: list[tuple[str, int]] = []

    def look(city: str, days: int) -> str:
        """Return the weather."""
        called.append((city, days))
        return "sunny"

    client = Client([ToolLoop([look]), *default_middlewares()])
    response = world.answer(
        client, mode, f"local/{tiny_gguf}", MESSAGES, temperature=0, tool_choice="required"
    )
    assert called == [("Paris", 42)]
    assert response.choices[0].message.content == TOOL_RESULT_TEXT
    assert response.attempts == 2


@pytest.fixture(scope="module")
def time_server() -> Iterator[MCPTools]:
    with MCPTools(TIME_SERVER) as tools:
        yield tools


def answered(world: World, mode: str, loop: ToolLoop, *calls: Any) -> list[str]:
    script: list[Item] = [list(calls), "done"]
    fake = FakeProvider(script)
    world.answer(fake.client([loop]), mode, MODEL, MESSAGES)
    return [
        str(each.get("content")) for each in fake.requests[1].messages if each["role"] == "tool"
    ]


class TestMCP:
    """The reference server for times, in a process of its own."""

    def test_its_tools_are_called(self, world: World, mode: str, time_server: MCPTools) -> None:
        convert = tool_call(
            "convert_time", source_timezone="UTC", time="12:00", target_timezone="Asia/Tokyo"
        )
        now = tool_call("get_current_time", timezone="Europe/Paris")
        loop = ToolLoop([time_server, forecast])
        texts = answered(world, mode, loop, convert, now, tool_call("forecast", city="x", days=1))
        assert "T21:00:00+09:00" in texts[0]
        assert re.search(r'"timezone": "Europe/Paris"', texts[1])
        assert texts[2] == "x: 1 days of sun"

    def test_its_errors_are_told(self, world: World, mode: str, time_server: MCPTools) -> None:
        call = tool_call("get_current_time", timezone="Nowhere")
        (text,) = answered(world, mode, ToolLoop([time_server]), call)
        assert text.startswith("Error: ")
        assert "Nowhere" in text

    def test_some_of_its_tools_with_a_prefix(self, world: World) -> None:
        with MCPTools(TIME_SERVER, only=["get_current_time"], prefix="time_") as tools:
            fake = FakeProvider([tool_call("time_get_current_time", timezone="UTC"), "done"])
            world.complete(fake.client([ToolLoop([tools])]), MODEL, MESSAGES)
            (definition,) = fake.requests[0].params["tools"]
            assert definition["function"]["name"] == "time_get_current_time"
            assert "timezone" in definition["function"]["parameters"]["properties"]
            assert '"timezone": "UTC"' in str(fake.requests[1].messages[-1].get("content"))

    def test_it_connects_again_after_it_was_closed(self, world: World) -> None:
        tools = MCPTools(TIME_SERVER)
        for _ in range(2):
            call = tool_call("get_current_time", timezone="UTC")
            (text,) = answered(world, "plain", ToolLoop([tools]), call)
            assert '"timezone": "UTC"' in text
            tools.close()

    def test_a_server_that_ends_is_started_again(
        self, world: World, mode: str, tmp_path: Path
    ) -> None:
        program = tmp_path / "mortal.py"
        program.write_text(MORTAL, encoding="utf-8")
        with MCPTools([sys.executable, str(program)]) as tools:
            loop = ToolLoop([tools])
            (text,) = answered(world, mode, loop, tool_call("die"))
            assert text.startswith("Error: ")
            assert answered(world, mode, loop, tool_call("live")) == ["alive"]

    def test_a_tool_that_it_does_not_have(self) -> None:
        loop = ToolLoop([MCPTools(TIME_SERVER, only=["get_weather"])])
        with pytest.raises(APIConnectionError, match="has no tool 'get_weather'; it has convert"):
            FakeProvider(["x"]).client([loop]).completion(MODEL, MESSAGES)

    @pytest.mark.parametrize("command", [["/nonexistent/server"], [sys.executable, "-c", ""]])
    def test_a_server_that_does_not_start(self, world: World, command: list[str]) -> None:
        fake = FakeProvider(["x"])
        with pytest.raises(APIConnectionError, match=r"MCPTools.*: cannot connect"):
            world.complete(fake.client([ToolLoop([MCPTools(command)])]), MODEL, MESSAGES)
        assert fake.requests == []

    def test_a_command_is_a_list(self) -> None:
        with pytest.raises(ValueError, match=r"write a command as \['uvx', 'mcp-server-time'\]"):
            MCPTools("uvx mcp-server-time")


def test_a_server_with_http(world: World, mode: str) -> None:
    """The SDK's own server, over Streamable HTTP, with a header."""
    import uvicorn  # noqa: PLC0415
    from mcp.server import MCPServer  # noqa: PLC0415

    offered = MCPServer("numbers")

    @offered.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    config = uvicorn.Config(offered.streamable_http_app(), port=0, log_level="error")
    http = uvicorn.Server(config)
    thread = threading.Thread(target=http.run, daemon=True)
    thread.start()
    while not http.started:
        assert thread.is_alive()
    port = http.servers[0].sockets[0].getsockname()[1]
    try:
        with MCPTools(f"http://127.0.0.1:{port}/mcp", headers={"X-Team": "a"}) as tools:
            call = tool_call("add", a=2, b=3)
            (text,) = answered(world, mode, ToolLoop([tools]), call)
            assert text == "5"
    finally:
        http.should_exit = True
        thread.join(10)
