"""Agents and agent servers, each with a protocol of its own."""

from __future__ import annotations

from ..provider.row import Provider

AGENTS: tuple[Provider, ...] = (
    Provider(
        name="a2a",
        title="Agent2Agent protocol",
        wire="agents/a2a",
        base_url_env=("A2A_API_BASE",),
        key_env=("A2A_API_KEY",),
        path="",
        auth="optional",
        finish_reasons={"input-required": "stop"},
        docs="https://a2a-protocol.org/latest/specification/",
    ),
    Provider(
        name="langflow",
        title="Langflow",
        wire="agents/langflow",
        base_url="http://localhost:7860",
        base_url_env=("LANGFLOW_API_BASE",),
        key_env=("LANGFLOW_API_KEY",),
        path="/api/v1/run",
        auth="wire",
        logins=((),),
        docs="https://docs.langflow.org/api-flows-run",
    ),
    Provider(
        name="langgraph",
        title="LangGraph",
        wire="agents/langgraph",
        base_url="http://localhost:2024",
        base_url_env=("LANGGRAPH_API_BASE",),
        key_env=("LANGGRAPH_API_KEY",),
        auth="wire",
        logins=((),),
        # LangChain's messages hold any block: https://docs.langchain.com/oss/python/langchain/messages
        parts=None,
        flags=frozenset({"tool_media"}),
        docs="https://docs.langchain.com/langsmith/agent-server-api",
    ),
)
