"""The models that may answer in another's place: how they are written, and when they are asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import Any, cast

from cachetools import TLRUCache
from msgspec import Struct

from ...pipeline.call.arguments import override
from ...pipeline.call.deadlines import set_deadline
from ...pipeline.call.request import NOTHING, Request, replace
from ...pipeline.errors import (
    APIError,
    APIResponseValidationError,
    BadRequestError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    SuspendedError,
    UnprocessableEntityError,
)

#: Key of a table of candidates for every model that it does not name.
ANY_MODEL = "*"

_ABOUT_THE_REQUEST = (ContentPolicyViolationError, ContextWindowExceededError)


class Candidate(Struct, frozen=True):
    """A model, what differs for it from the call, and where it was written.

    Attributes:
        model: "provider/model".
        arguments: arguments of completion() that hold for this candidate.
        place: where the caller wrote it, for errors.
    """

    model: str
    arguments: Mapping[str, Any]
    place: str


def read_candidates(given: object, model: str, place: str) -> list[Candidate]:
    """Return the candidates that an argument names for a model, in its order.

    A candidate is a model's name, or a dictionary with `model` and further arguments of
    completion(). The argument is a list of candidates, or a dictionary from model to such a list
    or to one name, with "*" for all other models, or a list of such dictionaries.

    Raises:
        BadRequestError: it is none of this.
    """
    if isinstance(given, str) and given:
        return [Candidate(given, NOTHING, place)]
    if isinstance(given, Mapping):
        return _read_mapping(cast("Mapping[str, Any]", given), model, place)
    if not isinstance(given, list | tuple):
        raise _wrong(place, given)
    found: list[Candidate] = []
    for number, item in enumerate(cast("Sequence[object]", given)):
        where = f"{place}[{number}]"
        if isinstance(item, list | tuple):
            raise _wrong(where, cast("object", item))
        found += read_candidates(item, model, where)
    return found


def _read_mapping(given: Mapping[str, Any], model: str, place: str) -> list[Candidate]:
    name: object = given.get("model")
    if isinstance(name, str) and name:
        arguments = {key: value for key, value in given.items() if key != "model"}
        return [Candidate(name, arguments, place)]
    tables = {key: read_candidates(given[key], model, f"{place}[{key!r}]") for key in given}
    return tables.get(model) or tables.get(ANY_MODEL) or []


def _wrong(place: str, given: object) -> BadRequestError:
    return BadRequestError(
        f"{place}: expected a model's name or a dictionary with model, got {type(given).__name__}",
        param=place.partition("[")[0],
    )


def turn_to(request: Request, candidate: Candidate, clock: Callable[[], float]) -> Request:
    """Return the request as it goes to a candidate.

    The call's key, address and extra headers, body and query were meant for the first model's
    provider. They stay with a candidate of the same provider that has neither key nor address of
    its own; to any other host they are never sent.
    """
    moved = replace(request, model=candidate.model, provider=None)
    stripped = replace(
        moved,
        api_key=None,
        base_url=None,
        api_version=None,
        extra_headers=NOTHING,
        extra_body=NOTHING,
        extra_query=NOTHING,
    )
    turned = override(stripped, candidate.arguments, candidate.place)
    own = turned.api_key is not None or turned.base_url is not None
    if not own and provider_of(turned) == provider_of(request):
        turned = override(moved, candidate.arguments, candidate.place)
    return turned if turned.timeouts is request.timeouts else set_deadline(turned, clock())


def provider_of(request: Request) -> str | None:
    """Return the prefix of a request's provider, None where there is no such provider."""
    try:
        return request.adapter.resolve(request).provider
    except APIError as error:
        return error.provider


def identity_of(request: Request) -> Hashable:
    """Return what tells one candidate from another: its address and its key."""
    return request.model, request.provider, request.base_url, request.api_key


def may_pass_on(error: APIError) -> bool:
    """Tell whether another model may answer what this one did not.

    It may not where the request itself is at fault.
    """
    if isinstance(error, _ABOUT_THE_REQUEST):
        return True
    return not isinstance(error, BadRequestError | UnprocessableEntityError | SuspendedError)


def will_last(error: APIError) -> bool:
    """Tell whether the next call to the same candidate would probably fail as well."""
    if not may_pass_on(error) or isinstance(error, _ABOUT_THE_REQUEST):
        return False
    return error.attempts > 0 and not isinstance(error, APIResponseValidationError)


class Cooldowns:
    """Which candidates are left alone, and for how long."""

    def __init__(self, clock: Callable[[], float] = monotonic, maxsize: int = 1000) -> None:
        self._lock = Lock()
        self._until: TLRUCache[Hashable, float] = TLRUCache(
            maxsize, ttu=lambda _key, seconds, now: now + seconds, timer=clock
        )

    def start(self, candidate: Hashable, seconds: float) -> None:
        """Leave a candidate alone for so long."""
        with self._lock:
            self._until[candidate] = seconds

    def holds(self, candidate: Hashable) -> bool:
        """Tell whether a candidate is to be left alone."""
        with self._lock:
            return candidate in self._until
