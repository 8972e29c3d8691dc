from __future__ import annotations

import json

from trunkline import fold_chunks
from trunkline.adapters.decode.one_chunk import as_chunk
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import openai
from trunkline.pipeline.port import HTTPResponse

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
MESSAGE = {
    "role": "assistant",
    "content": "Hi",
    "reasoning_content": "why",
    "tool_calls": [CALL],
    "provider_specific_fields": {"a": 1},
}
BODY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 5,
    "model": "m",
    "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "tool_calls", "odd": 2}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "odd": 4},
    "odd": 6,
}


def test_chunk() -> None:
    response = HTTPResponse(status=200, headers={}, body=json.dumps(BODY).encode())
    answer = openai.decode(response, find_provider("openai"))
    chunk = as_chunk(answer)
    delta = {**MESSAGE, "tool_calls": [{**CALL, "index": 0}]}
    assert chunk.model_dump() == {
        **BODY,
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": "tool_calls", "odd": 2}],
    }
    assert fold_chunks([chunk]).model_dump() == answer.model_dump()
