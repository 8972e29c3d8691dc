"""Properties that hold for every chain of the library's middlewares, in any order.

The provider answers, fails, stalls and breaks off at random, in all worlds, while the caller reads
to the end or leaves:

- each layer that reports calls reports each call once, with the outcome that the caller saw;
- no more requests are made than retries, fallbacks and deployments allow, and `attempts` is
  how many there were;
- every stream is closed, and every slot of a limit is released;
- what the caller reads is the beginning of one response: nothing twice, nothing of two.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest
import tenacity
from hypothesis import event, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.middlewares.laws.catalog import KeptEntries, catalog_layers
from tests.middlewares.laws.library import middleware_classes
from tests.support.answers import MESSAGES
from tests.support.worlds import WORLDS, World
from trunkline import (
    APIError,
    Handler,
    LimitExceededError,
    ModelResponse,
    ModelResponseStream,
    Outcome,
    Reply,
    Request,
    Stream,
    observe,
)
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.callbacks import AttemptCallbacks, Callbacks
from trunkline.middlewares.fallback import Fallback
from trunkline.middlewares.limit import Limit
from trunkline.middlewares.listening.record import CallRecord
from trunkline.middlewares.metadata import Metadata
from trunkline.middlewares.params import Params
from trunkline.middlewares.retry import Retry
from trunkline.middlewares.route import Route
from trunkline.middlewares.routing.state import MemoryState
from trunkline.middlewares.shared_limit import SharedLimit
from trunkline.middlewares.tracing import Tracing
from trunkline.testing import Cut, FakeProvider, Item, Pause

MODEL = "openai/gpt-4o"
# The model itself among them is not asked twice.
FALLBACKS = ["openai/gpt-4o-mini", MODEL, "groq/llama-3.3-70b-versatile"]
DEPLOYMENTS = [
    {"model_name": MODEL, "litellm_params": {"model": f"openai/deployment-{number}"}}
    for number in range(2)
]
ATTEMPTS = 3
# How often each of these may call on in one call.
TRIES = {"Retry": ATTEMPTS, "Fallback": len(FALLBACKS), "Route": ATTEMPTS}

WORDS = 4
STALL = Pause(3600)
# Silence that lasts is over after a moment; connections of a fake stand at once.
TIMEOUT = {"first_event": 0.001, "idle": 0.001}


class Bench:
    """One of each middleware, and what those that tell of calls have told."""

    def __init__(self) -> None:
        self.entered: Counter[str] = Counter()
        self.records: dict[str, list[CallRecord]] = {"Callbacks": [], "AttemptCallbacks": []}
        self.exporter = InMemorySpanExporter()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        made: list[object] = [
            AttemptCallbacks([self.records["AttemptCallbacks"].append]),
            Cache(True),
            Callbacks([self.records["Callbacks"].append]),
            Fallback(FALLBACKS),
            Limit(max_parallel_requests=1, wait=0),
            Metadata({"from": "the bench"}),
            Params(drop_params=True),
            Retry(ATTEMPTS, wait=tenacity.wait_none()),
            Route(DEPLOYMENTS, attempts=ATTEMPTS),
            SharedLimit(MemoryState(), max_parallel_requests=1, wait=0),
            Tracing(tracer_provider=tracers),
        ]
        self.writer = KeptEntries()
        self._folder = TemporaryDirectory()
        made += catalog_layers(Path(self._folder.name), self.writer)
        # Those that need no arguments take part without being listed.
        made += [cls() for cls in middleware_classes() if cls not in map(type, made)]
        self.layers: dict[str, Any] = {type(layer).__name__: layer for layer in made}
        self.layers |= {"rewrite": rewrite, "forward": forward, "look": look}

    def close(self) -> None:
        """Write what is still to be logged, and remove the recordings."""
        self.layers["PromptLog"].close()
        self._folder.cleanup()

    def chain(self, names: Sequence[str]) -> list[Any]:
        """Return the layers, each with one before it that counts how often it is entered."""
        return [layer for name in names for layer in (self._count(name), self.layers[name])]

    def _count(self, name: str) -> Callable[[Request, Handler], Any]:
        def count(request: Request, call_next: Handler) -> Any:
            self.entered[name] += 1
            return call_next(request)

        return count


async def rewrite(request: Request, call_next: Handler) -> Reply:
    """What users do with chunks."""
    reply = await call_next(request)
    return reply if isinstance(reply, ModelResponse) else reply.map(lambda chunk: chunk)


def forward(request: Request, call_next: Handler) -> Any:
    """A plain function as a middleware."""
    return call_next(request)


async def look(request: Request, call_next: Handler) -> Reply:
    """An observer of users' own."""
    return observe(await call_next(request), _ignore)


def _ignore(outcome: Outcome) -> None:
    assert outcome.kind in ("completed", "failed", "truncated", "abandoned")


def _names() -> list[str]:
    bench = Bench()
    bench.close()
    return sorted(bench.layers)


NAMES = _names()


def test_no_middleware_is_forgotten() -> None:
    assert {cls.__name__ for cls in middleware_classes()} <= set(NAMES)


class Behavior:
    """What the provider does with one request; each answer has words of its own."""

    def __init__(self, kind: str, at: int = 0, status: int = 500) -> None:
        self.kind = kind
        self.at = at
        self.status = status

    def __repr__(self) -> str:
        return f"{self.kind}({self.at or self.status})" if self.kind != "answer" else "answer"

    def item(self, number: int) -> Item:
        words: list[Any] = [f"{number}.{position} " for position in range(WORDS)]
        if self.kind == "fail":
            return self.status
        if self.kind != "answer":
            words.insert(self.at, Cut() if self.kind == "cut" else STALL)
        return words


def script(behaviors: Sequence[Behavior]) -> Iterator[Item]:
    for number, behavior in enumerate(cycle(behaviors)):
        yield behavior.item(number)


BEHAVIORS = st.one_of(
    st.builds(Behavior, st.just("answer")),
    st.builds(Behavior, st.just("fail"), status=st.sampled_from([400, 401, 404, 429, 500, 503])),
    st.builds(Behavior, st.sampled_from(["cut", "stall"]), at=st.integers(0, WORDS)),
)


class Seen:
    """What the caller got of one call."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.kind = ""
        self.attempts = -1

    def read(self, chunk: ModelResponseStream) -> None:
        for choice in chunk.choices:
            self.words += _words(choice.delta.content)

    def end(self, reply: Reply) -> None:
        self.attempts = reply.call.attempts
        if isinstance(reply, Stream):
            assert reply.outcome is not None
            self.kind = reply.outcome.kind
        else:
            self.kind = "completed"
            self.words = _words(reply.choices[0].message.content)

    def fail(self, error: APIError, reply: Reply | None) -> None:
        # Calls come one after the other: who is refused has met a place that stayed taken.
        assert not isinstance(error, LimitExceededError)
        self.attempts = error.attempts
        outcome = reply.outcome if isinstance(reply, Stream) else None
        self.kind = outcome.kind if outcome is not None else "raised"


def _words(text: str | None) -> list[str]:
    return re.findall(r"\S+ ", text or "")


class Caller:
    """Makes calls in a world and a mode, and leaves a stream after `leave` chunks, if at all."""

    def __init__(self, world: World, mode: str, leave: int | None, how: str) -> None:
        self.world = world
        self.stream = mode == "stream"
        self.leave = leave
        self.how = how

    def call(self, client: Any, **arguments: Any) -> Seen:
        if self.world.blocking:
            return self._blocking(client, arguments)
        return self.world.run(lambda: self._asynchronous(client, arguments))

    def _leaves(self, seen: Seen) -> bool:
        return self.leave is not None and len(seen.words) > self.leave

    def _blocking(self, client: Any, arguments: dict[str, Any]) -> Seen:
        seen, reply = Seen(), None
        try:
            reply = client.completion(MODEL, MESSAGES, stream=self.stream, **arguments)
            if self.stream:
                for chunk in reply:
                    seen.read(chunk)
                    if self._leaves(seen):
                        break
                if self.how == "close":
                    reply.close()
            seen.end(reply)
        except APIError as error:
            seen.fail(error, reply)
        return seen

    async def _asynchronous(self, client: Any, arguments: dict[str, Any]) -> Seen:
        seen, reply = Seen(), None
        try:
            reply = await client.acompletion(MODEL, MESSAGES, stream=self.stream, **arguments)
            if self.stream:
                async for chunk in reply:
                    seen.read(chunk)
                    if self._leaves(seen):
                        break
                if self.how == "close":
                    await reply.aclose()
                for _ in range(5):
                    # Leaving the loop closes the stream, at the loop's next turns.
                    await anyio.sleep(0)
            seen.end(reply)
        except APIError as error:
            seen.fail(error, reply)
        return seen


def allowed(names: Sequence[str]) -> int:
    """Return how many requests a chain may make in one call."""
    tries = {name: TRIES[name] for name in names if name in TRIES}
    if {"Route", "Fallback"} <= tries.keys() and names.index("Route") < names.index("Fallback"):
        # For the deployment that failed even the model itself is another candidate.
        tries["Fallback"] += 1
    if {"Route", "Retry"} <= tries.keys() and names.index("Route") < names.index("Retry"):
        # Outside Retry, Route spends the same retries on its deployments; each candidate of a
        # Fallback between them has them anew.
        del tries["Route"]
    return prod(tries.values())


def check_words(words: Sequence[str]) -> None:
    """Assert that these are the first words of one answer."""
    answers = {word.partition(".")[0] for word in words}
    assert len(answers) <= 1, words
    assert [int(word.partition(".")[2]) for word in words] == list(range(len(words))), words


@settings(max_examples=400)
@given(
    names=st.permutations(NAMES).flatmap(
        lambda order: st.integers(0, len(order)).map(lambda count: list(order[:count]))
    ),
    behaviors=st.lists(BEHAVIORS, min_size=1, max_size=6),
    world=st.sampled_from(WORLDS),
    modes=st.lists(st.sampled_from(["plain", "stream"]), min_size=1, max_size=3),
    leave=st.none() | st.integers(0, WORDS),
    how=st.sampled_from(["close", "break"]),
)
def test_the_laws(
    names: list[str],
    behaviors: list[Behavior],
    world: World,
    modes: list[str],
    leave: int | None,
    how: str,
) -> None:
    bench = Bench()
    fake = FakeProvider(script(behaviors))
    chain = bench.chain(["Callbacks", *(name for name in names if name != "Callbacks")])
    with warnings.catch_warnings():
        # Some orders make no sense; the laws hold for them too.
        warnings.simplefilter("ignore", UserWarning)
        client = fake.client(chain)
    told = bench.records["Callbacks"]
    for number, mode in enumerate(modes, 1):
        before = len(fake.requests)
        seen = Caller(world, mode, leave, how).call(client, timeout=TIMEOUT, temperature=0)
        made = len(fake.requests) - before
        event(f"{mode}: {seen.kind}")
        assert len(told) == number
        assert told[-1].outcome in (
            ("failed", "truncated") if seen.kind == "raised" else [seen.kind]
        )
        assert made <= allowed(names)
        assert seen.attempts == made == told[-1].attempts
        assert fake.open_streams == 0
        check_words(seen.words)
        if seen.kind == "completed" and leave is None:
            assert len(seen.words) == WORDS
    assert len(bench.records["AttemptCallbacks"]) == bench.entered["AttemptCallbacks"]
    assert len(bench.exporter.get_finished_spans()) == bench.entered["Tracing"]
    bench.close()
    assert len(bench.writer.entries) == bench.entered["PromptLog"]


@pytest.mark.parametrize("stays", [[], ["x 0.0 ", "0.0 "], ["0.1 "], ["0.0 ", "0.0 "]])
def test_words_that_break_the_law_are_found(stays: list[str]) -> None:
    if stays:
        with pytest.raises((AssertionError, ValueError)):
            check_words(stays)
    check_words(["7.0 ", "7.1 "])
