"""Run the tools that a model calls, and send their results back until it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from copy import copy
from time import monotonic
from typing import Any, ClassVar

from ...pipeline.call.deadlines import set_deadline, set_total
from ...pipeline.call.functions import FunctionDefinition
from ...pipeline.call.messages import MessageParam
from ...pipeline.call.replayed import as_response, as_stream
from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import APIError, BadRequestError, InvalidArgumentError, ToolLoopError
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import Delta, ToolCall
from ...pipeline.stream.parts import join_responses
from ...pipeline.stream.stream import Stream
from ...pipeline.timeouts import remaining
from ..checked_arguments import check_count, check_function, check_seconds, is_list
from .toolbox import (
    Approve,
    RunnableFunction,
    Tool,
    Toolbox,
    check_names,
    read_tools,
    refuse_choices,
)

_CHOICES = ("auto", "none")


class ToolLoop:
    """Runs the model's calls of Python functions, and sends the results back until it answers.

    The model sees the functions' names, arguments and docstrings. Calls of one response run at
    the same time, each with a time limit, even in a blocking call. A tool that raises, exceeds its
    limit, gets wrong arguments or is not allowed does not end the call: the model is told. Each
    request of the loop goes through the layers inside this one.

    The response is the model's last one, with the usage, attempts and cost of all steps.
    `response.call.new_messages` has the tool calls and results: together with the response they
    continue the conversation. `total` of the call's `timeout` limits all steps together, and its
    other limits apply to each step. A stream shows the text of all steps as it arrives, and its
    `response` is the last step's. The calls themselves are not shown.

    Tools that the caller passes as dictionaries are not run: a response that calls one is returned
    with its calls. Functions that the caller passes in `tools=` are run.

    Args:
        tools: functions, plain or `async`, and MCP servers (`MCPServer`).
        max_steps: how many responses the model may give, the last one included.
        timeout: limit of each tool call in seconds, None for none.
        approve: called with each call (`name`, `arguments`, `id`) before it runs, plain or
            `async`. It returns True to allow it, or False or a reason, which the model is told.

    Raises:
        ToolLoopError: the model still calls tools in the last step; `messages` is the
            conversation so far.
        InvalidArgumentError: an argument is wrong, for example a function without types.
    """

    single: ClassVar[bool] = True

    def __init__(
        self,
        tools: Iterable[object] = (),
        *,
        max_steps: int = 8,
        timeout: float | None = 60.0,
        approve: Approve | None = None,
    ) -> None:
        if callable(tools) or not is_list(tools):
            raise InvalidArgumentError(
                f"tools: expected a list of functions, got {tools!r}; wrap it in a list"
            )
        check_count("max_steps", max_steps)
        if timeout is not None:
            check_seconds("timeout", timeout, least="more than 0")
        if approve is not None:
            check_function("approve", approve, "event")
        self.max_steps = max_steps
        self.timeout = timeout
        self.approve = approve
        self._tools, self._sources = read_tools(tools)

    def __repr__(self) -> str:
        names = [tool.name for tool in self._tools] + [repr(source) for source in self._sources]
        return f"ToolLoop([{', '.join(names)}], max_steps={self.max_steps})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer until the model calls no more tools."""
        if not (self._tools or self._sources or "tools" in request.params):
            return call_next(request)
        return self._start(request, call_next)

    async def _start(self, request: Request, call_next: Handler) -> Reply:
        given: list[Any] = [*(as_array(request.params.get("tools")) or ())]
        tools: list[Tool] = [
            RunnableFunction(tool.tool) for tool in given if isinstance(tool, FunctionDefinition)
        ]
        # Outside `Deadline`, the request has no deadlines yet.
        now = monotonic()
        request = set_total(request, now)
        for source in self._sources:
            answer_by = set_deadline(request, now).answer_by
            tools += await source.load_tools(request.io, remaining(answer_by))
        tools += self._tools
        if not tools:
            return await call_next(request)
        refuse_choices(request)
        others = [tool for tool in given if not isinstance(tool, FunctionDefinition)]
        theirs = set(map(_name_of, others))
        _check(tools, theirs)
        params = {**request.params, "tools": [*others, *(tool.definition for tool in tools)]}
        toolbox = Toolbox({tool.name: tool for tool in tools}, self.timeout, self.approve)
        loop = _Loop(replace(request, params=params), call_next, toolbox, theirs, self.max_steps)
        return await loop.run()


def _name_of(tool: object) -> str:
    function = as_object((as_object(tool) or {}).get("function")) or {}
    return str(function.get("name", ""))


def _check(tools: Sequence[Tool], theirs: set[str]) -> None:
    try:
        check_names(tools)
    except ValueError as error:
        raise BadRequestError(str(error), param="tools") from None
    for tool in tools:
        if tool.name in theirs:
            raise BadRequestError(f"tools: two tools are named {tool.name!r}", param="tools")


class _Loop:
    """The steps of one call."""

    def __init__(
        self,
        request: Request,
        call_next: Handler,
        toolbox: Toolbox,
        theirs: set[str],
        max_steps: int,
    ) -> None:
        self._request = request
        self._call_next = call_next
        self._toolbox = toolbox
        self._theirs = theirs
        self._max_steps = max_steps
        self._responses: list[ModelResponse] = []
        self._messages: list[JSON] = []

    async def run(self) -> Reply:
        """Return the reply of the whole loop."""
        reply = await self._call_next(self._request)
        return self._stream(reply) if isinstance(reply, Stream) else await self._whole(reply)

    async def _whole(self, response: ModelResponse) -> ModelResponse:
        try:
            while (request := await self._next(response)) is not None:
                response = await as_response(await self._call_next(request))
        except APIError as error:
            error.attempts += sum(each.attempts for each in self._responses)
            if isinstance(error, ToolLoopError):
                error.partial = join_responses(self._responses)
            raise
        joined = join_responses(self._responses)
        joined.call.new_messages = self._messages
        return joined

    def _stream(self, first: Stream) -> Stream:
        part = first

        async def follow(_: ModelResponse) -> Stream | None:
            nonlocal part
            request = await self._next(part.response)
            if request is None:
                return None
            part = as_stream(await self._call_next(request), request)
            return self._without_calls(part)

        joined = self._without_calls(first).then(follow, keep="last")
        joined.call.new_messages = self._messages
        return joined

    def _without_calls(self, part: Stream) -> Stream:
        """Return a stream that shows tool calls only if the caller has to run them."""
        held: list[ModelResponseStream] = []

        def change(chunk: ModelResponseStream) -> ModelResponseStream | None:
            calling = [choice for choice in chunk.choices if choice.delta.tool_calls]
            if not calling:
                return chunk
            kept = copy(chunk)
            kept.usage = None
            kept.choices = []
            for choice in calling:
                piece = copy(choice)
                piece.finish_reason = None
                piece.delta = Delta(tool_calls=choice.delta.tool_calls)
                kept.choices.append(piece)
                choice.delta.tool_calls = None
            held.append(kept)
            empty = not any(
                choice.delta.keys() or choice.finish_reason is not None for choice in chunk.choices
            )
            return None if empty and chunk.usage is None else chunk

        def flush() -> list[ModelResponseStream] | None:
            return None if self._calls_to_run(part.response) else held

        return part.map(change, flush=flush)

    def _calls_to_run(self, response: ModelResponse) -> list[ToolCall]:
        """Return the calls of a response, [] if there are none or the caller has to run one."""
        calls = response.choices[0].message.tool_calls if response.choices else None
        own = self._toolbox.tools
        for call in calls or ():
            name = call.function.name or ""
            if call.custom is not None or (name in self._theirs and name not in own):
                return []
        return calls or []

    async def _next(self, response: ModelResponse) -> Request | None:
        """Run the calls of a response; return the next request, None if there is none.

        Raises:
            ToolLoopError: this was the last step.
        """
        self._responses.append(response)
        calls = self._calls_to_run(response)
        if not calls:
            return None
        if len(self._responses) >= self._max_steps:
            raise self._too_many(calls)
        results = await self._toolbox.run(calls, self._request)
        self._messages += [response.choices[0].message.model_dump(), *results]
        params = dict(self._request.params)
        if params.get("tool_choice") not in _CHOICES:
            # A choice that forces a tool would force it in every step.
            params.pop("tool_choice", None)
        return replace(self._request, messages=self._conversation(), params=params)

    def _conversation(self) -> tuple[MessageParam, ...]:
        added: tuple[Any, ...] = tuple(self._messages)
        return (*self._request.messages, *added)

    def _too_many(self, calls: list[ToolCall]) -> ToolLoopError:
        names = ", ".join(sorted({call.function.name or "" for call in calls}))
        error = ToolLoopError(
            f"the model still calls tools after {self._max_steps} steps ({names}); "
            "raise max_steps, or continue with the conversation in `messages`",
            model=self._request.model,
        )
        error.messages = list(self._conversation())
        return error
