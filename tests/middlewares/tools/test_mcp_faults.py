"""MCP servers that hang, lie or end, and the credentials that lead to them."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.frames import frames_of, texts_of
from tests.support.server import Server, answer_json
from tests.support.worlds import WORLDS, World
from trunkline import (
    APIConnectionError,
    APIError,
    BadRequestError,
    MCPTools,
    Timeout,
    ToolLoop,
    default_middlewares,
)
from trunkline.testing import FakeProvider, tool_call

MODEL = "openai/gpt-4o"
SECRET = "secret-0123456789"

#: A server whose first argument says what is wrong with it; it ends with its standard input.
LIAR = """
import json, sys

def send(id, **fields):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": id, **fields}) + "\\n")
    sys.stdout.flush()

wrong = sys.argv[1]
tool = {"name": "t", "inputSchema": {"type": "object"}}
page = 0
for line in sys.stdin:
    message = json.loads(line)
    method, id = message["method"], message.get("id")
    if wrong == "silent" or id is None:
        continue
    if method == "initialize":
        version = message["params"]["protocolVersion"]
        server = {"name": "liar", "version": "1"}
        capabilities = {"tools": {}}
        send(id, result={
            "protocolVersion": version, "capabilities": capabilities, "serverInfo": server
        })
    elif method == "tools/list":
        page += 1
        if wrong == "endless pages":
            send(id, result={"tools": [], "nextCursor": str(page)})
        elif wrong == "endless tools":
            tools = [{**tool, "name": f"t{page}_{each}"} for each in range(20)]
            send(id, result={"tools": tools, "nextCursor": str(page)})
        elif wrong == "no list":
            continue
        elif wrong == "a schema":
            send(id, result={"tools": [{**tool, "inputSchema": "lie"}]})
        elif wrong == "twice":
            send(id, result={"tools": [tool, tool]})
        else:
            send(id, result={"tools": [tool]})
    elif method != "tools/call":
        send(id, error={"code": -32601, "message": "Method not found"})
    elif wrong == "a result":
        send(id, result={"content": "lie"})
    elif wrong == "another id":
        send(id + 1000, result={"content": []})
    elif wrong == "an error":
        send(id, error={"code": -1, "message": "lie"})
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "liar.py"
    path.write_text(LIAR, encoding="utf-8")
    return path


@pytest.fixture
def no_threads() -> Iterator[None]:
    """Check that no connection is left."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("trunkline-"):
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture(params=WORLDS, ids=repr)
def world(request: pytest.FixtureRequest) -> World:
    world: World = request.param
    return world


@pytest.mark.usefixtures("no_threads")
@pytest.mark.parametrize("wrong", ["silent", "no list", "endless pages"])
class TestServersThatHang:
    def test_its_limit(
        self, world: World, wrong: str, program: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("mcp_tools", "mcp_connection"):
            name = f"trunkline.middlewares.tools.{module}.CONNECT_SECONDS"
            monkeypatch.setattr(name, 1.0)
        fake = FakeProvider(["x"])
        with MCPTools([sys.executable, str(program), wrong]) as tools:
            client = fake.client([ToolLoop([tools])])
            with pytest.raises(APIConnectionError, match="no response within 1 s"):
                world.complete(client, MODEL, MESSAGES)
        assert fake.requests == []

    @pytest.mark.parametrize(("place", "timeout"), [(0, {"total": 0.2}), (0, 0.2), (-1, 0.2)])
    def test_the_limit_of_the_call(
        self, world: World, wrong: str, place: int, timeout: Any, program: Path
    ) -> None:
        fake = FakeProvider(["x"])
        with MCPTools([sys.executable, str(program), wrong]) as tools:
            chain = [*default_middlewares()]
            chain.insert(place % (len(chain) + 1), ToolLoop([tools]))
            client = fake.client(chain)
            with pytest.raises(Timeout, match="no response within the call's time"):
                world.complete(client, MODEL, MESSAGES, timeout=timeout, num_retries=0)
            # The connection is still being made: closing ends it at once.
        assert fake.requests == []


@pytest.mark.usefixtures("no_threads")
class TestServersThatLie:
    @pytest.mark.parametrize(
        ("wrong", "kind", "message"),
        [
            ("endless tools", APIConnectionError, "lists more than 50 tools"),
            ("a schema", APIConnectionError, "inputSchema"),
            ("twice", BadRequestError, "two tools are named 't'"),
        ],
    )
    def test_tools(
        self,
        world: World,
        wrong: str,
        kind: type[APIError],
        message: str,
        program: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("trunkline.middlewares.tools.mcp_connection._MAX_TOOLS", 50)
        with MCPTools([sys.executable, str(program), wrong]) as tools:
            client = FakeProvider(["x"]).client([ToolLoop([tools])])
            with pytest.raises(kind, match=message):
                world.complete(client, MODEL, MESSAGES)

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ("a result", "Error: 1 validation error"),
            ("an error", "Error: lie"),
            ("another id", "Error: t took longer than 0.3 s"),
        ],
    )
    def test_calls(self, world: World, wrong: str, told: str, program: Path) -> None:
        fake = FakeProvider([tool_call("t"), "done"])
        with MCPTools([sys.executable, str(program), wrong]) as tools:
            client = fake.client([ToolLoop([tools], timeout=0.3)])
            world.complete(client, MODEL, MESSAGES)
        assert str(fake.requests[1].messages[-1].get("content")).startswith(told)


class TestCredentials:
    def test_commands(self, world: World) -> None:
        command = ["/nonexistent", "--api-key", SECRET, f"--token={SECRET}", "db"]
        tools = MCPTools(command, env={"SERVICE_KEY": SECRET})
        assert repr(tools) == "MCPTools('/nonexistent --api-key *** --token=*** db')"
        self._check(world, tools)

    @pytest.mark.parametrize("place", ["?key={}", "?a=1&b={}", "#{}"])
    def test_addresses(self, world: World, place: str, server: Server) -> None:
        server.reply(answer_json({"error": f"the key {SECRET} is wrong"}, status=401))
        url = f"{server.url}/mcp{place.format(SECRET)}"
        tools = MCPTools(url, headers={"Authorization": f"Bearer {SECRET}"})
        assert repr(tools) == f"MCPTools('{server.url}/mcp')"
        self._check(world, tools)

    def _check(self, world: World, tools: MCPTools) -> None:
        client = FakeProvider(["x"]).client([ToolLoop([tools])])
        with tools, pytest.raises(APIConnectionError) as raised:
            world.complete(client, MODEL, MESSAGES)
        shown = "".join(traceback.format_exception(raised.value))
        frames = (text for _, _, value in frames_of(raised.value) for text in texts_of(value))
        assert SECRET not in shown + "".join(frames)
