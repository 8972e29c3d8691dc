"""`trunkline params MODEL`: list the OpenAI parameters that a model supports."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import get_supported_openai_params
from .arguments import parse_arguments
from .settings.config_file import load_config
from .setup import choose_model


def run(argv: Sequence[str]) -> int:
    """Run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="trunkline params",
        description="List the OpenAI parameters that a model supports.",
    )
    parser.add_argument("model", metavar="MODEL", help="provider/model, or an alias")
    model, _ = choose_model(parse_arguments(parser, argv).model, load_config())
    for name in get_supported_openai_params(model):
        print(name)
    return 0
