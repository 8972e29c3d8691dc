"""Calls to Converse on a loopback server, and what they send."""

from __future__ import annotations

from typing import Any, cast

from tests.support.server import Server, answer_json
from tests.support.vendors.converse_model import check_converse
from trunkline import Client, ModelResponse
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.model_response import is_response

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
OLD_CLAUDE = "anthropic.claude-3-5-haiku-20241022-v1:0"
NEW_CLAUDE = "anthropic.claude-opus-4-7"
NOVA = "us.amazon.nova-2-lite-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
LLAMA = "meta.llama3-1-70b-instruct-v1:0"
MISTRAL = "mistral.mistral-large-2407-v1:0"
USER = [{"role": "user", "content": "Hello"}]
PIXEL = "iVBORw0KGgo="


def answer_body(*blocks: JSON, stop: str = "end_turn", **fields: Any) -> JSON:
    return {
        "output": {"message": {"role": "assistant", "content": list(blocks)}},
        "stopReason": stop,
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
        **fields,
    }


def call(server: Server, model: str, messages: Any, **arguments: Any) -> ModelResponse:
    given: JSON = {**once(server), **arguments}
    with Client() as client:
        # With a dictionary of arguments, the type checker cannot see whether it is a stream.
        response = cast("object", client.completion(f"bedrock/{model}", messages, **given))
    assert is_response(response)
    return response


def sent(server: Server, model: str, messages: Any = USER, **arguments: Any) -> JSON:
    """Return the body that a call sends, checked with Amazon's model."""
    server.reply(answer_json(answer_body({"text": "Hi"})))
    call(server, model, messages, **arguments)
    body: JSON = server.seen[0].json
    check_converse(body, model)
    return body


def once(server: Server) -> JSON:
    return {"base_url": server.url, "api_key": "key-of-the-tests", "num_retries": 0}


def tool(name: str, **more: Any) -> JSON:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
    return {"type": "function", "function": {"name": name, "parameters": schema, **more}}


def tool_call(call_id: str, name: str = "look") -> JSON:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": '{"q":"x"}'}}
