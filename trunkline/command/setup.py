"""What a call on the command line consists of: options, then template, alias and configuration."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ..middlewares.recording.prompt_log import PromptLog
from ..pipeline.call.request import Middleware
from ..pipeline.json_values import as_array
from .arguments import refuse_undecoded
from .attachments import read_attachment
from .mistakes import MistakeError
from .options import DEFAULT_MODEL, read_params, read_variables
from .settings.config_file import Alias, Config, Template
from .settings.conversation import Conversation, load_conversation
from .settings.key_store import provide_keys
from .settings.paths import user_path
from .settings.private_files import create_private
from .templates import fill_prompt, fill_template, find_template, refuse_unused
from .tools import Announcement, Approval, make_tool_loop, open_terminal

# The embedded model is small: it loses the thread at higher temperatures, and may never end.
DEFAULT_MODEL_PARAMS: Mapping[str, Any] = {"temperature": 0, "max_tokens": 512}
_LIMITS = ("max_tokens", "max_completion_tokens")
_SQLITE = (".db", ".sqlite", ".sqlite3")


class Setup(Struct, kw_only=True):
    """How calls are made.

    Attributes:
        model: "provider/model".
        params: arguments of completion().
        messages: the conversation before the prompt.
        template: what the prompt is put into.
        variables: the variables of the template.
        approval: asks before a tool runs, None without tools.
        layers: middlewares for each call.
        log: the log among them.
        markdown: whether a terminal shows Markdown.
        remember: whether the conversation is kept.
        trace: whether a trace of each call is printed.
    """

    model: str
    params: dict[str, Any]
    messages: list[dict[str, Any]]
    template: Template
    variables: dict[str, str]
    approval: Approval | Announcement | None
    layers: list[Middleware]
    log: PromptLog | None
    markdown: bool
    remember: bool
    trace: bool

    def close(self) -> None:
        """Write what is waiting to be logged, and leave the terminal."""
        if self.approval is not None:
            self.approval.close()
        if self.log is not None:
            self.log.close()


def read_setup(options: argparse.Namespace, config: Config) -> Setup:
    """Return how calls are made.

    Raises:
        MistakeError: an option or the configuration is wrong.
        ImportError: an extra is needed.
    """
    _refuse_empty(options)
    variables = read_variables(options.var)
    name: str | None = options.template
    template = Template() if name is None else find_template(name, config)
    refuse_unused(variables, name, template)
    earlier = load_conversation() if options.go_on else None
    model, alias_params = choose_model(
        options.model or template.model or (earlier and earlier.model) or config.model, config
    )
    params = default_params(model, config)
    for more in (alias_params, template.params, read_params(options.param)):
        update_params(params, more)
    fallbacks = [each for each in as_array(params.get("fallbacks")) or () if isinstance(each, str)]
    provide_keys(fallbacks, config)
    system: str | None = options.system
    if system is None and template.system is not None:
        system = fill_template(template.system, template, variables)
    approval = _approval(options)
    log = _open_log(config.log if options.log is None else options.log)
    layers: list[Middleware] = []
    if approval is not None:
        layers += [make_tool_loop(options.tools, approval), approval.output]
    if log is not None:
        layers.append(log)
    return Setup(
        model=model,
        params=params,
        messages=_start(system, config, earlier),
        template=template,
        variables=variables,
        approval=approval,
        layers=layers,
        log=log,
        markdown=config.markdown and not options.plain,
        remember=config.remember,
        trace=options.trace,
    )


def _refuse_empty(options: argparse.Namespace) -> None:
    """Raise an error for an option without a value, such as a variable that is not set."""
    for name in ("model", "log", "template"):
        if getattr(options, name) == "":
            raise MistakeError(f"--{name} is empty")


def choose_model(name: str | None, config: Config) -> tuple[str, dict[str, Any]]:
    """Return a model and the arguments of its alias, and provide the keys that it needs.

    Raises:
        MistakeError: the name is empty, or the configuration file has the key of an unknown
            provider.
    """
    if name is None:
        name = DEFAULT_MODEL
    if not name.strip():
        raise MistakeError("the name of the model is empty")
    alias = config.aliases.get(name, name)
    if isinstance(alias, str):
        alias = Alias(model=alias)
    provide_keys([alias.model], config)
    return alias.model, alias.params


def default_params(model: str, config: Config) -> dict[str, Any]:
    """Return the arguments of calls of a model that nothing else is said about."""
    params = dict(DEFAULT_MODEL_PARAMS) if model == DEFAULT_MODEL else {}
    update_params(params, config.params)
    return params


def update_params(params: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Change arguments; one name of a limit replaces the other."""
    if any(name in more for name in _LIMITS):
        for name in _LIMITS:
            params.pop(name, None)
    params.update(more)


def make_message(setup: Setup, prompt: str, attachments: list[str]) -> dict[str, Any]:
    """Return the user's message.

    Raises:
        MistakeError: there is nothing to ask, or an attachment cannot be read.
    """
    refuse_undecoded(prompt, "the prompt")
    parts = [read_attachment(each) for each in attachments]
    text = fill_prompt(setup.template, prompt, setup.variables).strip()
    if not text and not parts:
        raise MistakeError("PROMPT is empty")
    if not parts:
        return {"role": "user", "content": text}
    said = [{"type": "text", "text": text}] if text else []
    return {"role": "user", "content": [*said, *parts]}


def _start(
    system: str | None, config: Config, earlier: Conversation | None
) -> list[dict[str, Any]]:
    messages = [] if earlier is None else list(earlier.messages)
    if system is None and not messages:
        system = config.system
    if system:
        # A new system message replaces that of the conversation.
        messages = [each for each in messages if each.get("role") != "system"]
        messages.insert(0, {"role": "system", "content": system})
    return messages


def _approval(options: argparse.Namespace) -> Approval | Announcement | None:
    if not options.tools:
        return None
    return Announcement() if options.yes else Approval(open_terminal())


def _open_log(file: str | None) -> PromptLog | None:
    if file is None:
        return None
    path = user_path(os.path.expandvars(file))
    if path.suffix not in _SQLITE:
        raise MistakeError(f"--log {file}: expected an SQLite file: {', '.join(_SQLITE)}")
    try:
        log = PromptLog(path)
        create_private(path)
    except OSError as error:
        raise MistakeError(f"--log {file}: {error.strerror or error}") from None
    return log
