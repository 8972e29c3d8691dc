"""What an event of the Responses API costs, and a chunk of a chat stream: CPU microseconds.

python -m benchmarks.responses [--rounds 20]

The network is httpx's mock transport, so that only the client's work counts. `read` is the decoding
of a burst without a client; `completion` and `responses` are whole calls.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import process_time
from typing import Any

import httpx

from trunkline import Client
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire

from .servers.bodies import BURST, CHUNKS, KEY, MESSAGES, events

_HEAD = {"id": "resp_123", "object": "response", "created_at": 1700000000, "model": "gpt-5.4"}
_ITEM = {"id": "msg_0123456789abcdef", "type": "message", "role": "assistant"}
_PLACE = {"item_id": _ITEM["id"], "output_index": 0, "content_index": 0}
_MODEL = "gpt-5.4"


def response_events(count: int) -> list[bytes]:
    """Return a streamed response with `count` pieces of text, and the events around them."""
    words = [f" word{number}" for number in range(count)]
    part: dict[str, Any] = {"type": "output_text", "annotations": [], "logprobs": []}
    whole = {**_ITEM, "status": "completed", "content": [{**part, "text": "".join(words)}]}
    begun: dict[str, Any] = {**_ITEM, "status": "in_progress", "content": []}
    usage = {"input_tokens": 24, "output_tokens": 110, "total_tokens": 134}
    response = {**_HEAD, "status": "completed", "output": [whole], "usage": usage}
    listed: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**_HEAD, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        {"type": "response.content_part.added", **_PLACE, "part": {**part, "text": ""}},
        *(
            {"type": "response.output_text.delta", **_PLACE, "delta": word, "logprobs": []}
            for word in words
        ),
        {"type": "response.output_text.done", **_PLACE, "text": "".join(words)},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": response},
    ]
    return [
        f"event: {each['type']}\ndata: {json.dumps({**each, 'sequence_number': n})}\n\n".encode()
        for n, each in enumerate(listed)
    ]


class _Network:
    """Answers each request with the stream that its path asks for, in bursts."""

    def __init__(self) -> None:
        self.chat = list(map(b"".join, _bursts(events(CHUNKS))))
        self.responses = list(map(b"".join, _bursts(response_events(CHUNKS))))
        self.http = httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        pieces = self.responses if request.url.path.endswith("/responses") else self.chat
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, stream=_Pieces(pieces))


class _Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Any:
        return iter(self._pieces)


def _bursts(pieces: Iterable[bytes]) -> Iterable[list[bytes]]:
    taken = list(pieces)
    return [taken[start : start + BURST] for start in range(0, len(taken), BURST)]


def _read(wire: str, bursts: list[bytes]) -> None:
    decoder = load_wire(wire).Decoder(find_provider("openai"), {})
    for burst in bursts:
        decoder.feed(burst)
    decoder.close()


def _call(stream: Callable[[], Iterable[object]]) -> None:
    for _ in stream():
        pass


def cases(network: _Network) -> dict[str, Callable[[], None]]:
    """Return what is measured, by its name."""
    client = Client()
    ask: dict[str, Any] = {"stream": True, "client": network.http, "api_key": KEY}
    complete: Any = client.completion
    respond: Any = client.responses
    found: dict[str, Callable[[], None]] = {
        "read, chat": partial(_read, "openai", network.chat),
        "read, responses": partial(_read, "responses", network.responses),
    }
    calls: dict[str, Callable[[], Any]] = {
        "completion, chat": partial(complete, f"openai/chat/{_MODEL}", MESSAGES, **ask),
        "completion, responses": partial(complete, f"openai/responses/{_MODEL}", MESSAGES, **ask),
        "responses": partial(respond, f"openai/responses/{_MODEL}", "Hi", **ask),
        "responses, of chat": partial(respond, f"openai/chat/{_MODEL}", "Hi", **ask),
    }
    if find_spec("openai") is not None:
        calls |= _of_openai(network)
    found.update((name, partial(_call, stream)) for name, stream in calls.items())
    return found


def _of_openai(network: _Network) -> dict[str, Callable[[], Any]]:
    openai: Any = import_module("openai")
    sdk = openai.OpenAI(api_key=KEY, http_client=network.http, max_retries=0)
    ask: dict[str, Any] = {"model": _MODEL, "stream": True}
    return {
        "openai, chat": partial(sdk.chat.completions.create, messages=MESSAGES, **ask),
        "openai, responses": partial(sdk.responses.create, input="Hi", **ask),
    }


def main() -> None:
    """Print microseconds per event, the best of several rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    measured = cases(_Network())
    best = dict.fromkeys(measured, float("inf"))
    for _ in range(rounds):
        for name, run in measured.items():
            began = process_time()
            run()
            best[name] = min(best[name], (process_time() - began) / CHUNKS * 1e6)
    for name, spent in best.items():
        print(f"{name:24} {spent:8.2f}")


if __name__ == "__main__":
    main()
