"""What a call may cost, in counts that are the same on every machine: modules, calls, memory."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_bodies, good
from tests.support.counted import count_calls
from tests.support.server import Server, answer_events
from trunkline import Client, Handler, Reply, Request
from trunkline.pipeline.engines import Engine

ARGUMENTS: dict[str, Any] = {"api_key": "sk-0123456789"}
MODEL = "openai/gpt-4o"

COUNT_MODULES = """
import sys, json
def loaded():
    names = {name for name in sys.modules if name not in before}
    foreign = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
    return sorted(foreign), sum(name.startswith("trunkline.") for name in names)
before = set(sys.modules)
import trunkline
trunkline.completion
imported = loaded()
trunkline.Client(engine=sys.argv[2]).completion(
    "openai/gpt-4o", [{"role": "user", "content": "Hi"}], base_url=sys.argv[1], api_key="sk-012345"
)
late = {"httpx", "trunkline.pipeline.transport.async_io", "trunkline.pipeline.transport.proxies"}
print(json.dumps([imported, loaded(), sorted(late & set(sys.modules))]))
"""


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    with Client(engine=engine) as made:
        yield made


def test_modules(engine: Engine, server: Server, tmp_path: Path) -> None:
    server.reply(good("plain"))
    done = subprocess.run(
        [sys.executable, "-c", COUNT_MODULES, server.url, engine],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    (foreign, imported), (_, after_a_call), late = json.loads(done.stdout)
    assert set(foreign) <= {
        "trunkline",
        "msgspec",
        "cachetools",
        "opentelemetry",
        "typing_extensions",
    }
    # A package costs a module more than a flat folder did.
    assert imported <= 140
    # What httpx loads beside itself depends on what else is installed. Facts that several packages
    # need have modules of their own (model_names, provider_facts, families/openai), and so have
    # engines, parsers, codings, proxies, the parts of a stream, and what changes a request.
    assert after_a_call <= 173
    assert late == []


def ask(client: Client, server: Server) -> None:
    client.completion(MODEL, MESSAGES, base_url=server.url, **ARGUMENTS)


def read(client: Client, server: Server) -> None:
    for _ in client.completion(MODEL, MESSAGES, stream=True, base_url=server.url, **ARGUMENTS):
        pass


def test_a_plain_call(engine: Engine, client: Client, server: Server) -> None:
    server.reply(good("plain"))
    ask(client, server)
    # How the network cuts an answer plays a part, so the least of a few counts.
    least = min(count_calls(lambda: ask(client, server)) for _ in range(5))
    assert least <= {"h11": 530, "httptools": 275}[engine]


def test_a_chunk(engine: Engine, client: Client, server: Server) -> None:
    def least(words: int) -> int:
        whole = answer_events(chunk_bodies("word " * words))
        whole.pieces = [b"".join(whole.pieces)]
        server.reply(whole)
        read(client, server)
        return min(count_calls(lambda: read(client, server)) for _ in range(5))

    assert (least(300) - least(100)) / 200 <= 12.5


class Stepped(list[bytes]):
    """The pieces of an answer, each of which is sent when `go` is released."""

    def __init__(self, pieces: list[bytes]) -> None:
        super().__init__(pieces)
        self.go = threading.Semaphore(0)

    def __iter__(self) -> Iterator[bytes]:
        for piece in super().__iter__():
            self.go.acquire()
            yield piece


def stepped(server: Server) -> threading.Semaphore:
    """Prepare a stream whose first piece has been sent; return what sends the next one."""
    answer = answer_events(chunk_bodies("word " * 40))
    pieces = Stepped(answer.pieces)
    answer.pieces = pieces
    server.reply(answer)
    # The first chunk has only the role.
    pieces.go.release(2)
    return pieces.go


def test_a_chunk_alone_in_a_blocking_call(engine: Engine, client: Client, server: Server) -> None:
    go = stepped(server)
    stream = client.completion(MODEL, MESSAGES, stream=True, base_url=server.url, **ARGUMENTS)
    chunks = iter(stream)
    # These arrived before the call returned.
    next(chunks)
    next(chunks)

    def step() -> None:
        go.release()
        next(chunks)

    least = min(count_calls(step) for _ in range(20))
    go.release(100)
    stream.close()
    assert least <= {"h11": 58, "httptools": 50}[engine]


def test_a_chunk_alone_under_asyncio(engine: Engine, client: Client, server: Server) -> None:
    go = stepped(server)
    counts: list[int] = []

    def note(_frame: object, event: str, _argument: object) -> None:
        counts[-1] += event in ("call", "c_call")

    async def read() -> None:
        stream = await client.acompletion(
            MODEL, MESSAGES, stream=True, base_url=server.url, **ARGUMENTS
        )
        chunks = aiter(stream)
        await anext(chunks)
        await anext(chunks)
        for _ in range(20):
            counts.append(0)
            sys.setprofile(note)
            go.release()
            await anext(chunks)
            sys.setprofile(None)
        go.release(100)
        await stream.aclose()

    asyncio.run(read())
    assert min(counts) <= {"h11": 118, "httptools": 108}[engine]


def test_a_layer_that_passes_through(server: Server) -> None:
    async def layer(request: Request, call_next: Handler) -> Reply:
        return await call_next(request)

    server.reply(good("plain"))

    def least(count: int) -> int:
        with Client([layer] * count) as client:
            ask(client, server)
            return min(count_calls(lambda: ask(client, server)) for _ in range(5))

    assert least(20) - least(0) <= 20 * 2


COUNT_WHAT_STAYS = """
import gc, json, sys, tracemalloc
from trunkline import Client
url, engine, how = sys.argv[1:]
client = Client(engine=engine)
given = {"base_url": url, "api_key": "sk-0123456789", "stream": how != "ask"}
def repeat(count):
    for _ in range(count):
        reply = client.completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}], **given)
        for _ in reply if how != "ask" else ():
            if how == "leave":
                break
        del reply
    gc.collect()
    return len(gc.get_objects()), tracemalloc.get_traced_memory()[0]
tracemalloc.start()
repeat(50)
counts = [repeat(100) for _ in range(5)]
print(json.dumps([[b - a for a, b in zip(one, two)] for one, two in zip(counts, counts[1:])]))
"""


@pytest.mark.parametrize("how", ["ask", "read", "leave"])
def test_memory_stays_flat(how: str, engine: Engine, server: Server, tmp_path: Path) -> None:
    server.reply(good("plain" if how == "ask" else "stream"))
    server.record = False
    done = subprocess.run(
        [sys.executable, "-c", COUNT_WHAT_STAYS, server.url, engine, how],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    growths: list[list[int]] = json.loads(done.stdout)
    # Something may happen to be held at one of these moments; what leaks, leaks each time.
    assert min(objects for objects, _ in growths) < 100
    assert min(size for _, size in growths) < 10_000


def test_the_soak() -> None:
    """Its short form: that it runs; how flat memory stays is told by the long one."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.soak",
            "--only",
            "laps",
            "--calls",
            "400",
            "--streams",
            "200",
            "--open",
            "20",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if "No module named 'benchmarks'" in done.stderr:
        pytest.skip("the benchmarks are not here")
    assert "open streams" in done.stdout, done.stderr
