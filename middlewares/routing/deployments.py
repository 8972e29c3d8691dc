"""The deployments of a route, read from a `model_list`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, cast

from msgspec import Struct, field

from ...pipeline.call.arguments import override
from ...pipeline.call.deadlines import set_deadline
from ...pipeline.call.request import Request, replace
from ...pipeline.errors import BadRequestError
from ...pipeline.secret import Secret, plain_url
from .state import Quota

#: What of `litellm_params` is the route's own; the rest are arguments of completion().
_QUOTA = ("rpm", "tpm", "max_parallel_requests")
_OWN = frozenset({*_QUOTA, "model", "order", "weight"})
_ENTRY = ("model_name", "litellm_params", "model_info")
_RETRIES = ("num_retries", "max_retries")
#: Before the name of a variable that holds a value, as in litellm's configuration.
_FROM_ENVIRONMENT = "os.environ/"


class Deployment(Struct, frozen=True, kw_only=True):
    """One place where a model can be asked.

    Attributes:
        id: `model_info["id"]`, or made of names and address; the same in all processes.
        model: "provider/model".
        arguments: arguments of completion() that hold for it, where the call has none.
        quota: its limits.
        weight: its share of the calls.
        order: those with the lowest are asked while one of them is ready.
        info: `model_info`.
    """

    id: str
    model: str
    arguments: Mapping[str, Any]
    quota: Quota
    weight: float | None = None
    order: int = 1
    info: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        return f"Deployment({self.id!r})"


def read_model_list(model_list: Iterable[Mapping[str, Any]]) -> dict[str, list[Deployment]]:
    """Return the deployments of each model name, in the list's order.

    Raises:
        ValueError: an entry lacks something or has what cannot be right; the text says where.
    """
    groups: dict[str, list[Deployment]] = {}
    ids: Counter[str] = Counter()
    for number, entry in enumerate(model_list):
        place = f"model_list[{number}]"
        name = _text(entry, "model_name", place)
        if "*" in name:
            raise ValueError(
                f"{place}.model_name: {name!r} is a pattern, which is not supported; a model that "
                "is in no group is called without one"
            )
        for field_name in entry:
            if field_name not in _ENTRY:
                raise ValueError(
                    f"{place}.{field_name}: no such field; there are {', '.join(_ENTRY)}"
                )
        deployment = _read_deployment(entry, name, place, ids)
        groups.setdefault(name, []).append(deployment)
    repeated = [name for name, count in ids.items() if count > 1]
    if repeated:
        raise ValueError(f"model_list: id {repeated[0]!r} is given twice")
    return groups


def _read_deployment(
    entry: Mapping[str, Any], name: str, place: str, ids: Counter[str]
) -> Deployment:
    given: object = entry.get("litellm_params")
    if not isinstance(given, Mapping):
        raise ValueError(f"{place}.litellm_params: expected a dictionary with model")  # noqa: TRY004  # as for all else that a list may have wrong
    place = f"{place}.litellm_params"
    params = {
        key: _resolve(value, f"{place}.{key}")
        for key, value in cast("Mapping[str, Any]", given).items()
    }
    for key in _RETRIES:
        if params.pop(key, None):
            raise ValueError(f"{place}.{key}: the retries are those of the call or of the Router")
    model = _text(params, "model", place)
    arguments = {key: value for key, value in params.items() if key not in _OWN}
    if isinstance(arguments.get("api_key"), str):
        arguments["api_key"] = Secret(arguments["api_key"].strip())
    info: Mapping[str, Any] = entry.get("model_info") or {}
    identity = str(info.get("id") or _identity(name, model, arguments, ids))
    ids[identity] += 1
    order = _number(params, "order", place)
    return Deployment(
        id=identity,
        model=model,
        arguments=arguments,
        quota=Quota(**{key: _count(params, key, place) for key in _QUOTA}),
        weight=_number(params, "weight", place),
        order=1 if order is None else int(order),
        info=info,
    )


def _resolve(value: Any, place: str) -> Any:
    """Return the value of the variable that `os.environ/NAME` names, others as they are."""
    if not isinstance(value, str) or not value.startswith(_FROM_ENVIRONMENT):
        return value
    name = value.removeprefix(_FROM_ENVIRONMENT)
    found = os.environ.get(name)
    if not found:
        raise ValueError(f"{place}: the environment variable {name} is not set")
    return found


def read_aliases(
    aliases: Mapping[str, str], groups: Mapping[str, list[Deployment]]
) -> dict[str, list[Deployment]]:
    """Return the deployments of each alias, which are those of the group that it stands for.

    Raises:
        ValueError: there is no such group, or a group has that name.
    """
    for alias, name in aliases.items():
        if name not in groups:
            raise ValueError(f"aliases[{alias!r}]: there is no group {name!r}")
        if alias in groups:
            raise ValueError(f"aliases[{alias!r}]: a group has that name")
    return {alias: groups[name] for alias, name in aliases.items()}


def _identity(name: str, model: str, arguments: Mapping[str, Any], ids: Counter[str]) -> str:
    address = arguments.get("base_url") or arguments.get("api_base")
    where = plain_url(str(address)) if address else ""
    identity = " ".join(part for part in (name, model, where) if part)
    number = 2
    while identity in ids:
        identity = f"{identity.partition(' #')[0]} #{number}"
        number += 1
    return identity


def _text(entry: Mapping[str, Any], name: str, place: str) -> str:
    value: object = entry.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place}.{name}: expected a name, got {value!r}")
    return value


def _number(params: Mapping[str, Any], name: str, place: str) -> float | None:
    value: object = params.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{place}.{name}: expected a number of 0 or more, got {value!r}")
    return value


def _count(params: Mapping[str, Any], name: str, place: str) -> int | None:
    value = _number(params, name, place)
    if value is None or value >= 1:
        return None if value is None else int(value)
    raise ValueError(f"{place}.{name}: expected 1 or more, got {value!r}")


def turn_to_deployment(
    request: Request, deployment: Deployment, retries: int, now: float
) -> Request:
    """Return the request as it goes to a deployment; what the call says goes before its own.

    Raises:
        BadRequestError: the call brings a key or an address, which would go to any deployment.
    """
    for name in ("api_key", "base_url"):
        if getattr(request, name) is not None:
            raise BadRequestError(
                f"{name}: the deployments of {request.model!r} have their own; leave it out",
                param=name,
            )
    base = replace(request, model=deployment.model, provider=None)
    turned = override(base, deployment.arguments, f"deployment {deployment.id!r}")
    turned = replace(
        turned,
        params={**turned.params, **request.params},
        options={**turned.options, **request.options, "num_retries": retries},
        extra_headers={**turned.extra_headers, **request.extra_headers},
        extra_body={**turned.extra_body, **request.extra_body},
        extra_query={**turned.extra_query, **request.extra_query},
    )
    return turned if turned.timeouts is request.timeouts else set_deadline(turned, now)
