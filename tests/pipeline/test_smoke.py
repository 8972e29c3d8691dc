from __future__ import annotations

from tests.server import Server, answer_events, answer_json
from tests.worlds import World
from trunkline import Client

def test_call(server: Server, world: World, mode: str) -> None:
    c = {"id": "x", "created": 1, "model": "m"}
    if mode == "plain":
        server.reply(answer_json({**c, "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}))
    else:
        server.reply(answer_events([{**c, "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}]))
    client = Client()
    r = world.answer(client, mode, "openai/x", [{"role": "user", "content": "x"}], base_url=server.url, api_key="k" * 10)
    assert r.choices[0].message.content == "hi"
    client.close()
