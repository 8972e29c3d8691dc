"""The table of providers, and how a model's name finds its provider."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from ...pipeline.call.chat_params import wrong_type
from ...pipeline.call.request import Request
from ...pipeline.errors import BadRequestError, InvalidArgumentError
from ...pipeline.model_names import DEFAULT_PROVIDER, split_model
from ...pipeline.provider_facts import ProviderFacts, publish_facts
from ..provider.row import Provider
from .agents import AGENTS
from .clouds import CLOUDS
from .gateways import GATEWAYS
from .hosts import HOSTS
from .hosts_small import SMALL_HOSTS
from .labs import LABS
from .labs_china import CHINA_LABS
from .labs_small import SMALL_LABS
from .native import NATIVE_ROWS
from .plugins import load_rows
from .servers import SERVERS

if TYPE_CHECKING:
    from .bare_names import BareNames

_providers: dict[str, Provider] = {}
_plugins_lock = Lock()
_plugins_loaded = False
_state = object()


def register_provider(provider: Provider | None = None, /, **fields: Any) -> None:
    """Add a provider to the table, replacing one with the same name.

    A row without a `family` keeps that of the row which it replaces.

    Args:
        provider: the row; alternatively, give its fields by name:
            `register_provider(name="acme", base_url="https://llm.acme.com/v1",
            key_env=["ACME_API_KEY"])`.
        fields: see `Provider`; lists work for its tuples and sets.

    Raises:
        InvalidArgumentError: neither or both are given, a field is unknown, or a value is invalid.
    """
    row = _row(fields) if provider is None else provider
    if provider is not None and fields:
        raise InvalidArgumentError("register_provider: give a Provider or its fields, not both")
    if not isinstance(row, Provider):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise InvalidArgumentError(
            f"register_provider: expected a Provider or its fields by name, got {row!r}"
        )
    prefixes = (row.name, *row.aliases)
    for prefix in prefixes:
        if not prefix or "/" in prefix:
            raise InvalidArgumentError(
                f"register_provider: {prefix!r} cannot be a prefix; expected text without a slash"
            )
    known = _providers.get(row.name)
    if known is not None and not row.family:
        row = structs.replace(row, family=known.family)
    _providers.update(dict.fromkeys(prefixes, row))
    _find_bare_names.cache_clear()
    global _state  # noqa: PLW0603  # one table per process
    _state = object()
    publish_facts(
        prefixes,
        ProviderFacts(
            family=row.family,
            otel_name=row.otel_name or row.name,
            price_name=row.price_name,
            price_rules=row.price_rules,
        ),
    )


def _row(fields: dict[str, Any]) -> Provider:
    unknown = sorted(fields.keys() - set(Provider.__struct_fields__))
    if unknown or "name" not in fields:
        wrong = f"no field {unknown[0]!r} in" if unknown else "name is missing; it is a field of"
        raise InvalidArgumentError(
            f"register_provider: {wrong} a provider: {', '.join(Provider.__struct_fields__)}"
        )
    try:
        return msgspec.convert(fields, Provider)
    except msgspec.ValidationError as error:
        raise InvalidArgumentError(f"register_provider: {error}") from None


def table_state() -> object:
    """Return an object that stays the same until the table changes, for what is remembered."""
    return _state


def list_providers() -> list[Provider]:
    """Return all providers, each once, by name.

    Raises:
        BadRequestError: the rows of an installed package cannot be loaded.
    """
    _load_plugins()
    return sorted(set(_providers.values()), key=lambda provider: provider.name)


def find_provider(name: str) -> Provider:
    """Return a provider by its prefix.

    Raises:
        BadRequestError: the prefix is unknown; the message names similar ones. Or the rows of an
            installed package cannot be loaded.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise wrong_type("custom_llm_provider", "str", name)
    provider = _providers.get(name)
    if provider is None:
        _load_plugins()
        provider = _providers.get(name)
    if provider is not None:
        return provider
    # Imported here because only unknown prefixes need it.
    from difflib import get_close_matches  # noqa: PLC0415

    near = _meant(name) or get_close_matches(name.lower(), _providers, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "`trunkline providers` lists them"
    raise BadRequestError(
        f"unknown provider {name!r}: {hint} "
        "(register_provider() adds one; for an OpenAI model with a slash, write openai/NAME)",
        param="model",
    )


def _meant(name: str) -> list[str]:
    """Return the prefixes of the providers for which people write `name`."""
    name = name.lower()
    meant = [row.name for row in list_providers() if name in row.misspellings]
    return meant + [
        f"{row.name}/{name}/..." for row in list_providers() if f"{name}/" in row.misspellings
    ]


def _load_plugins() -> None:
    """Add the rows of installed packages once; add none of them if one is broken."""
    global _plugins_loaded  # noqa: PLW0603  # one table per process
    with _plugins_lock:
        if _plugins_loaded:
            return
        for row in load_rows(_providers.keys()):
            register_provider(row)
        _plugins_loaded = True


def find_model(model: str, provider: str | None) -> tuple[Provider, str]:
    """Return a model's provider and its name there.

    The prefix ends at the first slash; a name without one belongs to OpenAI. If `provider` is
    given, the model may have its prefix as well.

    Raises:
        BadRequestError: the provider is unknown, nothing follows its prefix, a name without a
            prefix belongs to another provider, or an argument is not a str.
    """
    if not isinstance(model, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise wrong_type("model", '"provider/model"', model)
    prefix, name = split_model(model)
    if provider is not None:
        row = find_provider(provider)
        # The prefix may be one of its aliases.
        return row, name if _providers.get(prefix) is row else model
    if "/" not in model:
        _find_bare_names().check(model)
    row = find_provider(prefix)
    if not name:
        raise BadRequestError(f"model: {model!r} names no model after {prefix!r}", param="model")
    return row, name


def find_requested(request: Request) -> tuple[Provider, str]:
    """Return the provider of a request and its model's name there; see `find_model`.

    At an address that the caller gives, any name is allowed.
    """
    model, provider = request.model, request.provider
    if provider is None and request.base_url is not None and "/" not in model:
        return find_provider(DEFAULT_PROVIDER), model
    return find_model(model, provider)


def spell_model(model: str) -> str:
    """Return a name without a prefix with that of the provider whose models have such names."""
    return model if "/" in model else _find_bare_names().spell(model)


@cache
def _find_bare_names() -> BareNames:
    from .bare_names import BareNames  # noqa: PLC0415  # most names have a prefix

    return BareNames(dict(_providers))


for _kind in (
    LABS,
    CHINA_LABS,
    SMALL_LABS,
    HOSTS,
    SMALL_HOSTS,
    CLOUDS,
    GATEWAYS,
    SERVERS,
    AGENTS,
    NATIVE_ROWS,
):
    for _provider in _kind:
        register_provider(_provider)
