"""`trunkline keys`: keep providers' keys in the key ring or the configuration file."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Sequence

from ..adapters.provider.row import Provider
from ..adapters.table.table import find_provider, list_providers
from ..pipeline.errors import BadRequestError
from ..pipeline.secret import Secret
from .config import change_config
from .mistakes import MistakeError
from .settings.config_file import load_config
from .settings.key_store import find_keys, has_key_ring, write_key_ring
from .settings.paths import config_path
from .terminal.tables import print_table

_EPILOG = """\
A variable of the environment takes precedence over the configuration file, and
that over the key ring. The key is read from the terminal without showing it, or
from standard input. Keys are never shown, and sent to their provider only.
"""
# No provider's name is longer; keys are.
_LONGEST_NAME = 30


def run(argv: Sequence[str]) -> int:
    """Run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="trunkline keys",
        description="Keep providers' keys in the system's key ring (the extra keyring), or in the\n"
        "configuration file, which only you can read then.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    setting = actions.add_parser("set", help="set the key of a provider")
    setting.add_argument("provider", metavar="PROVIDER")
    place = setting.add_mutually_exclusive_group()
    place.add_argument("--keyring", action="store_true", help="put it into the key ring")
    place.add_argument("--file", action="store_true", help="put it into the configuration file")
    actions.add_parser("list", help="list which providers have a key, and where it is")
    removing = actions.add_parser("remove", help="remove the key of a provider")
    removing.add_argument("provider", metavar="PROVIDER")
    options, rest = parser.parse_known_args(argv)
    if rest:
        # They are not shown: one may be a key.
        parser.error("too many arguments; a key is typed, or read from standard input")
    if options.action == "list":
        return _list()
    provider = _find(options.provider)
    if options.action == "remove":
        return _remove(provider)
    in_ring: bool = options.keyring or (not options.file and has_key_ring())
    return _set(provider, in_ring=in_ring)


def _find(name: str) -> Provider:
    if len(name) > _LONGEST_NAME:
        # It may be a key, which is never shown.
        raise MistakeError("keys: expected a provider, such as openai")
    try:
        provider = find_provider(name)
    except BadRequestError as error:
        raise MistakeError(f"keys: {error.message}") from None
    if not provider.key_env:
        raise MistakeError(f"keys: {provider.title} needs no key; see {provider.docs}")
    return provider


def _set(provider: Provider, *, in_ring: bool) -> int:
    secret = _read_key(provider)
    if in_ring:
        write_key_ring(provider.name, secret)
        # An older key in the file would take precedence.
        _remove_from_file(provider)
        place = "the key ring"
    else:
        path = config_path()
        change_config(path, ("keys", provider.name), secret.reveal())
        place = str(path)
    print(f"The key of {provider.title} is in {place}.")
    variable = next(filter(os.environ.get, provider.key_env), None)
    if variable is not None:
        print(f"trunkline: {variable} is set, and takes precedence over it", file=sys.stderr)
    return 0


def _read_key(provider: Provider) -> Secret:
    if sys.stdin.isatty():
        try:
            text = getpass.getpass(f"Key of {provider.title}: ")
        except (EOFError, UnicodeDecodeError):
            text = ""
    else:
        text = sys.stdin.readline()
    key = text.strip()
    if not key or not key.isprintable() or " " in key:
        raise MistakeError("keys: expected a key, in one line and without spaces")
    return Secret(key)


def _list() -> int:
    found = find_keys(list_providers(), load_config())
    rows = [(name, key.place) for name, key in sorted(found.items())]
    if rows:
        print_table(("PROVIDER", "KEY IS IN"), rows)
    else:
        print("There are no keys yet. Set one with: trunkline keys set PROVIDER")
    return 0


def _remove(provider: Provider) -> int:
    removed = _remove_from_file(provider)
    in_ring = has_key_ring() and write_key_ring(provider.name, None)
    if not removed and not in_ring:
        raise MistakeError(f"keys: no key of {provider.title} is kept")
    print(f"The key of {provider.title} is removed.")
    return 0


def _remove_from_file(provider: Provider) -> bool:
    """Remove a provider's key from the configuration file; return whether there was one."""
    config = load_config()
    names = [name for name in config.keys if find_provider(name).name == provider.name]
    for name in names:
        change_config(config_path(), ("keys", name), None)
    return bool(names)
