"""Fallback candidates: reading them, turning requests to them, and their cooldowns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any, cast

from cachetools import LRUCache, TLRUCache
from msgspec import Struct

from ...pipeline.call.arguments import override
from ...pipeline.call.concealed import conceal
from ...pipeline.call.deadlines import set_deadline
from ...pipeline.call.request import NOTHING, Request, provider_of, replace, without_access
from ...pipeline.errors import (
    APIError,
    APIResponseValidationError,
    BadRequestError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    SuspendedError,
    UnprocessableEntityError,
)
from ...pipeline.model_names import DEFAULT_PROVIDER, split_model

#: Key for every model that a dictionary of candidates does not name.
ANY_MODEL = "*"

# What people write for the key `model` of a candidate.
_FOR_MODEL = frozenset({"deployment", "engine", "id", "model_id", "model_name", "models", "name"})

_ABOUT_THE_REQUEST = (ContentPolicyViolationError, ContextWindowExceededError)


class Candidate(Struct, frozen=True):
    """A model to fall back to, with its own arguments.

    Attributes:
        model: "provider/model".
        arguments: arguments of completion() for this candidate.
        place: where it is in the caller's arguments, for error messages.
    """

    model: str
    arguments: Mapping[str, Any]
    place: str


def read_candidates(given: object, model: str | None, place: str) -> list[Candidate]:
    """Return the candidates that an argument names for a model, in order.

    A candidate is a model's name, or a dictionary with `model` and further arguments of
    completion(). The argument is a list of candidates, a dictionary from model to such a list or
    to one name, with "*" for all other models, or a list of such dictionaries; "gpt-4o" and
    "openai/gpt-4o" are one model. If `model` is None, the candidates of all models are returned.

    Raises:
        BadRequestError: the argument has another form, or a key of a dictionary is not the name of
            a model but a slip of "model".
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
        if isinstance(item, list | tuple) or item == {}:
            raise _wrong(where, cast("object", item))
        found += read_candidates(item, model, where)
    return found


def _read_mapping(given: Mapping[str, Any], model: str | None, place: str) -> list[Candidate]:
    if "model" in given:
        name: object = given["model"]
        if not isinstance(name, str) or not name:
            raise _wrong(f"{place}['model']", name, "a model name")
        for key in given:
            if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
                raise _wrong(f"{place}[{key!r}]", key, "the name of an argument as key")
        arguments = {key: value for key, value in given.items() if key != "model"}
        conceal(arguments)
        return [Candidate(name, arguments, place)]
    for key in given:
        if key != model:
            _check_key(key, given[key], place)
    tables = {key: read_candidates(given[key], model, f"{place}[{key!r}]") for key in given}
    if model is None:
        return [candidate for table in tables.values() for candidate in table]
    return tables.get(model) or tables.get(_other_form(model)) or tables.get(ANY_MODEL) or []


def _other_form(model: str) -> str:
    """Return a model's name without the prefix of the default provider, or with it."""
    provider, name = split_model(model)
    if provider != DEFAULT_PROVIDER:
        return model
    return name if "/" in model else f"{DEFAULT_PROVIDER}/{model}"


def _check_key(key: object, value: object, place: str) -> None:
    """Refuse a key of a dictionary without `model` that cannot be the name of a model.

    Raises:
        BadRequestError: it cannot.
    """
    if not isinstance(key, str):
        raise _wrong(f"{place}[{key!r}]", key, "the name of a model as key")
    if key.lower() in _FOR_MODEL or (isinstance(value, str) and _is_near_model(key)):
        raise BadRequestError(
            f"{place}[{key!r}]: not the name of a model; did you mean 'model'?",
            param=place.partition("[")[0],
        )


@lru_cache(maxsize=256)
def _is_near_model(key: str) -> bool:
    """Return whether a key is `model` with a wrong letter; "model-a" may be the name of a group.

    With a list, even "modal" is the name of a group: a model is named by a str.
    """
    from ...pipeline.near_names import find_near  # noqa: PLC0415  # few fallbacks are tables

    return len(key) <= len("model") and find_near(key, ("model",)) is not None


def named_models(given: object, place: str) -> Iterator[tuple[str, str]]:
    """Yield the models that have their own candidates in an argument, with their places.

    "*", which names none, is left out. The argument was read with `read_candidates`.
    """
    if isinstance(given, list | tuple):
        for number, item in enumerate(cast("Sequence[object]", given)):
            yield from named_models(item, f"{place}[{number}]")
    elif isinstance(given, Mapping):
        table = cast("Mapping[str, Any]", given)
        if "model" not in table:
            yield from ((key, f"{place}[{key!r}]") for key in table if key != ANY_MODEL)


def rename_candidates(given: object, names: Mapping[str, str]) -> object:
    """Return an argument for `read_candidates` with other names for some models."""
    if isinstance(given, str):
        return names.get(given, given)
    if isinstance(given, list | tuple):
        return [rename_candidates(item, names) for item in cast("Sequence[object]", given)]
    if not isinstance(given, Mapping):
        return given
    table = cast("Mapping[str, object]", given)
    model = table.get("model")
    if isinstance(model, str):
        return {**table, "model": names.get(model, model)}
    return {names.get(key, key): rename_candidates(table[key], names) for key in table}


def _wrong(
    place: str, given: object, wanted: str = "a model name or a dict with 'model'"
) -> BadRequestError:
    kind = f"an empty {type(given).__name__}" if given in ("", {}) else type(given).__name__
    return BadRequestError(
        f"{place}: expected {wanted}, got {kind}",
        param=place.partition("[")[0],
    )


def request_for(candidate: Candidate, request: Request, clock: Callable[[], float]) -> Request:
    """Return the request to send to a candidate.

    The call's key, address and extra headers, body and query are meant for the first model's
    provider. A candidate of the same provider that has neither its own key nor address also gets
    them; they are never sent to another host.
    """
    first = request.instead_of or request
    moved = replace(request, model=candidate.model, provider=None, instead_of=first)
    turned = override(without_access(moved), candidate.arguments, candidate.place)
    has_own_access = turned.api_key is not None or turned.base_url is not None
    if not has_own_access and provider_of(turned) == provider_of(request):
        turned = override(moved, candidate.arguments, candidate.place)
    if turned.timeouts is not request.timeouts:
        turned = set_deadline(turned, clock())
    # The same again is not a fallback.
    same = replace(turned, instead_of=request.instead_of) == request
    return request if same else turned


def cooldown_key(request: Request) -> Hashable:
    """Return what distinguishes candidates: model, provider, address and API key."""
    return request.model, request.provider, request.base_url, request.api_key


def may_try_another(error: APIError) -> bool:
    """Return whether another model may succeed after this error; not if the request is invalid."""
    if isinstance(error, _ABOUT_THE_REQUEST):
        return True
    return not isinstance(error, BadRequestError | UnprocessableEntityError | SuspendedError)


def needs_cooldown(error: APIError) -> bool:
    """Return whether the next call to the same candidate would probably fail as well."""
    if not may_try_another(error) or isinstance(error, _ABOUT_THE_REQUEST):
        return False
    return error.attempts > 0 and not isinstance(error, APIResponseValidationError)


class Cooldowns:
    """The candidates in cooldown, for how long, and how often each failed in this minute."""

    def __init__(self, clock: Callable[[], float] = monotonic, maxsize: int = 1000) -> None:
        self._lock = Lock()
        self._clock = clock
        self._fails: LRUCache[tuple[Hashable, float], int] = LRUCache(maxsize)
        self._until: TLRUCache[Hashable, float] = TLRUCache(
            maxsize, ttu=lambda _key, seconds, now: now + seconds, timer=clock
        )

    def start(self, candidate: Hashable, seconds: float) -> None:
        """Put a candidate into cooldown for so many seconds."""
        with self._lock:
            self._until[candidate] = seconds

    def count_failure(self, candidate: Hashable) -> int:
        """Count a failure, and return how many there are in this minute of the clock."""
        with self._lock:
            key = candidate, self._clock() // 60
            self._fails[key] = found = self._fails.get(key, 0) + 1
            return found

    def is_cooling(self, candidate: Hashable) -> bool:
        """Return whether a candidate is in cooldown."""
        with self._lock:
            return candidate in self._until
