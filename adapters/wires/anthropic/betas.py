"""Features in beta, which requests must name in a header.

https://platform.claude.com/docs/en/api/beta-headers
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.call.request import Request, replace
from ....pipeline.json_values import JSON, as_array, as_object

_HEADER = "anthropic-beta"
# By how a tool's type begins, and by field of the body.
_OF_TOOLS: Mapping[str, str] = {
    "advisor_": "advisor-tool-2026-03-01",
    "code_execution_20250522": "code-execution-2025-05-22",
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
    "mcp_toolset": "mcp-client-2025-11-20",
}
_OF_FIELDS: Mapping[str, str] = {
    "compaction": "compact-2026-09-04",
    "context_management": "context-management-2025-06-27",
    "fallbacks": "server-side-fallback-2026-07-01",
    "output_format": "structured-outputs-2025-11-13",
}


def take_betas(request: Request, betas: list[str]) -> tuple[Request, dict[str, str]]:
    """Join the caller's betas to those that the body needs.

    Returns:
        The request without the caller's header, and the header with all betas; without any,
        there is no header.
    """
    others: dict[str, str] = {}
    for name, value in request.extra_headers.items():
        if name.lower() == _HEADER:
            betas = [*betas, *(beta.strip() for beta in value.split(",") if beta.strip())]
        else:
            others[name] = value
    header = {_HEADER: ",".join(dict.fromkeys(betas))} if betas else {}
    return replace(request, extra_headers=others), header


def beta_features(body: Mapping[str, Any]) -> list[str]:
    """Return the betas that a body's features need."""
    betas = [beta for name, beta in _OF_FIELDS.items() if name in body]
    edits = as_array(_field(body, "context_management").get("edits")) or []
    if any(str((as_object(edit) or {}).get("type")).startswith("compact_") for edit in edits):
        betas.append("compact-2026-01-12")
    kinds = [str((as_object(tool) or {}).get("type") or "") for tool in _items(body, "tools")]
    for prefix, beta in _OF_TOOLS.items():
        if any(kind.startswith(prefix) for kind in kinds):
            betas.append(beta)
    if "mcp_servers" in body and "mcp_toolset" not in kinds:
        betas.append("mcp-client-2025-04-04")
    if body.get("speed") == "fast":
        betas.append("fast-mode-2026-02-01")
    if "task_budget" in _field(body, "output_config"):
        betas.append("task-budgets-2026-03-13")
    if "skills" in _field(body, "container"):
        betas.append("skills-2025-10-02")
    if _has_files(body):
        betas.append("files-api-2025-04-14")
    return betas


def _field(body: Mapping[str, Any], name: str) -> JSON:
    return as_object(body.get(name)) or {}


def _items(body: Mapping[str, Any], name: str) -> list[Any]:
    return as_array(body.get(name)) or []


def _has_files(body: Mapping[str, Any]) -> bool:
    messages = map(as_object, _items(body, "messages"))
    blocks = [block for message in messages if message for block in _items(message, "content")]
    inner = [
        found for block in map(as_object, blocks) if block for found in _items(block, "content")
    ]
    return any(_is_file(block) for block in map(as_object, [*blocks, *inner]) if block)


def _is_file(block: JSON) -> bool:
    return block.get("type") == "container_upload" or _field(block, "source").get("type") == "file"
