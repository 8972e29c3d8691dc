"""`trunkline completion SHELL`: print a script that completes words in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .arguments import parse_arguments
from .parser import list_options
from .subcommands import SUBCOMMANDS

_EPILOG = """\
Bash, in ~/.bashrc:                    eval "$(trunkline completion bash)"
Zsh, in ~/.zshrc after compinit:       eval "$(trunkline completion zsh)"
Fish: trunkline completion fish > ~/.config/fish/completions/trunkline.fish
"""
# The words after a subcommand.
_NEXT = {
    "completion": "bash zsh fish",
    "config": "show path set unset",
    "keys": "set list remove",
}
_NEXT_IN_BASH = """\
    NAME)
      mapfile -t COMPREPLY < <(compgen -W "WORDS" -- "$current")
      return ;;
"""
_NEXT_IN_ZSH = "    NAME) found=(WORDS) ;;\n"
_MODELS_IN_FISH = "(trunkline models --names 2>/dev/null)"
# Subcommands that have the options of a call.
_ASKING = ("ask", "chat")
_BASH = """\
# Completion of trunkline in bash.
_trunkline() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $previous in
    -m|--model|params)
      mapfile -t COMPREPLY < <(compgen -W "$(trunkline models --names 2>/dev/null)" -- "$current")
      return ;;
    -a|--attach|-t|--tools|--schema|--log|migrate|--config)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
NEXT
  esac
  if [[ $current == -* && " OTHERS " == *" ${COMP_WORDS[1]} "* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--help" -- "$current")
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "OPTIONS" -- "$current")
  elif ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "SUBCOMMANDS" -- "$current")
  fi
}
complete -F _trunkline trunkline
"""
_ZSH = """\
#compdef trunkline
# Completion of trunkline in zsh.
_trunkline() {
  local current=${words[CURRENT]} previous=${words[CURRENT-1]}
  local -a found
  case $previous in
    -m|--model|params) found=(${(f)"$(trunkline models --names 2>/dev/null)"}) ;;
    -a|--attach|-t|--tools|--schema|--log|migrate|--config) _files; return ;;
NEXT
    *)
      if [[ $current == -* && " OTHERS " == *" ${words[2]} "* ]]; then
        found=(--help)
      elif [[ $current == -* ]]; then
        found=(OPTIONS)
      elif ((CURRENT == 2)); then
        found=(SUBCOMMANDS)
      fi ;;
  esac
  compadd -- $found
}
if [[ $funcstack[1] == _trunkline ]]; then
  _trunkline "$@"
else
  compdef _trunkline trunkline
fi
"""


def run(argv: Sequence[str]) -> int:
    """Run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="trunkline completion",
        description="Print a script that completes options, subcommands and models in a shell.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="bash|zsh|fish")
    shell: str = parse_arguments(parser, argv).shell
    scripts = {"bash": (_BASH, _NEXT_IN_BASH), "zsh": (_ZSH, _NEXT_IN_ZSH)}
    print(_fish() if shell == "fish" else _fill(*scripts[shell]), end="")
    return 0


def _fill(script: str, next_word: str) -> str:
    cases = [
        next_word.replace("NAME", name).replace("WORDS", words) for name, words in _NEXT.items()
    ]
    options = [name for names, _, _ in list_options() for name in names]
    filled = script.replace("NEXT\n", "".join(cases)).replace("OPTIONS", " ".join(options))
    return filled.replace("OTHERS", _others()).replace("SUBCOMMANDS", " ".join(SUBCOMMANDS))


def _others() -> str:
    return " ".join(name for name in SUBCOMMANDS if name not in _ASKING)


def _fish() -> str:
    lines = ["# Completion of trunkline in fish.", "complete -c trunkline -f"]
    for name, one in SUBCOMMANDS.items():
        lines.append(
            f"complete -c trunkline -n __fish_use_subcommand -a {name} -d {_quote(one.summary)}"
        )
    for names, text, takes_value in list_options():
        forms = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in names]
        if "--model" in names:
            value = f" -x -a {_quote(_MODELS_IN_FISH)}"
        else:
            value = " -r -F" if takes_value else ""
        lines.append(
            f"complete -c trunkline -n 'not __fish_seen_subcommand_from {_others()}' "
            f"{' '.join(forms)}{value} -d {_quote(text)}"
        )
    values = {**_NEXT, "params": _MODELS_IN_FISH}
    for name, words in values.items():
        lines.append(
            f"complete -c trunkline -n '__fish_seen_subcommand_from {name}' -a {_quote(words)}"
        )
    lines.append("complete -c trunkline -n '__fish_seen_subcommand_from migrate' -F")
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
