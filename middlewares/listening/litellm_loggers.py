"""Callbacks in litellm's forms: functions of four arguments, and loggers with its method names.

A function gets (kwargs, completion_response, start_time, end_time) as positional arguments. A
logger's `async_` method is called in asynchronous calls and its plain method in blocking calls; if
it has only one of the two, that method is called in both.

https://docs.litellm.ai/docs/observability/custom_callback
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from traceback import format_exception
from typing import Any, cast

from ...pipeline.call.request import Request
from ...pipeline.errors import APIError, StreamInterruptedError
from ...pipeline.schema.charges import unasked
from ...pipeline.schema.hybrid import plain
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from .record import CallRecord, without_credentials

Kwargs = dict[str, Any]

_log = logging.getLogger("trunkline")

_CALLED = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "async_")
    for name in ("log_pre_api_call", "log_stream_event", "log_success_event", "log_failure_event")
)
# Hooks that change requests and responses, or belong to layers that do not exist here.
_NOT_CALLED = (
    "log_post_api_call",
    "logging_hook",
    "async_logging_hook",
    "async_pre_request_hook",
    "async_pre_call_deployment_hook",
    "async_post_call_success_deployment_hook",
    "async_post_call_failure_deployment_hook",
    "async_post_call_streaming_deployment_hook",
)


class CustomLogger:
    """Base class of loggers: override the methods for the events that you need.

    `kwargs` has litellm's keys: model, messages, optional_params, litellm_params (metadata,
    api_base), litellm_call_id, call_type, stream, user, start_time, end_time,
    completion_start_time, custom_llm_provider, cache_hit, response_cost, exception,
    traceback_exception, complete_streaming_response, standard_logging_object, and others. The
    metadata of a Router's calls also has model_group, deployment and model_info. At the end of a
    call, `outcome` is added: "completed", "failed", "truncated" or "abandoned". Each callback gets
    its own copy, which it may keep and change. Times are local, without a time zone, like
    litellm's. API keys are not included.

    litellm has no event for a call that the caller abandons: a stream that was left, a call that
    was cancelled. It is reported as a failure whose `outcome` is "abandoned", in `kwargs` and in
    `standard_logging_object`, with a StreamInterruptedError as `exception`. `response_obj` of a
    failure is what had arrived, or None.
    """

    def log_pre_api_call(self, model: str, messages: list[Any], kwargs: Kwargs, /) -> None:
        """Handle the start of a call; called once per call, even if the call is retried."""

    def log_stream_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: datetime, end_time: datetime, /
    ) -> None:
        """Handle a chunk as it arrives."""

    def log_success_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: datetime, end_time: datetime, /
    ) -> None:
        """Handle a call that completed."""

    def log_failure_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: datetime, end_time: datetime, /
    ) -> None:
        """Handle a call that ended in any other way."""

    async def async_log_pre_api_call(
        self, model: str, messages: list[Any], kwargs: Kwargs, /
    ) -> None:
        """Handle the start of an asynchronous call."""

    async def async_log_stream_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: datetime, end_time: datetime, /
    ) -> None:
        """Handle a chunk of an asynchronous call."""

    async def async_log_success_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: datetime, end_time: datetime, /
    ) -> None:
        """Handle an asynchronous call that completed."""

    async def async_log_failure_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: datetime, end_time: datetime, /
    ) -> None:
        """Handle an asynchronous call that ended in any other way."""


class LoggerCalls:
    """The methods of a logger, each as a pair for asynchronous and blocking calls."""

    def __init__(self, logger: object, name: str) -> None:
        self._pre = _pair(logger, "log_pre_api_call")
        self._stream = _pair(logger, "log_stream_event")
        self._success = _pair(logger, "log_success_event")
        self._failure = _pair(logger, "log_failure_event")
        ignored = [hook for hook in _NOT_CALLED if _own_method(logger, hook) is not None]
        if ignored:
            _log.warning(
                "%s: trunkline never calls %s; write a middleware instead", name, ", ".join(ignored)
            )

    @property
    def handles_start(self) -> bool:
        """Whether the logger overrides a method for the start of a call."""
        return self._pre != _NEITHER

    @property
    def handles_chunks(self) -> bool:
        """Whether the logger overrides a method for chunks."""
        return self._stream != _NEITHER

    def started(self, request: Request) -> object:
        """Call the logger's method for the start of a call."""
        method = self._pre[request.io.blocking]
        if method is None:
            return None
        kwargs = start_kwargs(without_credentials(request))
        return method(kwargs["model"], kwargs["messages"], kwargs)

    def chunk(self, request: Request, chunk: ModelResponseStream) -> object:
        """Call the logger's method for a chunk."""
        method = self._stream[request.io.blocking]
        if method is None:
            return None
        kwargs = start_kwargs(without_credentials(request))
        return method(kwargs, chunk, kwargs["start_time"], datetime.now())  # no time zone

    def ended(self, record: CallRecord) -> object:
        """Call the logger's method for the end of a call."""
        pair = self._success if record.outcome == "completed" else self._failure
        method = pair[record.request.io.blocking]
        return method(*litellm_arguments(record)) if method is not None else None


def adapt_function(function: Callable[..., object]) -> Callable[[CallRecord], object]:
    """Return a callback that calls a function with litellm's four arguments."""
    return lambda record: function(*litellm_arguments(record))


def is_logger(callback: object) -> bool:
    """Return whether an object has a method of litellm's loggers."""
    return any(callable(getattr(callback, name, None)) for name in _CALLED)


def litellm_arguments(
    record: CallRecord,
) -> tuple[Kwargs, ModelResponse | None, datetime, datetime]:
    """Return litellm's four callback arguments for a call that has ended."""
    start, end = _local(record.start), _local(record.end)
    return end_kwargs(record, start, end), record.response, start, end


def start_kwargs(request: Request) -> Kwargs:
    """Return litellm's `kwargs` at the start of a call; `request` must contain no credentials."""
    messages = copy.deepcopy(list(request.messages))
    params = cast("dict[str, Any]", copy.deepcopy(plain(dict(request.params))))
    metadata = dict(request.metadata)
    optional = {**params, "stream": True} if request.stream else params
    return {
        "model": request.model,
        "messages": messages,
        "input": messages,
        "optional_params": optional,
        "litellm_params": {
            "metadata": metadata,
            "api_base": request.base_url,
            "custom_llm_provider": request.provider,
        },
        "metadata": metadata,
        "user": params.get("user"),
        "stream": request.stream,
        "call_type": "completion" if request.io.blocking else "acompletion",
        "litellm_call_id": request.call_id,
        "custom_llm_provider": request.provider,
        "start_time": datetime.now(),  # litellm's times have no time zone
        "log_event_type": "pre_api_call",
        "additional_args": {
            "complete_input_dict": {"model": request.model, "messages": messages, **optional},
            "api_base": request.base_url,
            "headers": dict(request.extra_headers),
        },
    }


def end_kwargs(record: CallRecord, start: datetime, end: datetime) -> Kwargs:
    """Return litellm's `kwargs` at the end of a call."""
    kwargs = start_kwargs(record.request)
    response, completed = record.response, record.outcome == "completed"
    first = end if record.first_token is None else _local(record.first_token)
    kwargs["litellm_params"]["custom_llm_provider"] = record.provider
    kwargs["litellm_params"]["metadata"].update(_deployment(record))
    kwargs.update(
        model=_model(record),
        custom_llm_provider=record.provider,
        start_time=start,
        end_time=end,
        completion_start_time=first,
        cache_hit=record.cache_hit,
        response_cost=_cost(record),
        outcome=record.outcome,
        log_event_type="successful_api_call" if completed else "failed_api_call",
        response_headers=dict(response.call.headers) if response is not None else {},
    )
    if not completed:
        kwargs["exception"] = error = _exception(record)
        kwargs["traceback_exception"] = "".join(format_exception(error))
    elif record.request.stream:
        kwargs["complete_streaming_response"] = response
        kwargs["async_complete_streaming_response"] = response
    kwargs["standard_logging_object"] = _standard_payload(record, kwargs, first)
    return kwargs


def _model(record: CallRecord) -> str:
    """Return the model that was called, without the provider's prefix, as in litellm."""
    known = record.error.model if isinstance(record.error, APIError) else None
    return (known or record.model).removeprefix(f"{record.provider}/")


def _cost(record: CallRecord) -> float | None:
    """Return the cost of a call, None if it is unknown, and 0 for one that failed."""
    cost = unasked(lambda: record.cost)
    return 0.0 if cost is None and record.outcome == "failed" else cost


def _deployment(record: CallRecord) -> Mapping[str, object]:
    """Return what litellm adds to the metadata of a Router's calls."""
    response = record.response
    if response is None or response.call.deployment is None:
        return {}
    return {
        "model_group": record.request.model,
        "deployment": f"{record.provider}/{record.model}",
        "model_info": {"id": response.call.deployment},
    }


def _exception(record: CallRecord) -> BaseException:
    if record.error is not None:
        return record.error
    left = record.request.stream and record.response is not None
    return StreamInterruptedError(
        "the caller stopped reading the stream" if left else "the caller cancelled the call",
        record.provider or None,
        record.model,
        partial=record.response,
    )


def _standard_payload(record: CallRecord, kwargs: Kwargs, first: datetime) -> Kwargs:
    """Return the keys of litellm's StandardLoggingPayload that apply here."""
    usage, response = record.usage, record.response
    completed = record.outcome == "completed"
    hidden = {} if response is None else dict(response._hidden_params)  # pyright: ignore[reportPrivateUsage]  # litellm's name of it
    return {
        "id": response.id if response is not None and response.id else record.call_id,
        "trace_id": record.call_id,
        "litellm_call_id": record.call_id,
        "call_type": kwargs["call_type"],
        "stream": record.request.stream,
        "status": "success" if completed else "failure",
        "outcome": record.outcome,
        "custom_llm_provider": record.provider,
        "model": kwargs["model"],
        "model_id": hidden.get("model_id") or "",
        "model_group": record.request.model,
        "api_base": hidden.get("api_base") or record.request.base_url or "",
        "hidden_params": hidden,
        "response_cost": kwargs["response_cost"],
        "saved_cache_cost": record.saved_cost or 0.0,
        "prompt_tokens": usage.prompt_tokens if usage else 0,
        "completion_tokens": usage.completion_tokens if usage else 0,
        "total_tokens": usage.total_tokens if usage else 0,
        "startTime": record.start,
        "endTime": record.end,
        "completionStartTime": first.timestamp(),
        "response_time": record.seconds,
        "metadata": kwargs["metadata"],
        "request_tags": list(record.metadata.get("tags") or ()),
        "end_user": kwargs["user"] or "",
        "cache_hit": record.cache_hit,
        "messages": kwargs["messages"],
        "response": response.model_dump() if response is not None else None,
        "model_parameters": kwargs["optional_params"],
        "error_str": None if completed else str(kwargs["exception"]),
        "error_information": None if completed else _error_information(kwargs["exception"]),
    }


def _error_information(error: BaseException) -> Mapping[str, str]:
    known = error if isinstance(error, APIError) else None
    return {
        "error_class": type(error).__name__,
        "error_code": str(known.status_code or "") if known else "",
        "llm_provider": (known.provider or "") if known else "",
        "error_message": str(error),
    }


_Method = Callable[..., object] | None
# The methods for (asynchronous, blocking) calls: `pair[io.blocking]`.
_NEITHER: tuple[_Method, _Method] = (None, None)


def _pair(logger: object, name: str) -> tuple[_Method, _Method]:
    plain_one, awaited = _own_method(logger, name), _own_method(logger, f"async_{name}")
    return awaited or plain_one, plain_one or awaited


def _own_method(logger: object, name: str) -> _Method:
    """Return a method that the logger overrides, or None if it is the base class's empty one."""
    for cls in type(logger).__mro__:
        if name in vars(cls):
            # litellm's own base class has the same name, and its methods are empty too.
            return None if cls.__name__ == "CustomLogger" else getattr(logger, name)
    found = getattr(logger, name, None)
    return found if callable(found) else None


def _local(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp)  # litellm's times have no time zone
