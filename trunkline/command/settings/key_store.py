"""Providers' keys: from the environment, the configuration file, or the system's key ring."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from ...adapters.provider.row import Provider
from ...adapters.table.table import find_model, find_provider
from ...pipeline.errors import BadRequestError
from ...pipeline.secret import Secret
from ..mistakes import MistakeError
from .config_file import Config

SERVICE = "trunkline"


class FoundKey(NamedTuple):
    """A provider's key, and where it was found."""

    secret: Secret
    place: str


def provide_keys(models: Iterable[str], config: Config) -> None:
    """Set the variables of keys that models need and that the environment does not have.

    The environment takes precedence, then the configuration file, then the key ring.

    Raises:
        MistakeError: the configuration file has the key of an unknown provider.
    """
    kept = _configured(config)
    for model in models:
        try:
            provider, _ = find_model(model, None)
        except BadRequestError:
            # The call says what is wrong.
            continue
        if not provider.key_env or any(map(os.environ.get, provider.key_env)):
            continue
        secret = kept.get(provider.name) or read_key_ring(provider.name)
        if secret is not None:
            os.environ[provider.key_env[0]] = secret.reveal()


def find_keys(providers: Iterable[Provider], config: Config) -> dict[str, FoundKey]:
    """Return the providers' keys that are set, by the providers' names."""
    kept = _configured(config)
    found: dict[str, FoundKey] = {}
    for provider in providers:
        variable = next((name for name in provider.key_env if os.environ.get(name)), None)
        if variable is not None:
            found[provider.name] = FoundKey(Secret(os.environ[variable]), f"${variable}")
        elif provider.name in kept:
            found[provider.name] = FoundKey(kept[provider.name], "configuration file")
        elif provider.key_env and (secret := read_key_ring(provider.name)) is not None:
            found[provider.name] = FoundKey(secret, "key ring")
    return found


def _configured(config: Config) -> dict[str, Secret]:
    kept: dict[str, Secret] = {}
    for name, secret in config.keys.items():
        try:
            kept[find_provider(name).name] = secret
        except BadRequestError as error:
            raise MistakeError(f"keys.{name} in the configuration file: {error.message}") from None
    return kept


@cache
def has_key_ring() -> bool:
    """Return whether the extra `keyring` is installed and this system has a key ring."""
    if importlib.util.find_spec("keyring") is None:
        return False
    import keyring  # noqa: PLC0415  # an extra
    from keyring.backends import fail, null  # noqa: PLC0415

    try:
        found = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001  # such as a setting that names no backend
        print(f"trunkline: the key ring cannot be used: {error}", file=sys.stderr)
        return False
    return not isinstance(found, fail.Keyring | null.Keyring)


def read_key_ring(provider: str) -> Secret | None:
    """Return a provider's key from the key ring, None if there is none."""
    if not has_key_ring():
        return None
    import keyring  # noqa: PLC0415  # an extra
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        value = keyring.get_password(SERVICE, provider)
    except KeyringError as error:
        print(f"trunkline: the key ring cannot be read: {error}", file=sys.stderr)
        return None
    return Secret(value) if value else None


def write_key_ring(provider: str, secret: Secret | None) -> bool:
    """Set a provider's key in the key ring, or remove it; return whether that changed anything.

    Raises:
        ImportError: the extra `keyring` is not installed.
        MistakeError: the key ring cannot be changed.
    """
    if importlib.util.find_spec("keyring") is None:
        raise ImportError("a key ring needs keyring: pip install 'trunkline[keyring]'")
    import keyring  # noqa: PLC0415  # an extra
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        if secret is not None:
            keyring.set_password(SERVICE, provider, secret.reveal())
        elif keyring.get_password(SERVICE, provider) is None:
            return False
        else:
            keyring.delete_password(SERVICE, provider)
    except KeyringError as error:
        raise MistakeError(f"the key ring cannot be changed: {error}") from None
    return True
