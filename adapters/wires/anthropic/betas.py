"""Features in beta: which ones a body needs, and which ones the caller names.

https://platform.claude.com/docs/en/api/beta-headers

Anthropic and Azure take their names in a header, Vertex AI in the body, and Bedrock among the
model's own fields.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ....pipeline.call.request import Request, replace
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object

#: The field for their names where a cloud takes them in the body.
BETAS = "anthropic_beta"
BETA_HEADER = "anthropic-beta"
# The names of the parameter: in Anthropic's client, and in the body.
_PARAMS = ("betas", BETAS)
# Parameters of Anthropic's client that are headers.
_HEADERS: Mapping[str, str] = {
    "user_profile_id": "anthropic-user-profile-id",
    "workspace_id": "anthropic-workspace-id",
}
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
    "billing_policy": "user-profiles-billing-2026-10-01",
    "compaction": "compact-2026-09-04",
    "context_management": "context-management-2025-06-27",
    "diagnostics": "cache-diagnosis-2026-04-07",
    "fallback_credit_token": "fallback-credit-2026-07-01",
    "fallbacks": "server-side-fallback-2026-07-01",
    "output_format": "structured-outputs-2025-11-13",
    "speed": "fast-mode-2026-02-01",
    "thread": "message-threads-2026-08-12",
}
# By field of a system message, and by type of a content block, at any depth.
_OF_SYSTEM: Mapping[str, str] = {
    "clear_at": "mid-conversation-system-clear-at-2026-08-21",
    "output_config": "mid-conversation-output-config-2026-07-01",
}
_OF_BLOCKS: Mapping[str, str] = {
    "container_upload": "files-api-2025-04-14",
    "tool_addition": "mid-conversation-tool-changes-2026-07-01",
    "tool_removal": "mid-conversation-tool-changes-2026-07-01",
}
# All fields of a body that may need one, except for its messages.
_FIELDS = frozenset(
    {
        *_OF_FIELDS,
        "container",
        "context_management",
        "fallbacks",
        "mcp_servers",
        "output_config",
        "thinking",
        "tools",
    }
)
_FILES = "files-api-2025-04-14"
_INLINE_TOOLS = "inline-tools-2026-09-15"
_INLINE_MCP = "mcp-client-2026-09-15"


class GivenBetas(NamedTuple):
    """A request without the caller's betas, and the betas."""

    request: Request
    betas: list[str]


def take_betas(request: Request, names: Collection[str] = (BETA_HEADER,)) -> GivenBetas:
    """Take the caller's betas out of a request's parameters, extra body and extra headers.

    `names` are those of the headers that may have them.

    Raises:
        BadRequestError: a parameter for them is neither a text nor a list of texts.
    """
    given: list[str] = []
    if not (request.extra_headers or request.extra_body or request.params.keys() & _PARAMS):
        return GivenBetas(request, given)
    params, body = dict(request.params), dict(request.extra_body)
    for fields in (params, body):
        for name in _PARAMS:
            given += _names(fields.pop(name, None), name)
    headers: dict[str, str] = {}
    for name, value in request.extra_headers.items():
        if name.lower() in names:
            given += _names(value, name)
        else:
            headers[name] = value
    return GivenBetas(
        replace(request, params=params, extra_body=body, extra_headers=headers), given
    )


def _names(value: object, place: str) -> list[str]:
    """Return the names in a list, or in a text that separates them with commas."""
    if value is None:
        return []
    items = [value] if isinstance(value, str) else as_array(value)
    if items is None or not all(isinstance(item, str) for item in items):
        raise BadRequestError(f"{place}: expected a list of str, got {value!r}", param=place)
    return [name.strip() for item in items for name in item.split(",") if name.strip()]


def join_betas(needed: list[str], given: list[str]) -> list[str]:
    """Return the betas of a body and of the caller, each once."""
    return list(dict.fromkeys([*needed, *given]))


def beta_header(betas: list[str], name: str = BETA_HEADER) -> dict[str, str]:
    """Return the header that names betas; without any, there is no header."""
    return {name: ",".join(betas)} if betas else {}


def take_headers(body: JSON) -> dict[str, str]:
    """Take out of a body what Anthropic's client sends as a header."""
    return {header: str(body.pop(name)) for name, header in _HEADERS.items() if body.get(name)}


def beta_features(body: Mapping[str, Any]) -> list[str]:
    """Return the betas that a body's features need."""
    betas = [] if _FIELDS.isdisjoint(body) else _of_fields(body)
    for message in map(as_object, _items(body, "messages")):
        betas += _of_message(message or {})
    return list(dict.fromkeys(betas))


def _of_fields(body: Mapping[str, Any]) -> list[str]:
    betas = [beta for name, beta in _OF_FIELDS.items() if body.get(name) is not None]
    edits = _items(_field(body, "context_management"), "edits")
    if any(str((as_object(edit) or {}).get("type")).startswith("compact_") for edit in edits):
        betas.append("compact-2026-01-12")
    kinds = [str((as_object(tool) or {}).get("type") or "") for tool in _items(body, "tools")]
    if kinds:
        betas += [
            beta
            for prefix, beta in _OF_TOOLS.items()
            if any(kind.startswith(prefix) for kind in kinds)
        ]
    if "mcp_servers" in body and "mcp_toolset" not in kinds:
        betas.append("mcp-client-2025-04-04")
    if any("speed" in (as_object(one) or {}) for one in _items(body, "fallbacks")):
        betas.append("fast-mode-2026-02-01")
    if "task_budget" in _field(body, "output_config"):
        betas.append("task-budgets-2026-03-13")
    if "skills" in _field(body, "container"):
        betas.append("skills-2025-10-02")
    thinking = _field(body, "thinking")
    if thinking.get("block_binding") is not None:
        betas.append("thinking-binding-controls-2026-08-01")
    if thinking.get("display") == "updates":
        betas.append("thinking-display-updates-2026-08-18")
    return betas


def _field(body: Mapping[str, Any], name: str) -> JSON:
    return as_object(body.get(name)) or {}


def _items(body: Mapping[str, Any], name: str) -> list[Any]:
    return as_array(body.get(name)) or []


def _of_message(message: JSON) -> list[str]:
    betas: list[str] = []
    if message.get("role") == "system":
        betas = [beta for name, beta in _OF_SYSTEM.items() if message.get(name) is not None]
    for block in map(as_object, _items(message, "content")):
        betas += _of_block(block or {})
    return betas


def _of_block(block: JSON) -> list[str]:
    if block.get("type") == "text":
        return []
    beta = _OF_BLOCKS.get(block.get("type") or "")
    betas = [beta] if beta is not None else []
    if _field(block, "source").get("type") == "file":
        betas.append(_FILES)
    tool = _field(block, "tool")
    if tool.get("type") == "tool_definition":
        betas.append(_INLINE_TOOLS)
        if _field(tool, "definition").get("type") == "mcp_toolset":
            betas.append(_INLINE_MCP)
    for inner in map(as_object, _items(block, "content")):
        betas += _of_block(inner or {})
    return betas
