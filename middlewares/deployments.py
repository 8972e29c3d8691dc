"""The deployments of a route, read from a `model_list`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, cast

from msgspec import Struct, field

from ..pipeline.arguments import override
from ..pipeline.errors import BadRequestError
from ..pipeline.port import Secret
from ..pipeline.request import Request, replace
from .deadline import set_deadline
from .route_state import Quota

#: What of `litellm_params` is the route's own; the rest are arguments of completion().
_QUOTA = ("rpm", "tpm", "max_parallel_requests")
_OWN = frozenset({*_QUOTA, "model", "order", "weight"})


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
    params = dict(cast("Mapping[str, Any]", given))
    place = f"{place}.litellm_params"
    model = _text(params, "model", place)
    arguments = {key: value for key, value in params.items() if key not in _OWN}
    if isinstance(arguments.get("api_key"), str):
        arguments["api_key"] = Secret(arguments["api_key"].strip())
    info: Mapping[str, Any] = entry.get("model_info") or {}
    identity = str(info.get("id") or _identity(name, model, arguments, ids))
    ids[identity] += 1
    return Deployment(
        id=identity,
        model=model,
        arguments=arguments,
        quota=Quota(**{key: _count(params, key, place) for key in _QUOTA}),
        weight=_number(params, "weight", place),
        order=int(_number(params, "order", place) or 1),
        info=info,
    )


def _identity(name: str, model: str, arguments: Mapping[str, Any], ids: Counter[str]) -> str:
    address = arguments.get("base_url") or arguments.get("api_base") or ""
    identity = " ".join(part for part in (name, model, str(address).partition("?")[0]) if part)
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
    return set_deadline(turned, now) if "timeout" in deployment.arguments else turned
