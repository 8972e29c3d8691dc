"""The command `trunkline serve`.

Exit codes: 0 stopped by a signal, 1 an extra is missing, 2 a mistake in the arguments or in the
configuration. Nothing was started after 1 and 2.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from msgspec.structs import replace

from ..command.arguments import parse_arguments
from .checks import check_config
from .config import Config
from .mistakes import ConfigError, Mistake, config_error, read_config

_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def serve(argv: Sequence[str]) -> int:
    """Run the command with its arguments, and return its exit code.

    Raises:
        ImportError: an extra is missing.
    """
    options = parse_arguments(_parser(), argv)
    _need_extra()
    try:
        config = _read(options)
        keys = {name: os.environ[key.env].strip() for name, key in config.keys.items()}
        listening = _listen(config)
        _log_to_stderr()
        _run(config, keys, listening)
    except (ConfigError, ValueError) as error:
        sys.stderr.write(f"trunkline serve: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trunkline serve",
        description="Serve OpenAI's and Anthropic's APIs, with all providers behind them.",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="a TOML file; see docs/serve.md"
    )
    parser.add_argument(
        "--host", help="address to listen at (default: 127.0.0.1); any other needs a key"
    )
    parser.add_argument("--port", type=int, help="port to listen at (default: 4000)")
    return parser


def _need_extra() -> None:
    """Raise an ImportError with the pip command, before a configuration is looked at."""
    try:
        for name in (".server", ".metrics"):
            import_module(name, __package__)
    except ImportError as error:
        raise ImportError(
            f"serve needs an extra: pip install 'trunkline[serve]' ({error.__cause__ or error})"
        ) from error


def _read(options: argparse.Namespace) -> Config:
    """Return the configuration, with what the arguments change.

    Raises:
        ConfigError: it has mistakes.
    """
    path: Path | None = options.config
    lines: Mapping[str, int] = {}
    config = Config()
    if path is not None:
        config, lines = read_config(path)
    changes = {
        name: getattr(options, name)
        for name in ("host", "port")
        if getattr(options, name) is not None
    }
    config = replace(config, server=replace(config.server, **changes))
    mistakes = list(check_config(config))
    if not 0 <= config.server.port <= 65535:
        mistakes.append(Mistake("--port", f"expected 0 to 65535, got {config.server.port}"))
    if mistakes and path is None:
        raise ConfigError("\n".join(f"{each.path}: {each.problem}" for each in mistakes))
    if mistakes and path is not None:
        raise config_error(path, mistakes, lines)
    return config


def _listen(config: Config) -> socket.socket:
    from .server import listen  # noqa: PLC0415  # an extra

    host, port = config.server.host, config.server.port
    try:
        return listen(host, port)
    except OSError as error:
        raise ConfigError(f"cannot listen at {host}:{port}: {error.strerror or error}") from None


def _run(config: Config, keys: dict[str, str], listening: socket.socket) -> None:
    from .chain import build_client  # noqa: PLC0415  # as above
    from .metrics import start_metrics  # noqa: PLC0415
    from .server import run_server  # noqa: PLC0415

    client = build_client(config)
    start_metrics()
    host, port = listening.getsockname()[:2]
    address = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"trunkline serves http://{address}:{port}/v1\n")
    sys.stdout.flush()
    run_server(config, keys, client, listening)


def _log_to_stderr() -> None:
    """Log warnings, and each request without its content."""
    logging.basicConfig(format=_FORMAT, level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("trunkline.access").setLevel(logging.INFO)
    # A client that leaves in the middle is nothing to report.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
