"""A program that ends also ends the MCP servers that it started, even stubborn ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

#: It ignores the end of its standard input, and SIGTERM.
STUBBORN = """
import json, os, signal, sys, time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        result = {
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "stubborn", "version": "1"},
        }
    elif message.get("method") == "tools/list":
        tools = [{"name": "t", "description": str(os.getpid()), "inputSchema": {"type": "object"}}]
        result = {"tools": tools}
    elif "id" in message:
        result = {}
    else:
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
while True:
    time.sleep(60)
"""
PROGRAM = """
import os, signal, sys
import mcp.client.stdio

# The SDK waits so long for a server to end by itself.
mcp.client.stdio.PROCESS_TERMINATION_TIMEOUT = 0.1
from trunkline import MCPTools, ToolLoop
from trunkline.testing import FakeProvider

tools = MCPTools([sys.executable, "-c", sys.argv[1]])
fake = FakeProvider(["Hello"])
fake.client([ToolLoop([tools])]).completion("openai/m", [{"role": "user", "content": "Hi"}])
print(fake.requests[0].params["tools"][0]["function"]["description"], flush=True)
if sys.argv[2] == "an exception":
    raise ValueError("my own")
if sys.argv[2] == "a handled signal":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
@pytest.mark.parametrize(
    ("end", "code"), [("its last line", 0), ("an exception", 1), ("a handled signal", 143)]
)
def test_the_server_ends_with_the_program(end: str, code: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, STUBBORN, end],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == code, done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
