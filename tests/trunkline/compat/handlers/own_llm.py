"""Handlers of `litellm.custom_provider_map` whose methods do what a test says, in all worlds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed
from tests.trunkline.compat.test_namespace_calls import call
from trunkline import Client

#: What a handler does with its arguments: it returns a response, or yields chunks.
Act = Callable[[dict[str, Any]], Any]


@contextmanager
def installed_for_handlers() -> Generator[Any]:
    """Install litellm's names without retries, and remove the handlers at the end."""
    with installed(Client(num_retries=0)) as module:
        try:
            yield module
        finally:
            module.custom_provider_map = []


def piece(text: str | None = "", **more: Any) -> dict[str, Any]:
    """Return a `GenericStreamingChunk`."""
    blank = {"is_finished": False, "finish_reason": "", "usage": None, "tool_use": None, "index": 0}
    return {**blank, "text": text, **more}


def serve(litellm: Any, act: Act) -> Any:
    """Let a handler of the class `Mine` answer the calls of "mine/..."; return it.

    Args:
        litellm: the module.
        act: returns a response, or returns the chunks of a stream; an exception in them is raised.
    """

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def completion(self, **arguments: Any) -> Any:
            return act(arguments)

        async def acompletion(self, **arguments: Any) -> Any:
            return act(arguments)

        def streaming(self, **arguments: Any) -> Iterator[Any]:
            for each in act(arguments):
                if isinstance(each, Exception):
                    raise each
                yield each

        async def astreaming(self, **arguments: Any) -> AsyncIterator[Any]:
            for each in self.streaming(**arguments):
                yield each

    mine = Mine()
    use(litellm, mine)
    return mine


def use(litellm: Any, handler: object) -> None:
    """Let a handler answer the calls of "mine/..."."""
    litellm.custom_provider_map = [{"provider": "mine", "custom_handler": handler}]


def ask(litellm: Any, world: World, **given: Any) -> Any:
    """Call the handler, and read a stream into a list of chunks."""
    return call(litellm, world, model="mine/m-1", **given)


def method(world: World, *, stream: bool) -> str:
    """Return the name of the method that a call uses, as errors say it."""
    return f"Mine.{'' if world.blocking else 'a'}{'streaming' if stream else 'completion'}"


def text_of(chunks: Sequence[Any]) -> str:
    """Return the text of some chunks."""
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
