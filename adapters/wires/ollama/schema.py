"""What Ollama's chat API sends: responses, which are also the lines of a stream.

Only fields that this wire reads are declared. All are optional: a line has only what is new, and
servers of different versions leave different fields out.

https://docs.ollama.com/api/chat (response) and
https://github.com/ollama/ollama/blob/main/api/types.go
"""

from __future__ import annotations

from msgspec import Struct

from ....pipeline.json_values import JSON
from ....pipeline.schema.parts import TokenLogprob


class NativeFunction(Struct):
    """Name and arguments of a tool call."""

    name: str
    arguments: JSON | None = None


class NativeToolCall(Struct):
    """A tool call; older servers give it no id."""

    function: NativeFunction
    id: str | None = None


class NativeMessage(Struct):
    """A message; `tool_calls` are whole even in a stream."""

    role: str = "assistant"
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[NativeToolCall] | None = None
    images: list[str] | None = None


class ChatResponse(Struct):
    """A response, or one line of a stream.

    `error` is a string in all known versions. Whatever it is, it makes the response an error.
    """

    model: str = ""
    created_at: str | None = None
    message: NativeMessage | None = None
    done: bool = False
    done_reason: str | None = None
    error: object = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_duration: int | None = None
    eval_duration: int | None = None
    logprobs: list[TokenLogprob] | None = None


#: Fields of `ChatResponse` that are Ollama's usage.
COUNTS = (
    "prompt_eval_count",
    "eval_count",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)
