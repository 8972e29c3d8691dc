"""`trunkline chat`: have a conversation."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from ..adapters.table.table import find_model
from ..pipeline.errors import APIError, BadRequestError
from ..pipeline.views.call_view import clean
from .advice import exit_code
from .answers import answer, conversation_after, show_stream
from .arguments import parse_arguments, refuse_undecoded
from .attachments import read_attachment
from .mistakes import MistakeError
from .options import add_call_options, add_output_options
from .settings.config_file import Config, load_config
from .settings.conversation import save_conversation
from .setup import Setup, choose_model, default_params, make_message, read_setup
from .terminal.line_editor import LineReader, open_reader

_HELP = """\
/help                this list
/model [MODEL]       show the model, or go on with another one
/system [TEXT]       show the system message, or change it
/attach FILE|URL     attach a file to the next message
/retry               ask the last message again
/undo                forget the last message and its answer
/clear               begin a new conversation
/exit                leave (also Ctrl-D)
A message of several lines begins with \"\"\" and ends with \"\"\". Ctrl-C stops an answer."""
_FENCE = '"""'


class _Chat(Struct):
    """A conversation under way.

    Attributes:
        config: knows the aliases.
        setup: how calls are made; its messages are the conversation.
        attached: files for the next message.
        code: the exit code if the input is not a terminal; the first error decides.
    """

    config: Config
    setup: Setup
    attached: list[str] = field(default_factory=list[str])
    code: int = 0


def run(argv: Sequence[str]) -> int:
    """Run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="trunkline chat",
        description="Have a conversation. In it, /help lists the commands.",
    )
    add_call_options(parser)
    add_output_options(parser)
    options = parse_arguments(parser, argv)
    config = load_config()
    try:
        attached: list[str] = options.attach
        for each in attached:
            read_attachment(each)
        chat = _Chat(config, read_setup(options, config), attached)
    except MistakeError as error:
        parser.error(str(error))
    try:
        with open_reader((*_COMMANDS, "/exit")) as reader:
            _talk(chat, reader)
    finally:
        chat.setup.close()
    # In a terminal the user has seen the error, and has gone on.
    return 0 if sys.stdin.isatty() else chat.code


def _talk(chat: _Chat, reader: LineReader) -> None:
    reader.tell(f"{chat.setup.model}; /help lists the commands, Ctrl-D leaves.")
    earlier = sum(each.get("role") == "user" for each in chat.setup.messages)
    if earlier:
        count = f"{earlier} messages" if earlier > 1 else "one message"
        reader.tell(f"The conversation goes on after {count} of yours.")
    for each in chat.attached:
        reader.tell(f"attached: {each}")
    while True:
        try:
            line = _read_message(reader)
        except KeyboardInterrupt:
            reader.tell("Ctrl-D or /exit leaves.")
            continue
        if line is None or line.split()[:1] in (["/exit"], ["/quit"]):
            return
        if line.strip().startswith("/"):
            _obey(chat, line.strip(), reader)
        elif line.strip():
            _ask(chat, line, reader)


def _read_message(reader: LineReader) -> str | None:
    """Return the next message, None at the end."""
    line = reader.read("> ")
    if line is None or not line.strip().startswith(_FENCE):
        return line
    text = line.strip().removeprefix(_FENCE)
    while not text.rstrip().endswith(_FENCE):
        more = reader.read(". ")
        if more is None:
            return text
        text += f"\n{more}"
    return text.rstrip().removesuffix(_FENCE).strip("\n")


def _ask(chat: _Chat, text: str, reader: LineReader) -> None:
    setup = chat.setup
    try:
        message = make_message(setup, text, chat.attached)
        messages = [*setup.messages, message]
        response = answer(setup, messages, show_stream)
    except KeyboardInterrupt:
        reader.warn("interrupted; the message is not part of the conversation")
        return
    except (APIError, ImportError, MistakeError) as error:
        _fail(chat, error, reader)
        return
    chat.attached.clear()
    setup.messages = conversation_after(messages, response)
    _save(chat)


def _fail(chat: _Chat, error: Exception, reader: LineReader) -> None:
    chat.code = chat.code or exit_code(error)
    reader.warn(str(error))


def _save(chat: _Chat) -> None:
    if chat.setup.remember:
        save_conversation(chat.setup.model, chat.setup.messages)


def _obey(chat: _Chat, line: str, reader: LineReader) -> None:
    """Carry out a command."""
    name, _, rest = line.partition(" ")
    command = _COMMANDS.get(name)
    try:
        if command is None:
            raise MistakeError(f"there is no command {name}; /help lists them")
        refuse_undecoded(rest, name)
        said = command(chat, rest.strip())
    except (APIError, MistakeError) as error:
        _fail(chat, error, reader)
        return
    if said is not None:
        reader.tell(said)


def _help(_chat: _Chat, _text: str) -> None:
    print(_HELP)


def _change_model(chat: _Chat, name: str) -> str | None:
    if not name:
        print(clean(chat.setup.model))
        return None
    model, params = choose_model(name, chat.config)
    if "base_url" not in {*params, *chat.config.params}:
        try:
            find_model(model, None)
        except BadRequestError as error:
            raise MistakeError(error.message) from None
    chat.setup.model = model
    chat.setup.params = {**default_params(model, chat.config), **params}
    return model


def _change_system(chat: _Chat, text: str) -> str | None:
    messages = chat.setup.messages
    old = next((each for each in messages if each.get("role") == "system"), None)
    if not text:
        print(clean(str(old["content"]) if old else "There is no system message."))
        return None
    kept = [each for each in messages if each is not old]
    chat.setup.messages = [{"role": "system", "content": text}, *kept]
    return "The system message is changed."


def _attach(chat: _Chat, text: str) -> str:
    try:
        files = shlex.split(text, posix=sys.platform != "win32")
    except ValueError as error:
        raise MistakeError(f"/attach: {error}") from None
    if not files:
        raise MistakeError("/attach: expected a file or a URL")
    for each in files:
        if each == "-":
            raise MistakeError("/attach: expected a file or a URL")
        read_attachment(each)
    chat.attached += files
    return f"attached: {', '.join(chat.attached)}"


def _undo(chat: _Chat, _text: str) -> str:
    if _cut(chat) is None:
        raise MistakeError("there is nothing to undo")
    _save(chat)
    return "The last message and its answer are forgotten."


def _clear(chat: _Chat, _text: str) -> str:
    chat.setup.messages = [each for each in chat.setup.messages if each.get("role") == "system"]
    chat.attached.clear()
    return "A new conversation begins."


def _cut(chat: _Chat) -> dict[str, object] | None:
    """Remove the last message of the user and what follows it; return the message."""
    messages = chat.setup.messages
    for number in range(len(messages) - 1, -1, -1):
        if messages[number].get("role") == "user":
            chat.setup.messages = messages[:number]
            return messages[number]
    return None


def _retry(chat: _Chat, _text: str) -> None:
    before = chat.setup.messages
    message = _cut(chat)
    if message is None:
        raise MistakeError("there is nothing to ask again")
    messages = [*chat.setup.messages, message]
    try:
        response = answer(chat.setup, messages, show_stream)
    except APIError:
        chat.setup.messages = before
        raise
    except KeyboardInterrupt:
        chat.setup.messages = before
        raise MistakeError("interrupted; the conversation is as it was") from None
    chat.setup.messages = conversation_after(messages, response)
    _save(chat)


#: What carries out a command, with the text after its name. It prints what the command asks for,
#: and returns what a user in a terminal is told in addition.
_COMMANDS: Mapping[str, Callable[[_Chat, str], str | None]] = {
    "/help": _help,
    "/model": _change_model,
    "/system": _change_system,
    "/attach": _attach,
    "/retry": _retry,
    "/undo": _undo,
    "/clear": _clear,
}
