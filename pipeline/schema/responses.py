"""OpenAI's Responses objects: responses, their items, and the events of a stream.

https://platform.openai.com/docs/api-reference/responses/object and .../responses-streaming

What a provider sends is kept whole: undeclared fields can be read by name, nulls stay in
`model_dump()`, and items and events of unknown types pass through.
"""

from __future__ import annotations

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
        made = super().model_validate(obj)
        given = as_object(plain(obj))
        if given is not None and obj is not made:
            _note_nulls(made, given)
        return made

    def _items(self) -> Iterator[tuple[str, Any]]:
        nulls: frozenset[str] = vars(self).get("_nulls", frozenset())
        yield from super()._items()
        for name in self.__struct_fields__:
            if name in nulls and getattr(self, name) is None and name not in self.always:
                yield name, None


def _note_nulls(made: _Sent, given: JSON) -> None:
    nulls = {name for name, value in given.items() if value is None}
    if nulls:
        vars(made)["_nulls"] = frozenset(nulls)
    for name in made.__struct_fields__:
        part: object = getattr(made, name)
        parts, sources = as_array(part), as_array(given.get(name))
        if parts is None or sources is None:
            parts, sources = [part], [given.get(name)]
        for each, source in zip(parts, sources, strict=False):
            fields = as_object(source)
            if isinstance(each, _Sent) and fields is not None:
                _note_nulls(each, fields)


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
    text: str | None = None
    arguments: Any = None
    item: ResponseItem | None = None
    part: ResponseContent | None = None
    response: Response | None = None
    annotation: dict[str, Any] | None = None
