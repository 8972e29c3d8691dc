"""Write the signatures in trunkline/clients/: `python scripts/make_signatures.py`.

Type checkers need every overload of every function in full, so one table of arguments becomes
several long signatures.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import NamedTuple

from call_arguments import BATCH, BATCH_BLOCKING, OPENAI, OPTIONS, OWN, RESPONSES, Argument

FOLDER = Path(__file__).parents[1] / "trunkline" / "clients"

_TOP = '''\
"""The signatures of {functions}; only type checkers read them.

scripts/make_signatures.py writes this file from scripts/call_arguments.py; change that instead.
"""
# fmt: off
# ruff: noqa: {rules}  # editors show the docstring of the first overload

from __future__ import annotations

'''
_COMPLETION_HEAD = """\
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Literal, Protocol, overload

from typing_extensions import TypeVar

from ..middlewares.listening.listeners import Callback
from ..pipeline.call.messages import Messages
from ..pipeline.call.request import Middleware
from ..pipeline.errors import APIError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.secret import Secret
from ..pipeline.stream.stream import Stream
from ..pipeline.timeouts import Timeouts
from .progress import MakeBar
from .workers import Arguments, MakeClient

# Without `response_format`, the variable's default is what is meant.
# pyright: reportInvalidTypeVarUse=false

# The class that is given as `response_format`; without one, Any.
ParsedT = TypeVar("ParsedT", default=Any)
Tool = Mapping[str, Any] | Callable[..., object]
# A model, or arguments of completion() with a model; or a table of these by model or group.
Fallbacks = Sequence[str | Mapping[str, Any]] | Mapping[str, Any]
"""
_RESPONSES_HEAD = """\
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, overload

from ...middlewares.listening.listeners import Callback
from ...pipeline.call.request import Middleware
from ...pipeline.schema.responses import Response
from ...pipeline.secret import Secret
from ...pipeline.timeouts import Timeouts
from ..signatures import Fallbacks, Tool
from . import Input
from .stream import ResponseStream
"""
_SHARED = (*OPENAI, *OWN, *OPTIONS)
_OF_RESPONSES = (*RESPONSES, *(each for each in OWN if each.name != "metadata"), *OPTIONS)
_ONE = ("self", "model: str", "messages: Messages", "*")
_INPUT = ("self", "model: str", "input: Input | None = ...", "*")
_MANY = ("self", "model: str | None = ...", "messages: Iterable[Messages] | None = ...", "*")
_ANSWER = "tuple[int, ModelResponse[ParsedT] | APIError]"
_ANSWERS = "list[ModelResponse[ParsedT] | APIError]"

# What a function does, the first line that an editor shows.
_DOES = {
    "completion": "Send messages to a model; return the response, or a Stream if stream=True.",
    "acompletion": "Send messages to a model under asyncio or trio; see `completion`.",
    "batch_completion": "Run many calls; return responses and errors in the order of the input.",
    "abatch_completion": "Run many calls under asyncio or trio; see `batch_completion`.",
    "batch_as_completed": "Run many calls; yield each one's number and its response or error.",
    "abatch_as_completed": "Run many calls under asyncio or trio; see `batch_as_completed`.",
    "responses": "Call a model in the form of OpenAI's Responses API, whatever the provider.",
    "aresponses": "Call a model under asyncio or trio; see `responses`.",
}

# The arguments that a function's first lines have.
_LEADING = {
    "model": '"provider/model", or a group of a Router.',
    "messages": "OpenAI's list of messages; for batches one list per call.",
    "input": "Text, or a list of items.",
    "stream": "True returns a stream.",
}


class _Form(NamedTuple):
    """A way to call a function: the argument `stream`, if it has one, and what it returns."""

    stream: tuple[str, ...]
    returned: str
    last: tuple[str, ...] = ("**provider_params: Any",)


class _Function(NamedTuple):
    """A function: the name of its protocol, its own and its shared arguments, its forms."""

    name: str
    protocol: str
    first: tuple[str, ...]
    extra: tuple[Argument, ...]
    forms: tuple[_Form, ...]
    prefix: str = ""
    shared: tuple[Argument, ...] = _SHARED


_COMPLETION = (
    _Form(("stream: Literal[False] | None = ...",), "ModelResponse[ParsedT]"),
    _Form(("stream: Literal[True]",), "Stream[ParsedT]"),
    # Without parameters of the provider, so that pyright takes the forms above if it is given
    # `**arguments` of unknown types. It tries both values of a bool; mypy needs this form.
    _Form(("stream: bool | None",), "ModelResponse[ParsedT] | Stream[ParsedT]", ()),
)
_RESPONSE = (
    _Form(("stream: Literal[False] | None = ...",), "Response"),
    _Form(("stream: Literal[True]",), "ResponseStream"),
    _Form(("stream: bool | None",), "Response | ResponseStream", ()),
)
_BLOCKING = (*BATCH, *BATCH_BLOCKING)
_COMPLETIONS = (
    _Function("completion", "Completion", _ONE, (), _COMPLETION),
    _Function("acompletion", "AsyncCompletion", _ONE, (), _COMPLETION, "async "),
    _Function("batch_completion", "Batch", _MANY, _BLOCKING, (_Form((), _ANSWERS),)),
    _Function("abatch_completion", "AsyncBatch", _MANY, BATCH, (_Form((), _ANSWERS),), "async "),
    _Function(
        "batch_as_completed",
        "BatchAsCompleted",
        _MANY,
        _BLOCKING,
        (_Form((), f"Iterator[{_ANSWER}]"),),
    ),
    _Function(
        "abatch_as_completed",
        "AsyncBatchAsCompleted",
        _MANY,
        BATCH,
        (_Form((), f"AsyncIterator[{_ANSWER}]"),),
    ),
)
_RESPONSES = (
    _Function("responses", "Responses", _INPUT, (), _RESPONSE, shared=_OF_RESPONSES),
    _Function("aresponses", "AsyncResponses", _INPUT, (), _RESPONSE, "async ", _OF_RESPONSES),
)


def texts() -> dict[Path, str]:
    """Return the files."""
    return {
        FOLDER / "signatures.py": _text(
            "completion() and its siblings", _COMPLETION_HEAD, _COMPLETIONS
        ),
        FOLDER / "responses" / "signatures.py": _text(
            "responses() and aresponses()", _RESPONSES_HEAD, _RESPONSES
        ),
    }


def _text(functions: str, head: str, protocols: tuple[_Function, ...]) -> str:
    # Batches do not describe the arguments of each call again.
    rules = "D417, D418" if protocols is _COMPLETIONS else "D418"
    return _TOP.format(functions=functions, rules=rules) + head + "".join(map(_protocol, protocols))


def _protocol(function: _Function) -> str:
    head = (
        f'\n\nclass {function.protocol}(Protocol):\n    """The signature of {function.name}()."""\n'
    )
    return head + "".join(_call(function, form) for form in function.forms)


def _call(function: _Function, form: _Form) -> str:
    shared = map(_declared, (*function.extra, *function.shared))
    arguments = [*function.first, *form.stream, *shared, *form.last]
    lines = textwrap.fill(
        ", ".join(part.replace(" ", "\0") for part in arguments),
        width=100,
        initial_indent=" " * 8,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")
    overload = "    @overload\n" if len(function.forms) > 1 else ""
    first = next(iter(function.forms))
    body = f"\n{_docs(function)}        ...\n" if form is first else " ...\n"
    return (
        f"{overload}    {function.prefix}def __call__(\n{lines},\n    ) -> {form.returned}:{body}"
    )


def _declared(argument: Argument) -> str:
    return f"{argument.name}: {argument.type} | None = ..."


def _docs(function: _Function) -> str:
    arguments = function.extra or function.shared
    named = (part.partition(":")[0] for part in (*function.first, *function.forms[0].stream))
    leading = [(name, _LEADING[name]) for name in named if name in _LEADING]
    described = [*leading, *((each.name, each.text) for each in arguments)]
    lines = "\n".join(f"            {name}: {text}" for name, text in described)
    return (
        f'        """{_DOES[function.name]}\n\n        Args:\n{lines}\n'
        "            provider_params: further arguments, such as those of the provider.\n"
        '        """\n'
    )


if __name__ == "__main__":
    for path, content in texts().items():
        path.write_text(content, encoding="utf-8")
