"""OpenAI's, Anthropic's and Vercel's clients for JavaScript, over the network.

scripts/javascript installs their packages into this folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integrations import weather
from tests.integrations.competent import TEXT, answer_anthropic, answer_openai
from tests.support.answers import chunk_body
from tests.support.server import Answer, Seen, Server, answer_events
from tests.support.serving import served
from trunkline import Client
from trunkline.integrations.asgi import app
from trunkline.pipeline.json_values import JSON

KEY = "sk-of-a-team"
FOLDER = Path(__file__).parent
pytestmark = pytest.mark.javascript


def find_node() -> str:
    """Return the path of node; without it or its packages, skip the test.

    Fail it if TRUNKLINE_JAVASCRIPT says that they are required, as in .ci/run.
    """
    node = shutil.which("node", path=FOLDER / "node_modules" / ".bin") or shutil.which("node")
    reason = ""
    if node is None:
        reason = "node is not installed"
    elif not (FOLDER / "node_modules" / "ai").is_dir():
        reason = "scripts/javascript has not been run"
    else:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        if int(version.stdout.lstrip("v").split(".")[0]) < 20:
            reason = f"node is {version.stdout.strip()}, and the packages need 20"
    if reason and os.environ.get("TRUNKLINE_JAVASCRIPT") == "required":
        pytest.fail(f"{reason}, but required here")
    if reason:
        pytest.skip(reason)
    assert node is not None
    return node


def answer(seen: Seen) -> Answer:
    if seen.json.get("model") == "endless":
        pieces = answer_events([chunk_body({"content": "more "})], done=False).pieces
        return Answer(pieces, headers={"content-type": "text/event-stream"}, ending="endless")
    return answer_anthropic(seen) if "messages" in seen.path else answer_openai(seen)


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-5", "openai/chat/gpt-4o"])
@pytest.mark.parametrize(
    "client", ["chat", "responses", "messages", "ai_chat", "ai_responses", "ai_messages"]
)
def test_a_client(server: Server, monkeypatch: pytest.MonkeyPatch, client: str, model: str) -> None:
    node = find_node()
    weather.use_server(server, monkeypatch)
    server.reply(answer)
    with served(app(Client(num_retries=0), keys={"team": KEY})) as url:
        command = [node, "clients.mjs", client, url, KEY, model]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=FOLDER, timeout=60
        )
        assert done.returncode == 0, done.stderr
        # Leaving a stream ends the provider's work.
        server.wait_until_gone()
    said: JSON = json.loads(done.stdout)
    assert said["text"] == said["streamed"] == said["done"] == TEXT
    assert said["arguments"] == weather.ARGUMENTS
    assert said["error"]["status"] == 400
    assert "unknown provider 'nobody'" in said["error"]["message"]
