"""What agents send, as far as it is read: A2A, Langflow and LangGraph.

https://a2a-protocol.org/v0.3.0/specification/, https://docs.langflow.org/api-flows-run and
https://docs.langchain.com/langsmith/agent-server-api
"""

from __future__ import annotations

from msgspec import Struct

from ....pipeline.json_values import JSON


class RPCError(Struct):
    """An error of JSON-RPC."""

    code: int | str | None = None
    message: str | None = None


class RPCResponse(Struct):
    """A response of JSON-RPC."""

    result: JSON | None = None
    error: RPCError | None = None


class A2APart(Struct):
    """A part of a message or an artifact; only parts of text have `text`."""

    text: str | None = None


class A2AMessage(Struct):
    """A message of an agent."""

    parts: list[A2APart] = []


class A2AArtifact(Struct, rename="camel"):
    """A result of a task, or a piece of one."""

    artifact_id: str | None = None
    parts: list[A2APart] = []


class A2AStatus(Struct):
    """The status of a task."""

    state: str
    message: A2AMessage | None = None


class A2AEvent(Struct):
    """A message, a task, or an update of a task: each has fields of its own."""

    parts: list[A2APart] | None = None
    artifact: A2AArtifact | None = None
    artifacts: list[A2AArtifact] | None = None
    status: A2AStatus | None = None


class FlowMessage(Struct):
    """A message of a chat output."""

    text: str | None = None


class ComponentOutput(Struct):
    """The output of a component; its results have a message if it is a chat output."""

    # Anything: components are the user's code.
    results: object = None


class FlowOutput(Struct):
    """The outputs of a run for one input."""

    outputs: list[ComponentOutput | None] = []


class FlowResult(Struct):
    """The result of a run; streams end with a shorter form, which has only `message`."""

    message: str | None = None
    outputs: list[FlowOutput] = []
    session_id: str | None = None


class FlowEvent(Struct):
    """A line of a stream."""

    event: str
    # Anything: events of other kinds are not read.
    data: object = None


class FlowToken(Struct):
    """A piece of text."""

    chunk: str | None = None


class FlowEnd(Struct):
    """The end of a stream."""

    result: FlowResult | None = None


class GraphTokens(Struct):
    """Token counts as LangChain has them."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class GraphBlock(Struct):
    """A block of a message's content; only blocks of text have `text`."""

    text: str | None = None


class GraphMessage(Struct):
    """A message of a model, or a piece of one."""

    id: str | None = None
    content: str | list[str | GraphBlock] | None = None
    usage_metadata: GraphTokens | None = None
