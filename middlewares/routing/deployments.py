"""Read the deployments of a route from a `model_list`."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from msgspec import Struct, field

from ...pipeline.call.arguments import override
from ...pipeline.call.concealed import conceal, unwrap
from ...pipeline.call.deadlines import set_deadline
from ...pipeline.call.request import NOTHING, Request, replace
from ...pipeline.errors import BadRequestError, InvalidArgumentError
from ...pipeline.json_values import as_object
from ...pipeline.secret import plain_url
from ..checked_arguments import check_text_table, is_number
from .state import Quota

_QUOTA_KEYS = ("rpm", "tpm", "max_parallel_requests")
#: Keys of `litellm_params` that the route uses; all others are arguments of completion().
ROUTE_KEYS = frozenset({*_QUOTA_KEYS, "model", "order", "weight"})
_ENTRY_KEYS = ("model_name", "litellm_params", "model_info")
_RETRY_KEYS = ("num_retries", "max_retries")
#: Prefix of an environment variable's name, as in litellm's configuration.
_FROM_ENVIRONMENT = "os.environ/"


class Deployment(Struct, frozen=True, kw_only=True):
    """A model at a provider that serves calls of a group.

    Attributes:
        id: `model_info["id"]`, or generated from names and address; the same in all processes.
        model: "provider/model".
        arguments: arguments of completion(); those of the call take precedence.
        quota: its limits.
        weight: its share of the calls.
        order: deployments with the lowest order are used while one of them is available.
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
    """Return the deployments of each model name, in the order of the list.

    Raises:
        InvalidArgumentError: an entry is incomplete or invalid; the message says where.
    """
    groups: dict[str, list[Deployment]] = {}
    ids: Counter[str] = Counter()
    model_list = list(model_list) if isinstance(model_list, Iterator) else model_list
    check_model_list(model_list)
    for number, entry in enumerate(model_list):
        place = f"model_list[{number}]"
        _check_fields(entry, place)
        name = _text(entry, "model_name", place)
        if "*" in name:
            raise InvalidArgumentError(
                f"{place}.model_name: {name!r} is a pattern, and patterns are not supported; "
                "models without an entry can be called directly"
            )
        deployment = _read_deployment(entry, name, place, ids)
        groups.setdefault(name, []).append(deployment)
    repeated = [name for name, count in ids.items() if count > 1]
    if repeated:
        raise InvalidArgumentError(f"model_list: duplicate id {repeated[0]!r}; IDs must be unique")
    return groups


def _check_fields(entry: Mapping[str, Any], place: str) -> None:
    for name in entry:
        if name not in _ENTRY_KEYS:
            from ...pipeline.near_names import explain_slip  # noqa: PLC0415  # only for this error

            raise InvalidArgumentError(
                f"{place}.{name}: unknown field; {explain_slip(name, _ENTRY_KEYS)}"
            )


def check_model_list(model_list: object) -> None:
    """Check that a list of deployments is a list of dictionaries.

    Raises:
        InvalidArgumentError: it is not.
    """
    kind = _kind(model_list)
    if not isinstance(model_list, Iterable) or isinstance(model_list, str | bytes | Mapping):
        raise InvalidArgumentError(f"model_list: expected a list of dictionaries, got {kind}")
    for number, entry in enumerate(cast("Iterable[object]", model_list)):
        if not isinstance(entry, Mapping):
            raise InvalidArgumentError(
                f"model_list[{number}]: expected a dict, got {type(entry).__name__}"
            )


def _kind(value: object) -> str:
    return type(value).__name__


def _read_deployment(
    entry: Mapping[str, Any], name: str, place: str, ids: Counter[str]
) -> Deployment:
    info = _read_info(entry.get("model_info"), f"{place}.model_info")
    given: object = entry.get("litellm_params")
    if not isinstance(given, Mapping):
        raise InvalidArgumentError(f"{place}.litellm_params: expected a dict with 'model'")
    place = f"{place}.litellm_params"
    params: dict[str, Any] = {}
    for key, value in cast("Mapping[object, Any]", given).items():
        if not isinstance(key, str):
            raise InvalidArgumentError(f"{place}: expected names of arguments, got {key!r}")
        params[key] = _resolve(value, f"{place}.{key}")
    for key in _RETRY_KEYS:
        if params.pop(key, None):
            raise InvalidArgumentError(
                f"{place}.{key}: not supported here; set it on the call or the Router"
            )
    model = _text(params, "model", place)
    arguments = {key: value for key, value in params.items() if key not in ROUTE_KEYS}
    conceal(arguments)
    identity = str(info.get("id") or _identity(name, model, arguments, ids))
    ids[identity] += 1
    order = _number(params, "order", place)
    return Deployment(
        id=identity,
        model=model,
        arguments=arguments,
        quota=Quota(**{key: _count(params, key, place) for key in _QUOTA_KEYS}),
        weight=_number(params, "weight", place),
        order=1 if order is None else int(order),
        info=info,
    )


def _read_info(given: object, place: str) -> Mapping[str, Any]:
    if given is None:
        return NOTHING
    info = as_object(given)
    if info is None:
        raise InvalidArgumentError(f"{place}: expected a dict, got {_kind(given)}")
    from ..prices.model_info import explain_slips  # noqa: PLC0415  # most clients have none

    problem = explain_slips(info)
    if problem is not None:
        raise InvalidArgumentError(f"{place}.{problem}")
    return info


def _resolve(value: Any, place: str) -> Any:
    """Return the environment variable that `os.environ/NAME` names, other values unchanged."""
    if not isinstance(value, str) or not value.startswith(_FROM_ENVIRONMENT):
        return value
    name = value.removeprefix(_FROM_ENVIRONMENT)
    found = os.environ.get(name)
    if not found:
        raise InvalidArgumentError(f"{place}: the environment variable {name} is not set")
    return found


def read_aliases(
    aliases: Mapping[str, str], groups: Mapping[str, list[Deployment]]
) -> dict[str, list[Deployment]]:
    """Return the deployments of each alias, which are those of its group.

    Raises:
        InvalidArgumentError: the group does not exist, or the alias is also the name of a group.
    """
    check_text_table("aliases", aliases)
    for alias, name in aliases.items():
        if name not in groups:
            from ...pipeline.near_names import explain_slip  # noqa: PLC0415  # only for this error

            hint = explain_slip(name, groups)
            raise InvalidArgumentError(f"aliases[{alias!r}]: unknown group {name!r}; {hint}")
        if alias in groups:
            raise InvalidArgumentError(f"aliases[{alias!r}]: already the name of a group")
    return {alias: groups[name] for alias, name in aliases.items()}


def _identity(name: str, model: str, arguments: Mapping[str, Any], ids: Counter[str]) -> str:
    address = arguments.get("base_url") or arguments.get("api_base")
    where = plain_url(str(unwrap(address))) if address else ""
    identity = " ".join(part for part in (name, model, where) if part)
    number = 2
    while identity in ids:
        identity = f"{identity.partition(' #')[0]} #{number}"
        number += 1
    return identity


def _text(entry: Mapping[str, Any], name: str, place: str) -> str:
    value: object = entry.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidArgumentError(f"{place}.{name}: expected a non-empty str, got {value!r}")
    return value


def _number(params: Mapping[str, Any], name: str, place: str) -> float | None:
    value: object = params.get(name)
    if value is None:
        return None
    if not is_number(value) or not 0 <= value < math.inf:
        raise InvalidArgumentError(f"{place}.{name}: expected a number of 0 or more, got {value!r}")
    return value


def _count(params: Mapping[str, Any], name: str, place: str) -> int | None:
    value = _number(params, name, place)
    if value is None or value >= 1:
        return None if value is None else int(value)
    raise InvalidArgumentError(f"{place}.{name}: expected a number of 1 or more, got {value!r}")


def deployment_request(
    request: Request, deployment: Deployment, retries: int, now: float
) -> Request:
    """Return the request to send to a deployment; the call's arguments take precedence.

    Raises:
        BadRequestError: the call has a key or an address, which could go to any deployment.
    """
    for name in ("api_key", "base_url"):
        if getattr(request, name) is not None:
            raise BadRequestError(
                f"{name}: remove it, because each deployment of {request.model!r} has its own",
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
