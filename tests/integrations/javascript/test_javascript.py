"""OpenAI's, Anthropic's and Vercel's clients for JavaScript, over the network.

scripts/javascript installs their packages into this folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integrations import weather
from tests.integrations.competent import TEXT, answer_anthropic, answer_openai
from tests.support.answers import chunk_body
from tests.support.server import Answer, Seen, Server, answer_events
from tests.support.servers.serving import served
from trunkline import Client
from trunkline.integrations.asgi import app
from trunkline.pipeline.json_values import JSON

KEY = "sk-of-a-team"
FOLDER = Path(__file__).parent
MODELS = ["anthropic/claude-sonnet-4-5", "openai/chat/gpt-4o"]
CLIENTS = ["chat", "responses", "messages", "ai_chat", "ai_responses", "ai_messages"]
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
    """Answer on the wire that was asked; the models `endless` and `broken` only begin to."""
    piece = chunk_body({"content": "more "})
    headers = {"content-type": "text/event-stream"}
    if seen.json.get("model") == "endless":
        pieces = answer_events([piece], done=False).pieces
        return Answer(pieces, headers=headers, ending="endless")
    if seen.json.get("model") == "broken":
        error = {"error": {"message": "out of luck", "type": "server_error"}}
        return answer_events([piece, error], done=False)
    return answer_anthropic(seen) if "messages" in seen.path else answer_openai(seen)


@pytest.fixture(scope="module")
def found() -> Iterator[JSON]:
    """What each client got from each model: all of them in one process, at the same time."""
    command = [find_node(), "clients.mjs"]
    server = Server()
    server.reply(answer)
    with pytest.MonkeyPatch.context() as monkeypatch:
        weather.use_server(server, monkeypatch)
        with served(app(Client(num_retries=0), keys={"team": KEY})) as url:
            with subprocess.Popen(
                [*command, url, KEY, *MODELS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=FOLDER,
            ) as process:
                assert process.stdout
                said: JSON = json.loads(process.stdout.readline())
                # Leaving a stream ends the provider's work, although the client is still there.
                server.wait_until_gone(len(MODELS) * len(CLIENTS))
                assert process.poll() is None
            yield said
    server.close()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client(found: JSON, client: str, model: str) -> None:
    said = found[f"{client} {model}"]
    assert "failed" not in said
    assert said["text"] == said["streamed"] == said["done"] == TEXT
    assert said["arguments"] == weather.ARGUMENTS
    assert said["error"]["status"] == 400
    assert "unknown provider 'nobody'" in said["error"]["message"]
    assert "out of luck" in json.dumps(said["broken"])
