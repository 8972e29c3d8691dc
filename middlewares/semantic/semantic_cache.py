"""Return the response to a similar request instead of sending another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, cast

import msgspec

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import (
    BadRequestError,
    InvalidArgumentError,
    JSONSchemaValidationError,
    SuspendedError,
)
from ...pipeline.json_values import as_array, as_object
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.secret import Secret
from ...pipeline.stream.outcome import Outcome
from ...pipeline.stream.stream import Stream
from ..caching.entry import decode_entry, encode_entry, make_reply
from ..caching.key import UnserializableError, make_key
from ..checked_arguments import (
    check_methods,
    check_plain_function,
    check_share,
    check_text,
    is_number,
)
from ..stores.access import use_store
from ..stores.store import StoreWarnings
from .embedding import Embedder, EmbedFunction
from .memory_vectors import MemoryVectors
from .vector_store import VectorMatch, VectorStore

if TYPE_CHECKING:
    from .vectors import Vector

THRESHOLD = 0.95
TTL = 3600.0
NAMESPACE = "trunkline"


class SemanticCache:
    """Caches responses and returns them to later calls whose last message says nearly the same.

    The text of the last message, which must be the user's, is embedded; the response to the most
    similar one is returned if the cosine similarity is at least `threshold`. Everything else must
    be equal, as in `Cache`: provider, address and API key, model, the other messages, parameters
    and options. Calls with tools, and calls in the form of another API, are not cached. Neither
    are responses that are incomplete, call tools, or were stopped by a limit or a filter.

    A hit is a new object, sets `reply.call.cache_hit`, counts no attempts and costs nothing. A
    stream is cached once it has been read to its end; cached responses are replayed as streams.

    An embedding or a store that fails never fails the call: it is sent, and a warning is logged
    once for each kind of problem.

    Option of a call: `semantic_cache`, False to neither read nor write.

    Args:
        embed: a function that returns the vector of a text, or the vectors of a list of texts,
            plain or `async`; or the address of an API with OpenAI's `/embeddings`, such as
            "http://localhost:8080/v1".
        embed_model: the model at the address, if it has several.
        embed_api_key: the key for the address; the calls' own keys never go there.
        threshold: similarity from which on a response is returned, above 0 and up to 1.
        store: MemoryVectors, SQLiteVectors, RedisVectors, or your own `VectorStore`; None keeps
            10,000 responses in memory.
        ttl: seconds for which a response is valid; None for as long as the store keeps it.
        key: returns what responses are kept apart for, for example
            `lambda request: request.metadata.get("tenant")`.
        namespace: prefix of all scopes in the store.

    Raises:
        BadRequestError: the option is not a bool.
        ImportError: the extra `semantic` is not installed.
        SuspendedError: the store or the function needs an event loop in a blocking call.
        InvalidArgumentError: an argument is invalid.
    """

    options = frozenset({"semantic_cache"})
    single: ClassVar[bool] = True

    def __init__(
        self,
        embed: EmbedFunction | str,
        *,
        embed_model: str | None = None,
        embed_api_key: str | Secret | None = None,
        threshold: float = THRESHOLD,
        store: VectorStore | None = None,
        ttl: float | None = TTL,
        key: Callable[[Request], object] | None = None,
        namespace: str = NAMESPACE,
    ) -> None:
        check_share("threshold", threshold)
        if ttl is not None and not (is_number(ttl) and ttl > 0):
            raise InvalidArgumentError(
                f"ttl: expected a number of seconds above 0, or None, got {ttl!r}"
            )
        if store is not None:
            check_methods("store", store, "find", "add")
        if key is not None:
            check_plain_function("key", key, "request")
        check_text("namespace", namespace)
        self.threshold = threshold
        self.ttl = ttl
        self._embedder = Embedder(embed, embed_model, embed_api_key)
        self._store: VectorStore = MemoryVectors() if store is None else store
        self._key = key
        self._namespace = namespace
        self._warnings = StoreWarnings("SemanticCache")
        if key is not None:
            self.belongs_inside = {"Metadata": "its key does not see the metadata of blocks"}

    def __repr__(self) -> str:
        embed = self._embedder.describe()
        return f"SemanticCache({embed}, threshold={self.threshold:g}, store={self._store!r})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Return the cached response, or call the next layer and cache what it returns."""
        given: object = request.options.get("semantic_cache", True)
        if not isinstance(given, bool):
            raise BadRequestError(
                f"semantic_cache: expected bool, got {given!r}", param="semantic_cache"
            )
        text = _last_text(request) if given else ""
        if not text or request.native is not None or request.params.get("tools"):
            return call_next(request)
        return self._find_or_send(text, request, call_next)

    async def _find_or_send(self, text: str, request: Request, call_next: Handler) -> Reply:
        began = perf_counter()
        try:
            scope = self._scope(request)
            vector = await self._embedder.embed(text, request.io, request.answer_by)
        except SuspendedError:
            raise
        except Exception as error:  # noqa: BLE001  # the cache must never fail the call
            self._warn("cannot embed a message", error)
            return await call_next(request)
        match = await self._find(request, scope, vector)
        reply = None if match is None else await self._reply(match, request)
        if match is not None and reply is not None:
            similarity = round(match.similarity, 4)
            request.trail.add("SemanticCache", "hit", since=began, similarity=similarity)
            return reply
        request.trail.add("SemanticCache", "miss", since=began)
        return await self._send(request, call_next, scope, vector)

    def _scope(self, request: Request) -> str:
        """Return a digest of everything but the text of the last message.

        Raises:
            UnserializableError: a value cannot be compared.
        """
        *others, last = request.messages
        rest = replace(request, messages=(*others, _without_text(last)))
        tenant = None if self._key is None else self._key(request)
        embedded = f"{self._namespace}:{self._embedder.describe()}:{tenant!r}"
        digest = make_key(rest, embedded)
        return _shorten(digest)

    async def _find(self, request: Request, scope: str, vector: Vector) -> VectorMatch | None:
        store = self._store
        try:
            # Vectors have the precision of float32.
            find = partial(store.find, scope, vector, self.threshold - 1e-6)
            return await use_store(store, request.io, find)
        except SuspendedError:
            raise
        except Exception as error:  # noqa: BLE001  # a store must never fail the call
            self._warn("cannot use the store", error)
            return None

    async def _reply(self, match: VectorMatch, request: Request) -> Reply | None:
        try:
            entry, response = decode_entry(match.value)
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            self._warn("the store contains invalid data", error)
            return None
        return await make_reply(entry, response, request)

    async def _send(
        self, request: Request, call_next: Handler, scope: str, vector: Vector
    ) -> Reply:
        reply = await call_next(request)
        if reply.call.fallback is not None:
            return reply
        if isinstance(reply, ModelResponse):
            await self._write(request, scope, vector, reply)
            return reply
        stream: Stream = reply

        def ended(outcome: Outcome) -> Awaitable[None] | None:
            if outcome.kind != "completed" or outcome.response is None or not stream.exhausted:
                return None
            return self._write(request, scope, vector, outcome.response)

        stream.observe(ended)
        return stream

    async def _write(
        self, request: Request, scope: str, vector: Vector, response: ModelResponse
    ) -> None:
        data = self._encode(response)
        if data is None:
            return
        store = self._store
        try:
            add = partial(store.add, scope, vector, data, self.ttl)
            await use_store(store, request.io, add)
        except SuspendedError:
            raise
        except Exception as error:  # noqa: BLE001  # a store must never fail the call
            self._warn("cannot use the store", error)

    def _encode(self, response: ModelResponse) -> bytes | None:
        """Return a response as bytes, None if it must not be cached."""
        if not response.choices or any(
            choice.finish_reason != "stop" or choice.message.tool_calls
            for choice in response.choices
        ):
            return None
        try:
            return encode_entry(response)
        except JSONSchemaValidationError:
            return None
        except (TypeError, ValueError, RecursionError) as error:
            self._warn("cannot cache a response", error)
            return None

    def _warn(self, problem: str, error: Exception) -> None:
        """Log a warning once for each kind of problem."""
        # The message of a store's client may contain its password.
        why = f"{error}" if isinstance(error, UnserializableError) else type(error).__name__
        self._warnings.warn(problem, why)


def _last_text(request: Request) -> str:
    """Return the text of the last message, "" if that is not the user's or has none."""
    last = request.messages[-1]
    if last["role"] != "user":
        return ""
    content: object = last.get("content")
    if isinstance(content, str):
        return content.strip()
    texts = [
        str(fields["text"])
        for part in as_array(content) or ()
        if (fields := as_object(part)) is not None and isinstance(fields.get("text"), str)
    ]
    return "\n".join(texts).strip()


def _without_text(message: MessageParam) -> MessageParam:
    """Return a message without its text; images and files stay."""
    content: Any = message.get("content")
    if isinstance(content, str):
        return cast("MessageParam", {**message, "content": ""})
    others = [part for part in as_array(content) or () if "text" not in (as_object(part) or {})]
    return cast("MessageParam", {**message, "content": others or ""})


def _shorten(key: str) -> str:
    """Return a digest of a key: a tenant's name does not belong into a store's keys."""
    from hashlib import blake2b  # noqa: PLC0415  # loads OpenSSL, which only caching needs

    return blake2b(key.encode(), digest_size=20).hexdigest()
