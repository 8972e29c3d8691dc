"""OpenAI's chat completion objects in their JSON format.

https://platform.openai.com/docs/api-reference/chat/object and .../chat/streaming, plus fields that
several providers and litellm have in common: `reasoning_content`, `thinking_blocks`, `images`,
`provider_specific_fields`. OpenAI-compatible bodies decode directly into these classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeGuard

from msgspec import field

from ..drawing import Drawn
from .call_info import CallInfo, Costed, Parse, request_id
from .charges import charged_cost, priced_cost, unasked
from .hybrid import GIVEN, Hybrid, read_parts
from .litellm_names import LitellmNames, hidden_params
from .parts import Choice, ParsedT_co, StreamingChoice, Usage

#: Where the first chunk of a replayed response keeps that response.
REPLAYED = "_replayed"


class _Completion(Hybrid, LitellmNames, Drawn):
    """The common fields of responses and chunks."""

    id: str = ""
    created: int = 0
    model: str = ""
    object: str = ""
    system_fingerprint: str | None = None
    service_tier: str | None = None
    usage: Usage | None = None
    citations: list[Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None

    @property
    def call(self) -> CallInfo:
        """The details of the call: provider, headers, attempts, times."""
        info: CallInfo | None = self.__dict__.get("_call")
        if info is None:
            info = vars(self)["_call"] = CallInfo(model=self.model)
        return info

    @call.setter
    def call(self, info: CallInfo) -> None:
        vars(self)["_call"] = info

    @property
    def model_extra(self) -> dict[str, Any]:
        """The undeclared fields that the provider sent, and `usage`, as in litellm."""
        extra = self._sent()
        return extra if self.usage is None else {**extra, "usage": self.usage}

    @property
    def _hidden_params(self) -> dict[str, Any]:
        state = vars(self)
        if "_hidden" not in state:
            cost = unasked(lambda: self.cost) if isinstance(self, ModelResponse) else None
            state["_hidden"] = hidden_params(self.call, cost)
        hidden: dict[str, Any] = state["_hidden"]
        return hidden

    @_hidden_params.setter
    def _hidden_params(self, value: dict[str, Any]) -> None:
        vars(self)["_hidden"] = value


class ModelResponse(_Completion, Generic[ParsedT_co]):
    """A complete response.

    For type checkers, `ModelResponse[City]` is the response of a call with
    `response_format=City`: its `parsed`, and that of each message, is a City or None.
    """

    always: ClassVar[frozenset[str]] = frozenset({"id", "choices", "created", "model", "object"})

    object: str = "chat.completion"
    if TYPE_CHECKING:
        choices: list[Choice[ParsedT_co]] = field(default_factory=list[Choice[ParsedT_co]])
    else:
        choices: list[Choice] = field(default_factory=list[Choice])

    def __post_init__(self) -> None:
        if self.usage.__class__ is GIVEN:
            read_parts(self, usage=Usage)
        for choice in self.choices:
            if choice.__class__ is GIVEN:
                read_parts(self, choices=Choice)
                break

    @property
    def parsed(self) -> ParsedT_co | None:
        """The object in the first choice; see `Message.parsed`."""
        return self.choices[0].message.parsed if self.choices else None

    @property
    def cost(self) -> float | None:
        """The cost in US dollars, None if unknown.

        It is the cost that was set, for example by a cache, else the sum of the call's parts, else
        the one that the provider reports, else it is computed from prices. The cost of calls
        that layers made for themselves (`call.side_calls`) is added.
        """
        own = self._own_cost()
        if own is None or not self.call.side_calls:
            return own
        others = _sum_costs(self.call.side_calls)
        return None if others is None else own + others

    @cost.setter
    def cost(self, dollars: float | None) -> None:
        self.call.cost = dollars
        self.call.side_calls = ()

    def _own_cost(self) -> float | None:
        call = self.call
        if call.cost is not None:
            return call.cost
        if call.parts:
            known = _sum_costs(call.parts)
            if known is not None:
                return known
            if any(part.usage is None for part in call.parts):
                return None
            return priced_cost(call.price, self)
        reported = charged_cost(self.usage, call.headers)
        return priced_cost(call.price, self) if reported is None else reported

    @property
    def attempts(self) -> int:
        """How many HTTP requests the call made."""
        return self.call.attempts

    @property
    def response_ms(self) -> float | None:
        """Milliseconds from the call to the response."""
        return self.call.response_ms

    @property
    def request_id(self) -> str | None:
        """The provider's request id, from the response headers."""
        return request_id(self.call.headers)

    @property
    def dropped_params(self) -> list[str]:
        """Parameters that were left out because the model does not support them."""
        return self.call.dropped_params


def is_response(value: object) -> TypeGuard[ModelResponse]:
    """Return whether a value is a response.

    With isinstance(), pyright would not know the class that `parsed` has.
    """
    return isinstance(value, ModelResponse)


class ModelResponseStream(_Completion):
    """One chunk of a streamed response."""

    always: ClassVar[frozenset[str]] = frozenset({"id", "choices", "created", "model", "object"})

    object: str = "chat.completion.chunk"
    choices: list[StreamingChoice] = field(default_factory=list[StreamingChoice])


def _sum_costs(responses: Iterable[Costed]) -> float | None:
    """Return what responses cost together, None if the cost of one is unknown."""
    costs = [response.cost for response in responses]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def expect_class(response: ModelResponse, parse: Parse) -> None:
    """Let `parsed` of each choice's message call `parse` when it is first read."""
    for choice in response.choices:
        vars(choice.message)["_parse"] = (parse, choice.finish_reason)


def link(answer: ModelResponse | ModelResponseStream, body: bytes) -> None:
    """Store the raw body in a response and its parts, so that undeclared fields can be read."""
    raw = answer.raw_ = (body,)
    usage = answer.usage
    if usage is not None:
        usage.raw_ = raw
        for details in (usage.prompt_tokens_details, usage.completion_tokens_details):
            if details is not None:
                details.raw_ = raw
    for choice in answer.choices:
        part = choice.delta if type(choice) is StreamingChoice else choice.message
        choice.raw_ = part.raw_ = raw
        if choice.index:
            choice.path_ = ("choices", choice.index)
            part.path_ = (*choice.path_, part.path_[-1])
