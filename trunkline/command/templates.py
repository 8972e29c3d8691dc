"""Templates: prompts to use again, and `trunkline templates`, which lists them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from string import Template as Text

from .arguments import parse_arguments
from .mistakes import MistakeError
from .settings.config_file import (
    Config,
    Template,
    convert_table,
    load_config,
    parse_toml,
    read_text,
)
from .settings.paths import user_path
from .terminal.tables import print_table


def run(argv: Sequence[str]) -> int:
    """Run `trunkline templates`."""
    parser = argparse.ArgumentParser(
        prog="trunkline templates",
        description="List the templates of the configuration file, or show one.",
        epilog="Use one: trunkline --template NAME [--var NAME=VALUE] [PROMPT]",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="show this template")
    name: str | None = parse_arguments(parser, argv).name
    config = load_config()
    if name is not None:
        _show(find_template(name, config))
    elif config.templates:
        rows = [
            (each, one.model or "-", " ".join((one.prompt or one.system or "").split())[:60])
            for each, one in sorted(config.templates.items())
        ]
        print_table(("TEMPLATE", "MODEL", "PROMPT"), rows)
    else:
        print("There are no templates yet. Add one to the configuration file, for example:\n")
        print('[templates.summary]\nprompt = "Summarize in three sentences: $input"')
    return 0


def _show(template: Template) -> None:
    for name in ("model", "system", "prompt", "schema"):
        if value := getattr(template, name):
            print(f"{name}: {value}")
    for name in ("params", "defaults"):
        for key, value in getattr(template, name).items():
            print(f"{name}.{key}: {value}")


def find_template(name: str, config: Config) -> Template:
    """Return a template of the configuration, or of a TOML file.

    Raises:
        MistakeError: there is none, or its file is wrong.
    """
    if name in config.templates:
        return config.templates[name]
    path = user_path(name)
    if path.suffix == ".toml" and path.is_file():
        return convert_table(path, parse_toml(path, read_text(path)), Template)
    known = ", ".join(sorted(config.templates)) or "none"
    raise MistakeError(
        f"--template {name}: there is no such template; the configuration file has: {known}"
    )


def refuse_unused(variables: Mapping[str, str], name: str | None, template: Template) -> None:
    """Raise an error for a variable that no text of the template has.

    Raises:
        MistakeError: there is one.
    """
    if variables and name is None:
        raise MistakeError("--var: it needs --template NAME, whose variables it sets")
    texts = (template.prompt, template.system or "")
    known = {each for text in texts for each in Text(text).get_identifiers()}
    for each in variables:
        if each not in known:
            has = ", ".join(sorted(known - {"input"})) or "none"
            raise MistakeError(f"--var {each}: the template has no such variable; it has: {has}")


def fill_template(text: str, template: Template, variables: Mapping[str, str]) -> str:
    """Return a text of a template with its variables filled in.

    Raises:
        MistakeError: a variable has no value, or the text has a `$` that begins none.
    """
    try:
        return Text(text).substitute({**template.defaults, **variables})
    except KeyError as error:
        name = str(error.args[0])
        raise MistakeError(f"the template needs a value: --var {name}=...") from None
    except ValueError:
        raise MistakeError("the template has a $ without a name; write $$ for a dollar") from None


def fill_prompt(template: Template, given: str, variables: Mapping[str, str]) -> str:
    """Return the prompt of a template; the input follows it where it does not say `$input`."""
    if not template.prompt:
        return given
    filled = fill_template(template.prompt, template, {"input": given, **variables})
    placed = "input" in Text(template.prompt).get_identifiers()
    return filled if placed or not given else f"{filled}\n\n{given}"
