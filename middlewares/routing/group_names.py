"""Refuse model names that are neither those of groups nor of a provider's models."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import cast

from ...pipeline.call.request import Request
from ...pipeline.errors import APIError, BadRequestError
from ...pipeline.model_names import DEFAULT_PROVIDER
from ...pipeline.provider_facts import facts_of
from .candidates import Candidate

_MOST_NAMES = 10


def check_name(request: Request, groups: Collection[str]) -> None:
    """Refuse a name without a prefix that is not a group, unless the caller says where it goes.

    Raises:
        BadRequestError: the name does not look like a model of the default provider either.
    """
    if request.provider is not None or request.base_url is not None:
        return
    problem = explain_name(request.model, groups)
    if problem is not None:
        raise BadRequestError(f"model: {problem}", param="model", model=request.model)


def check_candidates(named: Iterable[tuple[Candidate, Request]], layers: Iterable[object]) -> None:
    """Refuse candidates whose models cannot be called; a missing key is allowed.

    `named` has each candidate with the request to it, and `layers` are those inside.

    Raises:
        BadRequestError: a provider is unknown, or a name without a prefix is not a group.
    """
    groups = groups_of(layers)
    for candidate, request in named:
        try:
            _check(request, groups)
        except BadRequestError as error:
            if error.param == "model":
                place, said = candidate.place, error.message.removeprefix("model: ")
                name = place.partition("[")[0]
                raise BadRequestError(f"{place}: {said}", param=name) from None
        except APIError:
            # The call to the candidate says so.
            continue


def check_sources(
    named: Iterable[tuple[str, str]], request: Request, layers: Iterable[object]
) -> None:
    """Refuse models with candidates of their own that are nearly groups; see `named_models`.

    Raises:
        BadRequestError: a name without a prefix is not a group.
    """
    groups = groups_of(layers)
    if not groups:
        return
    for name, place in named:
        if "/" not in name and name not in groups and name != request.model:
            problem = explain_name(name, groups)
            if problem is not None:
                raise BadRequestError(f"{place}: {problem}", param=place.partition("[")[0])


def _check(request: Request, groups: Collection[str]) -> None:
    if request.model not in groups:
        if groups and "/" not in request.model:
            check_name(request, groups)
        request.adapter.resolve(request)


def groups_of(layers: Iterable[object]) -> list[str]:
    """Return the names for which layers have deployments."""
    return [
        name for layer in layers for name in cast("Iterable[str]", getattr(layer, "groups", ()))
    ]


def explain_name(name: str, groups: Collection[str]) -> str | None:
    """Return why a name without a prefix cannot be called; None for the default provider's."""
    if re.search(facts_of(DEFAULT_PROVIDER).family, name.lower()):
        return None
    # Imported here because only wrong names need it.
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(name, groups, n=3)
    if near:
        hint = f"did you mean {' or '.join(map(repr, near))}?"
    else:
        shown = ", ".join(map(repr, list(groups)[:_MOST_NAMES]))
        hint = f"the groups are {shown}{', ...' if len(groups) > _MOST_NAMES else ''};"
    return f"{name!r} is not a group: {hint} call any other model as PROVIDER/MODEL"
