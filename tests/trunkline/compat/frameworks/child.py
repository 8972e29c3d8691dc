"""Run a program of a framework in a process of its own, and tell what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.server import Answer, Seen, Server

ROOT = Path(__file__).parents[4]
PROGRAMS = "tests.trunkline.compat.frameworks.programs"

# No framework reports to its makers, asks a hub, or writes into somebody's home.
QUIET = {
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "OTEL_SDK_DISABLED": "true",
    "PYTHONPATH": str(ROOT),
}


@dataclass
class Ran:
    """What each scene returned, or its traceback, and what its server was asked."""

    came: dict[str, Any]
    failed: dict[str, str]
    seen: dict[str, list[Seen]]

    def __getitem__(self, scene: str) -> Any:
        assert scene not in self.failed, self.failed[scene]
        return self.came[scene]


def run(program: str, home: Path, scenes: Mapping[str, Sequence[Answer]]) -> Ran:
    """Run the program's scenes, each against a server that gives its answers in turn."""
    servers = {name: Server().reply(*answers) for name, answers in scenes.items()}
    written = home / "came.json"
    addresses = json.dumps({name: server.url for name, server in servers.items()})
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"{PROGRAMS}.{program}", str(written), addresses],
            capture_output=True, text=True, cwd=home, timeout=280, check=False,
            env={**os.environ, **QUIET, "HOME": str(home), "DSPY_CACHEDIR": str(home / "dspy")},
        )  # fmt: skip
    finally:
        for server in servers.values():
            server.close()
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    told = json.loads(written.read_text())
    assert told["origin"].endswith("compat/__init__.py")
    return Ran(
        told["came"], told["failed"], {name: server.seen for name, server in servers.items()}
    )


def results_of_tools(request: Seen) -> str:
    """Return what a request to Anthropic tells of its tools' results, as JSON text."""
    blocks = [
        block
        for message in request.json["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] == "tool_result"
    ]
    return json.dumps(blocks)
