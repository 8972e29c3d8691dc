"""Two processes and a real Redis: what replicas share, whichever of them gets a request."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from tests.integrations.competent import answer_openai
from tests.support.answers import failing
from tests.support.server import Server
from tests.support.servers.redis_server import redis_server
from tests.support.servers.serve_processes import serving
from trunkline.pipeline.json_values import JSON

NAMES = ("limits", "budgets", "cache", "cooldowns", "responses")
CONFIG = """
[redis]
url_env = "SHARED_REDIS"
[models.chat]
deployments = [{{ model = "openai/gpt-4o", base_url = "{url}" }}]
[models.frail]
deployments = [
  {{ model = "openai/gpt-4o", base_url = "{url}/first", order = 1 }},
  {{ model = "openai/gpt-4o", base_url = "{url}/second", order = 2 }},
]
[routing]
num_retries = 1
cooldown = 60
[limits]
rpm = 4
[budget]
max = 50
unit = "tokens"
[cache]
store = "redis"
[responses]
store = "redis"
"""


class Replicas:
    """Two servers with one configuration, which answer in turn."""

    def __init__(self, server: Server, clients: list[httpx.Client]) -> None:
        self.server = server
        self._clients = clients
        self._turn = 0

    def send(self, key: str, method: str, path: str, body: JSON | None = None) -> httpx.Response:
        self._turn += 1
        client = self._clients[self._turn % 2]
        headers = {"authorization": f"Bearer sk-{key}"}
        return client.request(method, path, json=body, headers=headers)

    def ask(self, key: str, text: str, model: str = "chat", **more: object) -> httpx.Response:
        body: JSON = {"model": model, "messages": [{"role": "user", "content": text}], **more}
        return self.send(key, "POST", "/v1/chat/completions", body)


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    folder = tmp_path_factory.mktemp("replicas")
    server = Server()
    path = folder / "serve.toml"
    keys = "".join(f'[keys.{name}]\nenv = "KEY_{name}"\n' for name in NAMES)
    path.write_text(CONFIG.format(url=server.url) + keys)
    variables = {f"KEY_{name}": f"sk-{name}" for name in NAMES}
    variables["OPENAI_API_KEY"] = "sk-openai"
    with redis_server(folder) as redis:
        run = partial(serving, "--config", str(path), SHARED_REDIS=redis, **variables)
        with run() as one, run() as two:
            clients = [httpx.Client(base_url=each.url, timeout=60) for each in (one, two)]
            yield Replicas(server, clients)
            for client in clients:
                client.close()
    server.close()


def test_limits(replicas: Replicas) -> None:
    replicas.server.reply(failing(400))
    # A minute may end in between, after which the limit begins anew.
    statuses = [replicas.ask("limits", f"{number}").status_code for number in range(10)]
    assert statuses.count(429) >= 2
    assert len(replicas.server.seen) == statuses.count(400)


def test_budgets(replicas: Replicas) -> None:
    replicas.server.reply(answer_openai)
    statuses = [replicas.ask("budgets", f"{number}").status_code for number in range(4)]
    assert statuses == [200, 200, 402, 402]


def test_the_cache(replicas: Replicas) -> None:
    replicas.server.reply(answer_openai)
    first, second = (replicas.ask("cache", "the same") for _ in range(2))
    assert "x-trunkline-cache-hit" not in first.headers
    assert second.headers["x-trunkline-cache-hit"] == "true"
    assert first.json()["choices"] == second.json()["choices"]
    assert len(replicas.server.seen) == 1


def test_cooldowns(replicas: Replicas) -> None:
    replicas.server.reply(failing(500), answer_openai)
    asked = [replicas.ask("cooldowns", text, "frail").status_code for text in "ab"]
    assert asked == [200, 200]
    places = [seen.path.split("/")[1] for seen in replicas.server.seen]
    assert places == ["first", "second", "second"]


def test_stored_responses(replicas: Replicas) -> None:
    replicas.server.reply(answer_openai)

    def respond(**fields: object) -> JSON:
        response = replicas.send("responses", "POST", "/v1/responses", {"model": "chat", **fields})
        assert response.status_code == 200, response.text
        body: JSON = response.json()
        return body

    first = respond(input="My name is Ada.")
    second = respond(input="What is my name?", previous_response_id=first["id"])
    [_, seen] = replicas.server.seen
    assert "My name is Ada." in str(seen.json["messages"][0])
    assert [message["role"] for message in seen.json["messages"]] == ["user", "assistant", "user"]
    found = replicas.send("responses", "GET", f"/v1/responses/{second['id']}")
    assert found.json()["id"] == second["id"]
