"""The tools of a loop: what they are called, what the model sees of them, and how they run."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any, Protocol, TypeGuard, cast

import msgspec
from msgspec import Struct

from ...pipeline.call.functions import FunctionTool, function_tool, write_result
from ...pipeline.call.request import Request
from ...pipeline.errors import BadRequestError, InvalidArgumentError
from ...pipeline.json_values import JSON, as_object
from ...pipeline.port import IO
from ...pipeline.schema.parts import ToolCall
from ...pipeline.stream.events import ToolCallEvent
from ...pipeline.timeouts import earlier, remaining
from .running import Pending, ReportedError, start, start_async

#: Says whether a call may run: True, or False or a text that tells the model why not.
Approve = Callable[[ToolCallEvent], "bool | str | Awaitable[bool | str | None] | None"]


class Tool(Protocol):
    """A tool that a loop can run."""

    @property
    def name(self) -> str:
        """Its name for the model."""
        ...

    @property
    def definition(self) -> JSON:
        """OpenAI's definition of the tool."""
        ...

    def start(self, arguments: Mapping[str, Any], io: IO) -> Pending:
        """Start it; the result is text, or a value that is written as JSON.

        Raises:
            ValueError: the arguments do not fit; the model is told.
        """
        ...


class ToolSource(Protocol):
    """Something that offers tools, such as an MCP server."""

    async def load_tools(self, io: IO, seconds: float | None) -> Sequence[Tool]:
        """Return the tools that it offers.

        Raises:
            Timeout: that takes longer than `seconds`, the time that the call has left.
        """
        ...


class RunnableFunction(Struct, frozen=True):
    """A Python function as a tool; see `Tool`."""

    inner: FunctionTool

    @property
    def name(self) -> str:
        """See `Tool.name`."""
        return self.inner.name

    @property
    def definition(self) -> JSON:
        """See `Tool.definition`."""
        return self.inner.definition

    def start(self, arguments: Mapping[str, Any], io: IO) -> Pending:
        """See `Tool.start`."""
        given = self.inner.read_arguments(arguments)
        function = self.inner.function
        if self.inner.is_async:
            return start_async(lambda: function(**given), io)
        return start(lambda: function(**given), io)


def read_tools(given: Iterable[object]) -> tuple[list[Tool], list[ToolSource]]:
    """Return the tools among what a user gave, and the sources of further ones.

    Raises:
        InvalidArgumentError: an item is neither a function with a schema, a tool, nor a source of
            tools, or two have the same name.
    """
    tools: list[Tool] = []
    sources: list[ToolSource] = []
    for item in given:
        if _is_source(item):
            sources.append(item)
        elif _is_tool(item):
            tools.append(item)
        elif isinstance(item, Mapping):
            raise InvalidArgumentError(
                "tools: a dictionary has no function that could run; pass the function, "
                "or pass the dictionary as tools= of the call"
            )
        else:
            tools.append(RunnableFunction(function_tool(item)))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # checked there
    check_names(tools)
    return tools, sources


def check_names(tools: Iterable[Tool]) -> None:
    """Raise InvalidArgumentError if two tools have the same name."""
    names: set[str] = set()
    for tool in tools:
        if tool.name in names:
            raise InvalidArgumentError(f"tools: two tools are named {tool.name!r}")
        names.add(tool.name)


def _is_source(item: object) -> TypeGuard[ToolSource]:
    return hasattr(item, "load_tools")


def _is_tool(item: object) -> TypeGuard[Tool]:
    return hasattr(item, "definition") and hasattr(item, "start")


def read_call(call: ToolCall) -> ToolCallEvent:
    """Return a call with its arguments, None if they are not a JSON object."""
    arguments: JSON | None = None
    with contextlib.suppress(msgspec.DecodeError):
        arguments = as_object(msgspec.json.decode(call.function.arguments or "{}"))
    return ToolCallEvent(name=call.function.name or "", arguments=arguments, call=call)


class _Running(Struct):
    """A call that was started, or the reason why it was not."""

    event: ToolCallEvent
    began: float
    pending: Pending | None = None
    problem: str = ""


class Toolbox:
    """Runs the calls of one response at the same time, and returns their results as messages.

    Args:
        tools: the tools by name.
        seconds: the limit of each call, None for none.
        approve: see `ToolLoop`.
    """

    def __init__(
        self, tools: Mapping[str, Tool], seconds: float | None, approve: Approve | None
    ) -> None:
        self.tools = tools
        self._seconds = seconds
        self._approve = approve

    async def run(self, calls: Sequence[ToolCall], request: Request) -> list[JSON]:
        """Return one message for each call, in their order."""
        events = [read_call(call) for call in calls]
        refusals = [await self._refusal(event) for event in events]
        running: list[_Running] = []
        try:
            for event, refusal in zip(events, refusals, strict=True):
                running.append(self._start(event, refusal, request.io))
            return [await self._result(each, request) for each in running]
        finally:
            for each in running:
                if each.pending is not None:
                    each.pending.give_up()

    async def _refusal(self, event: ToolCallEvent) -> str:
        """Return why a call may not run, "" if it may."""
        if self._approve is None or event.name not in self.tools:
            return ""
        answer = self._approve(event)
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer is True:
            return ""
        return answer if isinstance(answer, str) and answer else "the user did not allow this call"

    def _start(self, event: ToolCallEvent, refusal: str, io: IO) -> _Running:
        running = _Running(event, perf_counter())
        tool = self.tools.get(event.name)
        if tool is None:
            names = ", ".join(self.tools)
            running.problem = f"there is no tool named {event.name!r}; the tools are {names}"
        elif refusal:
            running.problem = refusal
        elif event.arguments is None:
            running.problem = "the arguments are not a JSON object"
        else:
            try:
                running.pending = tool.start(event.arguments, io)
            except ValueError as error:
                running.problem = str(error)
        return running

    async def _result(self, running: _Running, request: Request) -> JSON:
        text, error_type = await self._text(running, request)
        request.trail.add(
            "ToolLoop",
            "called",
            since=running.began,
            tool=running.event.name,
            **({"error_type": error_type} if error_type else {}),
        )
        return {"role": "tool", "tool_call_id": running.event.id or "", "content": text}

    def _left(self, running: _Running, request: Request) -> float | None:
        """Return the seconds that a call may still take, None for any."""
        spent = perf_counter() - running.began
        limit = None if self._seconds is None else max(0.0, self._seconds - spent)
        return earlier(limit, remaining(request.deadline))

    async def _text(self, running: _Running, request: Request) -> tuple[str, str]:
        """Return the text of a result, and the class of the error if there was one."""
        if running.pending is None:
            return f"Error: {running.problem}", "refused"
        try:
            result = await running.pending.wait(self._left(running, request))
            if inspect.iscoroutine(result):
                # Of a plain function that calls an async one, such as a decorator without `wraps`.
                coroutine = cast("Coroutine[Any, Any, object]", result)
                running.pending = start_async(lambda: coroutine, request.io)
                result = await running.pending.wait(self._left(running, request))
            return write_result(result), ""
        except ReportedError as error:
            return f"Error: {error}", "reported"
        except TimeoutError as error:
            if error.args:  # the tool's own
                return f"Error: TimeoutError: {error}", "TimeoutError"
            allowed = "the call may take" if self._seconds is None else f"{self._seconds:g} s"
            return f"Error: {running.event.name} took longer than {allowed}", "timeout"
        except Exception as error:  # noqa: BLE001  # the model is told, and may do something else
            return f"Error: {type(error).__name__}: {error}", type(error).__name__


def refuse_choices(request: Request) -> None:
    """Raise BadRequestError if a call wants several responses: a loop follows one."""
    wanted: object = request.params.get("n")
    if isinstance(wanted, int) and wanted > 1:
        raise BadRequestError("n: a ToolLoop follows one choice; omit n", param="n")
