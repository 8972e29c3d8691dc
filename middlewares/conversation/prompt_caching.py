"""Mark what a provider's prompt cache should hold, and report what it held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any, ClassVar, Literal, cast

from msgspec import Struct

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import APIError, InvalidArgumentError
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.parts import Usage
from ...pipeline.stream.outcome import Outcome
from ...pipeline.stream.stream import Stream
from ..checked_arguments import check_flag, is_count
from .turns import count_head

#: Anthropic's field, which others have taken over, and OpenAI's.
CACHE_CONTROL = "cache_control"
CACHE_BREAKPOINT = "prompt_cache_breakpoint"
#: Whose messages may carry a mark; both APIs refuse or ignore one on an assistant's message.
_TURNS = ("user", "tool", "function")
_MODELS = 1000

TTL = Literal["5m", "1h"]


class CacheUse(Struct, frozen=True, kw_only=True):
    """How much of the prompts came from the provider's cache, as its usage says.

    Attributes:
        calls: calls whose usage was reported.
        prompt_tokens: tokens of their prompts.
        read_tokens: how many of them were read from the cache.
        written_tokens: how many of them were written to it.
    """

    calls: int = 0
    prompt_tokens: int = 0
    read_tokens: int = 0
    written_tokens: int = 0

    @property
    def hit_rate(self) -> float:
        """The share of prompt tokens that were read from the cache, 0 to 1."""
        return self.read_tokens / self.prompt_tokens if self.prompt_tokens else 0.0


class PromptCaching:
    """Marks the ends of tools, system messages and the last turns for the provider's prompt cache.

    Only models that take such marks get them: Claude on every provider that has it, Nova on
    Bedrock, and OpenAI's GPT-5.6 and later. A call that already has marks is not changed, and
    neither is one that came in the form of another API. Other models cache without marks, or not
    at all.

    `use` adds up what the usage of responses says about the cache, for every model; `reset()`
    sets it to zero. A call's own numbers are in `usage.prompt_tokens_details` and its trail.

    Args:
        system: whether to mark the last system message at the start of the conversation.
        tools: whether to mark the last tool; only Anthropic's marks can be there.
        turns: how many of the last user messages or tool results to mark, 0 to 2.
        ttl: how long Anthropic's cache should hold what is marked, "5m" or "1h"; None for the
            provider's default.

    Raises:
        InvalidArgumentError: an argument has another value.
    """

    single: ClassVar[bool] = True

    def __init__(
        self, *, system: bool = True, tools: bool = True, turns: int = 2, ttl: TTL | None = None
    ) -> None:
        if not is_count(turns, 0) or turns > 2:
            raise InvalidArgumentError(f"turns: expected 0, 1 or 2, got {turns!r}")
        if ttl not in (None, "5m", "1h"):
            raise InvalidArgumentError(f'ttl: expected "5m", "1h" or None, got {ttl!r}')
        check_flag("system", system)
        check_flag("tools", tools)
        self.system = system
        self.tools = tools
        self.turns = turns
        self.ttl = ttl
        self._marks: dict[str, str] = {}
        self._lock = Lock()
        self._use = CacheUse()

    def __repr__(self) -> str:
        return f"PromptCaching(system={self.system}, tools={self.tools}, turns={self.turns})"

    @property
    def use(self) -> CacheUse:
        """What the usage of responses says about the cache."""
        return self._use

    def reset(self) -> None:
        """Set all counts of `use` to zero."""
        with self._lock:
            self._use = CacheUse()

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer with marks, and count what the cache held."""
        mark = self._marks.get(request.model)
        if mark is None or request.provider is not None:
            mark = self._find_mark(request)
        if mark and request.native is None:
            request = self._marked(request, mark)
        reply = await call_next(request)
        if isinstance(reply, Stream):
            reply.observe(partial(self._ended, request))
        elif reply.usage is not None:
            self._count(request, reply)
        return reply

    def _find_mark(self, request: Request) -> str:
        try:
            mark = request.adapter.resolve(request).cache_mark
        except APIError:
            # Raised again by the adapter; or the name of a Route's group.
            return ""
        with self._lock:
            if len(self._marks) >= _MODELS:
                self._marks.clear()
            if request.provider is None:
                self._marks[request.model] = mark
        return mark

    def _marked(self, request: Request, mark: str) -> Request:
        messages, tools = request.messages, as_array(request.params.get("tools"))
        if _has_marks(messages, tools or ()):
            return request
        value: JSON = {"mode": "explicit"}
        if mark == CACHE_CONTROL:
            value = {"type": "ephemeral", **({"ttl": self.ttl} if self.ttl else {})}
        changed = list(messages)
        for position in self._positions(messages):
            changed[position] = _mark_message(changed[position], mark, value)
        params: Mapping[str, Any] = request.params
        if self.tools and tools and mark == CACHE_CONTROL and as_object(tools[-1]) is not None:
            params = {**params, "tools": [*tools[:-1], {**tools[-1], mark: value}]}
        return replace(request, messages=tuple(changed), params=params)

    def _positions(self, messages: Sequence[MessageParam]) -> list[int]:
        """Return the positions of the messages to mark."""
        found: list[int] = []
        if self.system:
            head = count_head(messages)
            if head:
                found.append(head - 1)
        ends = [
            position
            for position, message in enumerate(messages)
            if message["role"] in _TURNS
            # The end of a turn: the model responds to it.
            and (position + 1 == len(messages) or messages[position + 1]["role"] not in _TURNS)
        ]
        return found + (ends[-self.turns :] if self.turns else [])

    def _ended(self, request: Request, outcome: Outcome) -> None:
        self._count(request, outcome.response)

    def _count(self, request: Request, response: ModelResponse | None) -> None:
        if response is None or response.usage is None or response.call.cache_hit:
            return
        usage = response.usage
        read, written = cached_tokens(usage)
        if read or written:
            event = "hit" if read else "write"
            request.trail.add("PromptCaching", event, read=read, written=written)
        with self._lock:
            use = self._use
            self._use = CacheUse(
                calls=use.calls + 1,
                prompt_tokens=use.prompt_tokens + usage.prompt_tokens,
                read_tokens=use.read_tokens + read,
                written_tokens=use.written_tokens + written,
            )


def cached_tokens(usage: Usage) -> tuple[int, int]:
    """Return how many tokens of a prompt were read from the cache and written to it."""
    details = usage.prompt_tokens_details
    if details is None:
        return 0, 0
    written = details.cache_creation_tokens or details.cache_write_tokens
    return details.cached_tokens or 0, written or 0


def _has_marks(messages: Iterable[MessageParam], tools: Iterable[object]) -> bool:
    """Return whether the caller has marked anything."""
    marked: list[object] = [*messages, *tools]
    for message in messages:
        marked += as_array(message.get("content")) or ()
    for tool in tools:
        marked.append((as_object(tool) or {}).get("function"))
    return any(
        fields.get(CACHE_CONTROL) or fields.get(CACHE_BREAKPOINT)
        for each in marked
        if (fields := as_object(each)) is not None
    )


def _mark_message(message: MessageParam, mark: str, value: JSON) -> MessageParam:
    """Return a copy with a mark on its last content part, the message itself if it has none."""
    content: object = message.get("content")
    if mark == CACHE_CONTROL and message["role"] == "tool":
        # The mark belongs to the result as a whole, not to a part of it.
        return cast("MessageParam", {**message, mark: value})
    if isinstance(content, str):
        if not content:
            return message
        parts: list[Any] = [{"type": "text", "text": content, mark: value}]
    else:
        given = as_array(content)
        if not given or as_object(given[-1]) is None:
            return message
        parts = [*given[:-1], {**given[-1], mark: value}]
    return cast("MessageParam", {**message, "content": parts})
