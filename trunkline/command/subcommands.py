"""The subcommands, and which of them a word is nearly."""

from __future__ import annotations

from importlib import import_module

from msgspec import Struct

from ..pipeline import near_names


class Subcommand(Struct, frozen=True):
    """A subcommand.

    Attributes:
        summary: what it does.
        module: the module that runs it, below `trunkline`.
        function: the function there that takes the arguments and returns the exit code.
    """

    summary: str
    module: str
    function: str = "run"


SUBCOMMANDS = {
    "ask": Subcommand("answer a prompt, even one that is a subcommand's name", "command.parser"),
    "chat": Subcommand("have a conversation", "command.chat"),
    "models": Subcommand("list models with facts and prices", "command.models"),
    "providers": Subcommand(
        "list the providers and the variables of their keys", "command.providers"
    ),
    "params": Subcommand("list the OpenAI parameters that a model supports", "command.params"),
    "config": Subcommand("show or change defaults and aliases", "command.config"),
    "keys": Subcommand("keep providers' keys", "command.keys"),
    "templates": Subcommand("list the templates", "command.templates"),
    "serve": Subcommand("serve OpenAI's and Anthropic's APIs", "serve.command", "serve"),
    "migrate": Subcommand("list the uses of litellm in a code base", "migrate.__main__", "main"),
    "completion": Subcommand(
        "print a script that completes words in a shell", "command.completion"
    ),
}


#: Words that other commands take for these options.
_OPTIONS = {"help": "--help", "version": "--version"}


def run_subcommand(name: str, arguments: list[str]) -> int:
    """Run a subcommand, and return its exit code."""
    subcommand = SUBCOMMANDS[name]
    module = import_module(f"...{subcommand.module}", __name__)
    code: int = getattr(module, subcommand.function)(arguments)
    return code


def find_near(word: str) -> str | None:
    """Return the subcommand that a word is, or is nearly, or the option; None if there is none."""
    near = near_names.find_near(word, [*SUBCOMMANDS, *_OPTIONS])
    return _OPTIONS.get(near or "", near)


def describe_subcommands() -> str:
    """Return one line for each subcommand."""
    width = max(map(len, SUBCOMMANDS))
    lines = (f"  {name:{width}}  {one.summary}" for name, one in SUBCOMMANDS.items())
    return "\n".join(["subcommands:", *lines])
