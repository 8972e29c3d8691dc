"""Make a call, and show its answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import msgspec

from .. import CallRecord, Message, ModelResponse, completion
from ..middlewares.conversation.json_schema import find_misfit
from ..middlewares.listening.record import view_record
from ..pipeline.json_values import as_array, as_object
from ..pipeline.views.call_view import clean, cut
from ..pipeline.views.text import show_call
from .mistakes import FormatError
from .setup import Setup
from .terminal.rendering import choose_writer, print_json, shares_a_line, shown

Show = Callable[[Setup, list[dict[str, Any]]], ModelResponse]


# Characters of an answer that an error shows.
_SHOWN = 200


def answer(setup: Setup, messages: list[dict[str, Any]], show: Show) -> ModelResponse:
    """Make a call, show its answer, and return it.

    Raises:
        APIError: the call failed.
    """
    records: list[CallRecord] = []
    # The call refuses what is not a list.
    given = as_array(setup.params.get("callbacks") or [])
    if setup.trace and given is not None:
        callbacks = [*given, records.append]
        setup = msgspec.structs.replace(setup, params={**setup.params, "callbacks": callbacks})
    try:
        response = show(setup, messages)
    finally:
        if setup.approval is not None:
            setup.approval.output.restore()
        for record in records:
            _print_trace(record)
    _warn_of_end(setup, response)
    return response


def show_stream(setup: Setup, messages: list[dict[str, Any]]) -> ModelResponse:
    """Make a call, and print the text as it arrives."""
    writer = choose_writer(markdown=setup.markdown)
    if setup.approval is not None:
        setup.approval.pause = writer.pause
    text = False
    try:
        with completion(
            setup.model, messages, stream=True, middlewares=setup.layers, **setup.params
        ) as stream:
            for chunk in stream:
                for choice in chunk.choices:
                    if choice.delta.content:
                        text = True
                        writer.write(choice.delta.content)
    except BaseException:
        # In a pipe of its own nothing is added to a text that is not complete.
        if shares_a_line():
            writer.pause()
        elif text and sys.stderr.isatty():
            # What reads the pipe may write to the same terminal.
            print(file=sys.stderr)
        raise
    response: ModelResponse = stream.response
    if text:
        writer.close()
    else:
        for choice in response.choices:
            _print_message(choice.message)
    return response


def show_whole(setup: Setup, messages: list[dict[str, Any]]) -> ModelResponse:
    """Make a call, and print its answer when it is complete."""
    response = _ask(setup, messages)
    for choice in response.choices:
        if choice.message.content:
            writer = choose_writer(markdown=setup.markdown)
            writer.write(choice.message.content)
            writer.close()
        else:
            _print_message(choice.message)
    return response


def show_json(setup: Setup, messages: list[dict[str, Any]]) -> ModelResponse:
    """Make a call, and print the whole response as JSON."""
    response = _ask(setup, messages)
    print_json(response.model_dump_json(indent=2))
    return response


def show_data(setup: Setup, messages: list[dict[str, Any]]) -> ModelResponse:
    """Make a call, and print the JSON that its answer consists of.

    Raises:
        FormatError: the answer is not JSON, or does not fit the schema.
    """
    response = _ask(setup, messages)
    for choice in response.choices:
        text = choice.message.content or ""
        _refuse_misfit(text, setup.params.get("response_format"))
        print_json(msgspec.json.format(text, indent=2))
    return response


def _refuse_misfit(text: str, response_format: object) -> None:
    """Raise an error if an answer is not JSON, or does not fit the JSON Schema of `--schema`."""
    begins = cut(text, _SHOWN)
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise FormatError(f"the answer is not JSON, which --schema needs: {begins}") from None
    # A class was checked by the call.
    wanted = as_object((as_object(response_format) or {}).get("json_schema")) or {}
    misfit = find_misfit(value, wanted.get("schema"))
    if misfit:
        raise FormatError(f"the answer does not fit the schema: {misfit}: {begins}")


def _ask(setup: Setup, messages: list[dict[str, Any]]) -> ModelResponse:
    response: ModelResponse = completion(
        setup.model, messages, stream=False, middlewares=setup.layers, **setup.params
    )
    return response


def conversation_after(
    messages: list[dict[str, Any]], response: ModelResponse
) -> list[dict[str, Any]]:
    """Return the conversation with the answer, and the tools' results before it."""
    if not response.choices:
        return messages
    message = response.choices[0].message.model_dump()
    return [*messages, *map(dict, response.call.new_messages or ()), message]


def _print_message(message: Message) -> None:
    """Print a refusal, or what else a message without text has, such as calls of tools, as JSON."""
    if message.refusal:
        print(shown(message.refusal))
    elif message.model_dump(exclude_none=True).keys() - {"role", "content"}:
        print_json(message.model_dump_json(exclude_none=True))
    else:
        sys.stdout.flush()
        print("trunkline: the answer is empty", file=sys.stderr)


def _print_trace(record: CallRecord) -> None:
    """Print what the layers did; the response is already on standard output."""
    sys.stdout.flush()
    print(file=sys.stderr)
    show_call(msgspec.structs.replace(view_record(record), answers=()), sys.stderr)


def _warn_of_end(setup: Setup, response: ModelResponse) -> None:
    """Say that an answer ends at a limit or a filter, which nobody sees in its text."""
    reasons = {choice.finish_reason for choice in response.choices}
    sys.stdout.flush()
    if "content_filter" in reasons:
        print("trunkline: the provider's content filter ended the answer", file=sys.stderr)
    if "length" not in reasons:
        return
    given = setup.params.get("max_tokens") or setup.params.get("max_completion_tokens")
    limit = f"max_tokens={given}" if given else "the model's limit"
    advice = "; raise it with -p max_tokens=N" if given else ""
    print(clean(f"trunkline: the answer ends at {limit}{advice}"), file=sys.stderr)
