"""A stream of 200 chunks on each wire, side by side with the SDK of its vendor.

    python -m benchmarks.wires [--rounds 15]

CPU microseconds a stream, blocking, the best of the rounds; chunks come in bursts. What a chunk
costs without the call is the difference to a longer stream, read without the SDKs in between.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from time import process_time
from typing import Any

from .calls import Row
from .progress import show, table
from .servers.bodies import CHUNKS, KEY
from .servers.server import serving

_HELLO: list[dict[str, Any]] = [{"role": "user", "content": "Hello"}]
_AWS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret-0123456789"}
_CLAUDE = "anthropic.claude-sonnet-4-5-20250929-v1:0"
_NAMES = ("trunkline", "vendor's SDK")
_CHUNK = "a chunk"
_MANY = 2000

Run = Callable[[], int]


def _ours(base: str) -> dict[str, Run]:
    from trunkline import Client

    client: Any = Client()

    def read(model: str, url: str, **given: Any) -> Run:
        arguments = {"api_key": KEY, **given}

        def run() -> int:
            chunks = client.completion(model, _HELLO, stream=True, base_url=url, **arguments)
            return sum(1 for _ in chunks)

        return run

    return {
        "OpenAI": read("openai/chat/gpt-4o", base),
        "Anthropic": read("anthropic/claude-sonnet-4-5", base, max_tokens=100),
        "Gemini": read("gemini/gemini-2.5-flash", f"{base}/v1beta"),
        "Bedrock": read(
            f"bedrock/{_CLAUDE}", base, aws_region_name="us-east-1", **_AWS, api_key=None
        ),
        "Responses": read("openai/responses/gpt-5.4", base),
    }


def _openai(base: str) -> dict[str, Run]:
    sdk: Any = import_module("openai").OpenAI(api_key=KEY, base_url=base, max_retries=0)
    chat, responses = sdk.chat.completions, sdk.responses
    return {
        "OpenAI": lambda: _count(chat.create(model="gpt-4o", messages=_HELLO, stream=True)),
        "Responses": lambda: _count(responses.create(model="gpt-5.4", input="Hello", stream=True)),
    }


def _anthropic(base: str) -> dict[str, Run]:
    sdk: Any = import_module("anthropic").Anthropic(api_key=KEY, base_url=base, max_retries=0)
    given: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": _HELLO}
    return {"Anthropic": lambda: _count(sdk.messages.create(**given, stream=True))}


def _google(base: str) -> dict[str, Run]:
    client: Any = import_module("google.genai").Client(api_key=KEY, http_options={"base_url": base})
    given = {"model": "gemini-2.5-flash", "contents": "Hello"}
    return {"Gemini": lambda: _count(client.models.generate_content_stream(**given))}


def _amazon(base: str) -> dict[str, Run]:
    session: Any = import_module("boto3").Session(region_name="us-east-1", **_AWS)
    client = session.client("bedrock-runtime", endpoint_url=base)
    messages = [{"role": "user", "content": [{"text": "Hello"}]}]
    return {
        "Bedrock": lambda: _count(
            client.converse_stream(modelId=_CLAUDE, messages=messages)["stream"]
        )
    }


_SDKS = {"openai": _openai, "anthropic": _anthropic, "google.genai": _google, "boto3": _amazon}


def _count(events: Any) -> int:
    return sum(1 for _ in events)


def measure_wires(base: str, rounds: int) -> dict[str, Row]:
    """Return microseconds a stream by wire, ours and those of the vendors' SDKs."""
    url = f"{base}/{CHUNKS}/0"
    vendors: dict[str, Run] = {}
    for module, make in _SDKS.items():
        if find_spec(module.partition(".")[0]) is not None:
            vendors |= make(url)
    rows: dict[str, Row] = {}
    for wire, run in _ours(url).items():
        contenders = {"trunkline": run}
        if wire in vendors:
            contenders["vendor's SDK"] = vendors[wire]
        rows[wire] = _best(wire, contenders, rounds)
    for wire, cost in _chunk_costs(base, rounds).items():
        rows[wire][_CHUNK] = cost
    return rows


def _chunk_costs(base: str, rounds: int) -> Row:
    """Return microseconds a chunk by wire."""
    short, long = _ours(f"{base}/{CHUNKS}/0"), _ours(f"{base}/{_MANY}/0")
    costs: Row = {}
    for wire, run in short.items():
        best = _best(wire, {"short": run, "long": long[wire]}, rounds)
        costs[wire] = (best["long"] - best["short"]) / (_MANY - CHUNKS)
    return costs


def _best(wire: str, contenders: dict[str, Run], rounds: int) -> Row:
    best = dict.fromkeys(contenders, float("inf"))
    for number in range(rounds):
        show(f"streams on {wire}, {number + 1}/{rounds}")
        for name, run in contenders.items():
            began = process_time()
            count = run()
            best[name] = min(best[name], (process_time() - began) * 1e6)
            assert count >= CHUNKS, (wire, name, count)
    return best


def print_wires(rows: dict[str, Row]) -> None:
    """Print microseconds, and the ratio of ours to those of our OpenAI wire."""
    table(f"Stream of {CHUNKS} chunks, CPU microseconds (times ours)", rows, _NAMES)
    floor = rows["OpenAI"]
    for wire, row in rows.items():
        whole, chunk = (row[name] / floor[name] for name in ("trunkline", _CHUNK))
        print(
            f"{wire}: {whole:.2f} of our OpenAI wire; "
            f"a chunk {row[_CHUNK]:.2f} microseconds, {chunk:.2f} of it",
            flush=True,
        )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wires", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with serving() as base:
        print_wires(measure_wires(base, rounds))


if __name__ == "__main__":
    main()
