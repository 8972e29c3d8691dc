"""One call of `responses()`: its request in both forms, and how its reply becomes a response."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from ...adapters.wires.responses.changes import native_response
from ...adapters.wires.responses.inbound import malformed, read_request
from ...adapters.wires.responses.items import new_id
from ...adapters.wires.responses.outbound import write_response
from ...pipeline.call.absent_arguments import ABSENT, OTHER_NAMES
from ...pipeline.call.arguments import OWN_ARGUMENTS
from ...pipeline.call.native import NativeCall
from ...pipeline.call.request import Reply
from ...pipeline.errors import BadRequestError, NotFoundError
from ...pipeline.json_values import JSON, as_object
from ...pipeline.schema.hybrid import Hybrid, plain
from ...pipeline.schema.responses import Response
from ...pipeline.stream.stream import Stream
from ..settings import ClientWithSettings
from .conversations import Conversation, StoredResponse, aload, as_items, load
from .makers import makers_of, note_completion
from .stream import ResponseStream

#: Arguments that mean something to trunkline; `metadata` is the provider's here.
_OWN = (OWN_ARGUMENTS | OTHER_NAMES.keys() | ABSENT.keys()) - {"litellm_metadata", "metadata"}
#: The statuses of a response that can be continued.
_ENDED = frozenset({"completed", "incomplete"})


class ResponseCall:
    """The request of one call, and the response that its reply becomes.

    Attributes:
        arguments: the arguments of trunkline and of the middlewares.
        body: the request as the caller gave it, without these.
        previous_id: the response that the call continues, "" if it cannot be in `response_store`.
    """

    def __init__(
        self,
        client: ClientWithSettings,
        input: str | list[Any] | None,
        arguments: Mapping[str, Any],
    ) -> None:
        if input is not None and not isinstance(input, str | list):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            got = type(input).__name__
            raise BadRequestError(f"input: expected str or list, got {got}", param="input")
        given = {
            name: list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
            for name, value in arguments.items()
            if value is not None
        }
        own = _OWN | client.options
        self.arguments = {name: value for name, value in given.items() if name in own}
        self.body: JSON = {name: value for name, value in given.items() if name not in own}
        if "messages" in self.body:
            raise BadRequestError(
                "messages: responses() takes a conversation as input", param="messages"
            )
        for path, why in malformed(self.body):
            raise BadRequestError(f"{path}: {why}", param=path)
        notes = self.body.pop("litellm_metadata", None)
        self.arguments["metadata"] = {
            **_expect_dict("metadata", self.body.get("metadata")),
            **_expect_dict("litellm_metadata", notes),
        }
        self._makers: Mapping[str, str] = {}
        if input is not None:
            self._makers = {} if isinstance(input, str) else makers_of(input)
            self.body["input"] = plain(input if isinstance(input, str) else list(map(_sent, input)))
        self._store = client.settings.response_store
        previous: object = self.body.get("previous_response_id")
        self.previous_id = previous if self._store is not None and isinstance(previous, str) else ""
        self._previous: StoredResponse | None = None
        self._unstored: tuple[Conversation, Response, bool] | None = None

    def find_previous(self) -> None:
        """Read the response that the call continues, blocking; others may be the provider's."""
        if self._store is not None:
            with suppress(NotFoundError):
                self._previous = load(self._store, self.previous_id)

    async def afind_previous(self) -> None:
        """Read the response that the call continues under asyncio or trio."""
        if self._store is not None:
            with suppress(NotFoundError):
                self._previous = await aload(self._store, self.previous_id)

    @property
    def native(self) -> NativeCall:
        """The request in both forms."""
        whole: JSON | None = None
        if self._previous is not None:
            whole = {**self.body, "input": self._received()}
            del whole["previous_response_id"]
        chat = read_request(whole or self.body, len(self._earlier))
        unknown = self.previous_id if self._previous is None else ""
        return NativeCall(
            body=self.body,
            whole=whole,
            home="" if self._previous is None else self._previous.home,
            makers=self._all_makers,
            messages=chat.messages,
            params=chat.params,
            wrong=tuple(chat.wrong),
            unsupported=tuple(chat.unsupported),
            places=chat.places,
            sources=chat.sources,
            unknown_response=unknown,
        )

    @property
    def _earlier(self) -> list[JSON]:
        """The items of earlier turns, as far as `response_store` has them."""
        return [] if self._previous is None else self._previous.conversation

    @property
    def _all_makers(self) -> Mapping[str, str]:
        """The homes of those who made the items that the model receives, by the items' ids."""
        if self._previous is None:
            return self._makers
        return {**self._previous.makers, **self._makers}

    def _received(self) -> list[JSON]:
        """Return the items that the model receives, with those of earlier turns."""
        return [*self._earlier, *as_items(self.body.get("input"))]

    def _conversation(self) -> Conversation | None:
        """Return what to store with the response, None if it is not stored.

        If only the provider has the beginning of a conversation, no other could continue it.
        """
        body = self.body
        if self._store is None or body.get("store") is False or body.get("conversation"):
            return None
        if body.get("previous_response_id") and self._previous is None:
            return None
        return Conversation(self._store, self._received(), self._all_makers)

    def keep(self) -> None:
        """Store the response, blocking; a stream does it at its end."""
        if self._unstored is not None:
            conversation, response, native = self._unstored
            conversation.keep(response, native=native)

    async def akeep(self) -> None:
        """Store the response under asyncio or trio; see `keep`."""
        if self._unstored is not None:
            conversation, response, native = self._unstored
            await conversation.akeep(response, native=native)

    def answer(self, reply: Reply) -> Response | ResponseStream:
        """Return a reply as the caller wants it."""
        if isinstance(reply, Stream):
            conversation = self._conversation()
            return ResponseStream(reply, self._repeated(conversation), new_id("resp"), conversation)
        return self.whole(reply)

    def whole(self, reply: Reply) -> Response:
        """Return the reply of a call without streaming as a response."""
        completion = reply.response if isinstance(reply, Stream) else reply
        conversation = self._conversation()
        body = native_response(completion)
        # A provider's own response that a middleware changed keeps its id.
        native = body is not None or completion.id.startswith("resp_")
        if body is None:
            repeated = self._repeated(conversation)
            body = write_response(completion, repeated, completion.id if native else new_id("resp"))
        response = Response.of(body)
        response.call = completion.call
        note_completion(response, completion)
        if conversation is not None and response.status in _ENDED:
            self._unstored = conversation, response, native
        return response

    def _repeated(self, conversation: Conversation | None) -> JSON:
        """Return the parameters that a response repeats."""
        return {**self.body, "store": conversation is not None}


def _expect_dict(name: str, value: object) -> Mapping[str, Any]:
    """Return an argument that callbacks see too, {} if it was not given."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        got = type(value).__name__
        raise BadRequestError(f"{name}: expected dict, got {got}", param=name)
    return cast("Mapping[str, Any]", value)


def _sent(item: Any) -> Any:
    """Return an item of another library, such as the OpenAI SDK's models, as it was sent."""
    if as_object(item) is not None or isinstance(item, Hybrid):
        return item
    dump = getattr(item, "model_dump", None)
    return item if dump is None else dump(mode="json", exclude_unset=True, by_alias=True)
