"""The Responses API at Azure: its address."""

from __future__ import annotations

import pytest

from tests.support.server import Server, answer_json
from trunkline import Client
from trunkline.pipeline.json_values import JSON

V1 = "/openai/v1/responses"
DONE: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1700000000,
    "model": "gpt-5.6",
    "status": "completed",
    "output": [],
}


@pytest.mark.parametrize(
    ("root", "version", "variable", "path"),
    [
        ("", None, None, V1),
        ("", "v1", None, V1),
        ("", "2025-03-01-preview", None, V1),
        ("", "preview", None, f"{V1}?api-version=preview"),
        ("", None, "latest", f"{V1}?api-version=latest"),
        ("/openai/v1?api-version=preview", None, None, f"{V1}?api-version=preview"),
        ("/openai/deployments/d?api-version=2024-10-21", None, "preview", V1),
        ("/openai/v1", "preview", "2024-10-21", f"{V1}?api-version=preview"),
    ],
)
def test_only_previews_have_a_version(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    root: str,
    version: str | None,
    variable: str | None,
    path: str,
) -> None:
    monkeypatch.delenv("AZURE_API_VERSION", raising=False)
    if variable is not None:
        monkeypatch.setenv("AZURE_API_VERSION", variable)
    server.reply(answer_json(DONE))
    Client(middlewares=[]).responses(
        "azure/responses/gpt-5.6",
        "Hi",
        stream=False,
        api_key="k",
        base_url=server.url + root,
        api_version=version,
    )
    assert server.seen[0].path == path
