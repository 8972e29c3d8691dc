"""What requests may contain, and which models are served: in this process, and over a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..adapters.table.endpoint import address_arguments
from ..adapters.table.table import list_providers
from ..clients.client import Client
from ..pipeline.errors import APIError, BadRequestError, NotFoundError
from ..pipeline.json_values import JSON, as_array, as_object
from .exchange import Received
from .remedies import explain_to_clients
from .writers import Dialect


class Policy(Protocol):
    """Decides about requests; each method gets what it needs to decide."""

    def check(self, dialect: Dialect, fields: JSON) -> None:
        """Raise an error if a request's body has a field that it must not have."""
        ...

    def defaults(self, received: Received) -> JSON:
        """Return arguments of completion() that a request's own take precedence over."""
        ...

    def carried(self, received: Received) -> Mapping[str, Mapping[str, Any]]:
        """Return what goes to the provider in addition to the body, by argument of completion()."""
        ...

    def notes(self, received: Received) -> JSON:
        """Return metadata that the request cannot change."""
        ...

    def admit(self, client: Client, arguments: JSON) -> None:
        """Raise an error if a call's model is not served."""
        ...

    def headers(self, dialect: Dialect, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return those of a response's headers that are sent."""
        ...

    def explain(self, error: APIError) -> str:
        """Return an error's message for the client."""
        ...

    @property
    def models(self) -> tuple[str, ...] | None:
        """The models that are served, None for all."""
        ...


#: Arguments that say where a call goes or with which credentials, or that may contain such.
_NEVER = frozenset(
    {
        "api_version",
        "client",
        "custom_llm_provider",
        "extra_body",
        "extra_headers",
        "extra_query",
        "headers",
        "litellm_metadata",
        "middlewares",
        "model_list",
    }
)
# Words in the names of addresses and credentials, those of providers' own parameters included.
_WORDS = (
    "account|address|api_base|api_key|auth|authorization|base|base_url|bearer|cert|certificate|"
    "cookie|credential|credentials|domain|endpoint|host|hostname|key|location|passwd|password|"
    "port|private|profile|project|proxy|region|role|secret|session|tenant|token|uri|url|user_id|"
    "username|workspace"
)
_SENSITIVE = re.compile(rf"(?:^|[_-])(?:{_WORDS})(?:$|[_-])", re.IGNORECASE)
# Names that look like that, and are not.
_HARMLESS = frozenset(
    {"allow_private_urls", "context_window_fallback_dict", "max_tokens", "prompt_cache_key"}
)


def can_be_allowed(name: str) -> bool:
    """Return whether a configuration may allow an argument; no address or credential."""
    if name in _HARMLESS:
        return True
    if name in _NEVER or _SENSITIVE.search(name) is not None:
        return False
    return not any(name in address_arguments(provider) for provider in list_providers())


class Network:
    """For requests from anywhere: they may contain their API's own parameters only.

    Args:
        allowed: names of further arguments that requests may contain.
        models: the models that are served; None serves every "provider/model".

    Raises:
        ValueError: an address or a credential can never be allowed.
    """

    def __init__(self, allowed: Iterable[str] = (), models: Iterable[str] | None = None) -> None:
        self._allowed = frozenset(allowed)
        self.models: tuple[str, ...] | None = None if models is None else tuple(models)
        for name in sorted(self._allowed):
            if not can_be_allowed(name):
                raise ValueError(f"{name}: addresses and credentials cannot be allowed")

    def check(self, dialect: Dialect, fields: JSON) -> None:
        """Raise an error for a field that is not the API's own and is not allowed.

        Raises:
            BadRequestError: there is such a field, even inside one that is allowed.
        """
        if fields.keys() <= dialect.params:
            return
        for name, value in fields.items():
            if name in dialect.params:
                continue
            if name not in self._allowed:
                remedy = "the server's configuration would have to allow it"
                if not can_be_allowed(name):
                    remedy = "addresses and credentials cannot come with a request"
                raise BadRequestError(
                    f"{name}: not a parameter of this API; {remedy}",
                    code="unknown_parameter",
                    param=name,
                )
            _check_inside(value, name)

    def defaults(self, received: Received) -> JSON:  # noqa: ARG002  # the protocol's
        """Return nothing: the client's own settings apply."""
        return {}

    def carried(self, received: Received) -> Mapping[str, Mapping[str, Any]]:  # noqa: ARG002
        """Return nothing: headers and query are between the client and this server."""
        return {}

    def notes(self, received: Received) -> JSON:
        """Return the name of the key that the client has shown."""
        return {} if received.account is None else {"key": received.account}

    def admit(self, client: Client, arguments: JSON) -> None:  # noqa: ARG002  # the protocol's
        """Raise an error if a model, or a fallback that a request names, is not served.

        Raises:
            NotFoundError: it is not among `models`.
            BadRequestError: its name is an address or a file of the server.
        """
        for name in _named_models(arguments):
            if not isinstance(name, str):
                # The chain refuses it.
                continue
            if self.models is None:
                _check_name(name)
            elif name not in self.models:
                raise NotFoundError(
                    f"model: {name!r} is not served here; GET /v1/models lists the models",
                    model=name,
                    code="model_not_found",
                    param="model",
                )

    def headers(self, dialect: Dialect, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return ids, rate limits, and trunkline's own headers."""
        return {
            name: value
            for name, value in headers.items()
            if name in (dialect.id_header, "retry-after", "retry-after-ms")
            or name.startswith(("x-trunkline-", "x-ratelimit-", "anthropic-ratelimit-"))
        }

    def explain(self, error: APIError) -> str:
        """Return the message with remedies that requests or the server's operator have."""
        return error.message if "drop_params" in self._allowed else explain_to_clients(error)


def _check_inside(value: object, path: str) -> None:
    """Raise an error if an allowed argument contains an address or a credential."""
    for number, item in enumerate(as_array(value) or ()):
        _check_inside(item, f"{path}[{number}]")
    for name, item in (as_object(value) or {}).items():
        if not can_be_allowed(name):
            raise BadRequestError(
                f"{path}.{name}: addresses and credentials cannot come with a request",
                code="unknown_parameter",
                param=path,
            )
        _check_inside(item, f"{path}.{name}")


def _check_name(name: str) -> None:
    """Raise an error if a model's name says where to send a call, or which file to load."""
    _, _, model = name.partition("/")
    if "://" in name or model.startswith(("/", ".", "~")) or "\\" in name:
        raise BadRequestError(
            "model: addresses and files of the server cannot come with a request",
            code="unknown_parameter",
            param="model",
        )


_FALLBACKS = ("fallbacks", "context_window_fallback_dict", "content_policy_fallbacks")


def _named_models(arguments: JSON) -> Iterable[object]:
    """Yield the models of a call: its own, and those of its fallbacks."""
    yield arguments.get("model")
    for name in _FALLBACKS:
        yield from _candidates(arguments.get(name))


def _candidates(value: object) -> Iterable[object]:
    if isinstance(value, str):
        yield value
    for item in as_array(value) or ():
        yield from _candidates(item)
    fields = as_object(value) or {}
    if "model" in fields:
        yield fields["model"]
        return
    for item in fields.values():
        yield from _candidates(item)
