"""OpenAI's Responses objects: responses, their items, and the events of a stream.

https://platform.openai.com/docs/api-reference/responses/object and .../responses-streaming

What a provider sends is kept whole: undeclared fields can be read by name, nulls stay in
`model_dump()`, and items and events of unknown types pass through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Self

import msgspec

from ..drawing import Drawn
from ..json_values import JSON, as_array, as_object
from .call_info import CallInfo
from .hybrid import Hybrid, plain
from .litellm_names import LitellmNames


class _Sent(Hybrid):
    """An object that dumps exactly what the provider sent."""

    @classmethod
    def model_validate(cls, obj: object) -> Self:
        """Return one made of a dictionary, with its undeclared fields and its nulls.

        Raises:
            msgspec.ValidationError: a declared field has a value of another type.
        """
        if isinstance(obj, cls):
            return obj
        given = plain(obj)
        made = msgspec.convert(given, cls)
        _keep(made, given)
        return made

    @classmethod
    def of(cls, given: JSON) -> Self:
        """Return one made of what a provider sent, whatever the types of its values are."""
        try:
            made = msgspec.convert(given, cls)
        except msgspec.ValidationError as error:
            return cls._of_odd(given, str(error))
        _keep(made, given)
        return made

    @classmethod
    def _of_odd(cls, given: JSON, problem: str) -> Self:
        """Return one with a value of another type than declared; `problem` says where it is."""
        found = _FIELD.search(problem)
        name = "" if found is None else found.group(1)
        if name not in given:
            made = cls()
            vars(made)["_extra"] = given
            return made
        made = cls.of({each: value for each, value in given.items() if each != name})
        setattr(made, name, given[name])
        return made

    def _items(self) -> Iterator[tuple[str, Any]]:
        yield from super()._items()
        nulls = self._nulls()
        for name in self.__struct_fields__:
            if name in nulls and getattr(self, name) is None and name not in self.always:
                yield name, None

    def _nulls(self) -> frozenset[str]:
        """Return the names of the fields that came as null."""
        nulls: frozenset[str] | None = vars(self).get("_null")
        if nulls is not None:
            return nulls
        if not self.raw_:
            return _NONE
        given = _read_object(self.raw_[0])
        found = frozenset(name for name, value in given.items() if value is None)
        vars(self)["_null"] = found
        return found


_decode_any = msgspec.json.Decoder().decode
_NONE = frozenset[str]()
_NESTED = (dict, list)
#: The first field in the place of a validation error: "... - at `$.item.id`".
_FIELD = re.compile(r"`\$\.(\w+)")


def _keep(made: Hybrid, given: JSON) -> None:
    """Keep the undeclared fields and the nulls of a dictionary, and those of its parts."""
    declared = type(made).__struct_fields__
    extra: JSON = {}
    nulls: list[str] = []
    for name, value in given.items():
        if name not in declared:
            extra[name] = value
        elif value is None:
            nulls.append(name)
        elif type(value) in _NESTED:
            _keep_part(getattr(made, name), value)
    if extra:
        vars(made)["_extra"] = extra
    if nulls:
        vars(made)["_null"] = frozenset(nulls)


def _keep_part(part: object, given: object) -> None:
    if isinstance(part, Hybrid):
        _keep(part, as_object(given) or {})
    elif (parts := as_array(part)) and isinstance(parts[0], Hybrid):
        for each, source in zip(parts, as_array(given) or (), strict=True):
            _keep_part(each, source)


def _read_object(data: bytes) -> JSON:
    """Return an object in JSON, with what msgspec refuses: odd bytes, and half surrogates."""
    try:
        return as_object(_decode_any(data)) or {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return as_object(json.loads(data.decode("utf-8", "replace"))) or {}


class ResponseTokensDetails(_Sent):
    """Parts of a token count."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


class ResponseUsage(_Sent):
    """Tokens of a response."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_tokens_details: ResponseTokensDetails | None = None
    output_tokens_details: ResponseTokensDetails | None = None


class ResponseContent(_Sent):
    """A part of a message or of reasoning: "output_text", "refusal", "summary_text" ..."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None
    annotations: list[dict[str, Any]] | None = None
    logprobs: list[dict[str, Any]] | None = None


class ResponseItem(_Sent):
    """An item of a response's output; which fields it has depends on `type`.

    `arguments` and `output` are text in function calls and objects in some built-in tools.
    """

    type: str = ""
    id: str | None = None
    status: str | None = None
    role: str | None = None
    content: list[ResponseContent] | None = None
    summary: list[ResponseContent] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: Any = None
    input: Any = None
    output: Any = None
    result: Any = None
    action: Any = None


class ResponseError(_Sent):
    """Why a response failed."""

    code: str | None = None
    message: str | None = None


class ResponseIncompleteDetails(_Sent):
    """Why a response is incomplete: "max_output_tokens" or "content_filter"."""

    reason: str | None = None


class Response(_Sent, LitellmNames, Drawn):
    """A response of the Responses API.

    `call` says how the call went, as on a chat completion.
    """

    id: str = ""
    object: str = "response"
    created_at: float = 0
    status: str | None = None
    model: str | None = None
    output: list[ResponseItem] = msgspec.field(default_factory=list[ResponseItem])
    usage: ResponseUsage | None = None
    error: ResponseError | None = None
    incomplete_details: ResponseIncompleteDetails | None = None
    instructions: Any = None
    metadata: dict[str, Any] | None = None
    previous_response_id: str | None = None
    service_tier: str | None = None
    reasoning: dict[str, Any] | None = None
    text: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None

    @property
    def output_text(self) -> str:
        """All text of the response."""
        return "".join(
            part.text or ""
            for item in self.output
            if item.type == "message"
            for part in item.content or ()
            if part.type == "output_text"
        )

    @property
    def call(self) -> CallInfo:
        """How the call went: provider, headers, attempts, times."""
        info: CallInfo | None = vars(self).get("_call")
        if info is None:
            info = vars(self)["_call"] = CallInfo(model=self.model or "")
        return info

    @call.setter
    def call(self, info: CallInfo) -> None:
        vars(self)["_call"] = info

    @property
    def cost(self) -> float | None:
        """US dollars that the response cost, None where that is not known."""
        completion = vars(self).get("_completion")
        return self.call.cost if completion is None else completion.cost


class ResponseStreamEvent(_Sent):
    """One event of a streamed response; which fields it has depends on `type`."""

    type: str = ""
    sequence_number: int | None = None
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    item_id: str | None = None
    delta: Any = None
    logprobs: list[dict[str, Any]] | None = None
    text: str | None = None
    arguments: Any = None
    item: ResponseItem | None = None
    part: ResponseContent | None = None
    response: Response | None = None
    annotation: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(ResponseStreamEvent)


def read_event(data: bytes) -> ResponseStreamEvent:
    """Return the event that a provider sent, which is an object in JSON."""
    # Most events are pieces of text, whose undeclared fields nobody reads.
    return read_piece(data) or ResponseStreamEvent.of(_read_object(data))


def read_piece(data: bytes) -> ResponseStreamEvent | None:
    """Return the event that a provider sent, None if it is not only a piece of text."""
    try:
        event = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if event.item or event.part or event.response:
        return None
    event.raw_ = (data,)
    return event
