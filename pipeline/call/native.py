"""A call that came in the form of another API, such as the Responses API."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from ..errors import APIError, BadRequestError, NotFoundError, UnsupportedParamsError
from ..json_values import JSON, as_array, as_object
from ..secret import Secret
from .messages import MessageParam, check_messages

if TYPE_CHECKING:
    from ..schema.model_response import ModelResponse

_ANYWAY = ", or pass it in extra_body to send it anyway"
_STORE = (
    "; Client(response_store=...) or trunkline.response_store keeps conversations for "
    "previous_response_id"
)
#: Parameters of chat completions that the Responses API calls otherwise.
_NAMES = {
    "logprobs": "top_logprobs",
    "max_completion_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
}
#: Where a completion keeps the body that it was made of, and what it said then.
_BODY = "_native_body"
#: The path of a parameter of chat completions at the beginning of an error's text.
_PARAM = re.compile(rf"^({'|'.join(_NAMES)})\b(?:\.json_schema\b)?")
#: The path of a message, or of something in it.
_MESSAGE = re.compile(r"\bmessages(?:\[\d+\])?(?:\.[a-z_]+|\[\d+\])*")


class NativeCall(Struct, frozen=True, kw_only=True):
    """The request as the caller gave it, next to the chat call that was made from it.

    A provider with that API gets `body`, changed only where a middleware changed the chat call.

    Attributes:
        body: the request's fields, without the model.
        whole: the same with the items of earlier turns instead of `previous_response_id`, None if
            nobody knows these.
        home: the provider that has the earlier turns itself, and so gets `body`; see `home_of`.
        makers: by the ids of items, the homes of those who made them, as far as this is known.
        messages, params: the chat call as it was made of them.
        wrong: path and reason of each thing in it that chat completions cannot express.
        unsupported: parameters and tools that chat completions lack.
        places: by paths of messages and their parts, the paths of what they were made of.
        sources: for each message the numbers of its items in the body, None for instructions.
        unknown_response: the id of an earlier response that only a provider with the API may have.
        action: what happens to a response; all but "create" need the API itself.
        response_id: the response that is retrieved or cancelled.
    """

    body: Mapping[str, Any]
    messages: tuple[MessageParam, ...]
    params: Mapping[str, Any]
    wrong: tuple[tuple[str, str], ...] = ()
    unsupported: tuple[str, ...] = ()
    whole: Mapping[str, Any] | None = None
    home: str = ""
    makers: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    places: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    sources: tuple[tuple[int, ...] | None, ...] = ()
    unknown_response: str = ""
    action: Literal["create", "retrieve", "cancel"] = "create"
    response_id: str = ""

    def body_for(self, home: str) -> Mapping[str, Any]:
        """Return the body for a provider, with the earlier turns unless it stores them itself."""
        if self.whole is None or (home and home == self.home):
            return self.body
        return self.whole

    def lacking(self, unsupported: Collection[str], tools: Collection[str]) -> list[str]:
        """Return what of it a provider with the API lacks, as errors name it.

        Args:
            unsupported: parameters that the provider does not support.
            tools: types of built-in tools that it lacks.
        """
        names = [name for name in sorted(unsupported) if self.body.get(name)]
        if self.whole is not None and "previous_response_id" in names:
            # The provider gets the items instead.
            names.remove("previous_response_id")
        kinds = map(type_of, as_array(self.body.get("tools")) or ())
        return [*names, *dict.fromkeys(f"tools ({kind})" for kind in kinds if kind in tools)]

    def refusal(self, lacking: Sequence[str], provider: str, model: str) -> UnsupportedParamsError:
        """Return the error for what a provider with the API lacks; see `lacking`."""
        why = f"not supported in the Responses API of {provider}"
        return _unsupported(lacking, why, provider, model, _ANYWAY)

    def without(self, names: Collection[str], tools: Collection[str]) -> NativeCall:
        """Return the call without these parameters, and without tools of these types."""
        whole = None if self.whole is None else _without(self.whole, names, tools)
        body = _without(self.body, names, tools)
        left = tuple(name for name in self.unsupported if name.partition(" ")[0] not in names)
        return msgspec.structs.replace(self, body=body, whole=whole, unsupported=left)

    def without_unsupported(self) -> NativeCall:
        """Return the call without the parameters and tools that chat completions lack."""
        return msgspec.structs.replace(self, unsupported=())

    def check(self, provider: str, model: str, remedy: str = "") -> None:
        """Raise an error if a provider that has only chat completions cannot answer this.

        `remedy` says how the call can use the Responses API, if that is possible.

        Raises:
            BadRequestError: something in the input is malformed or cannot be expressed.
            NotFoundError: nobody has the response that this continues.
            UnsupportedParamsError: a parameter or a tool is not supported.
        """
        if self.unknown_response:
            raise _not_found(self.unknown_response, provider, model)
        for path, why in self.wrong:
            raise BadRequestError(f"{path}: {why}", provider, model, param=path)
        check_messages(self.messages)
        if self.unsupported:
            why = f"not sent, as this call to {provider} does not use the Responses API"
            raise _unsupported(self.unsupported, why, provider, model, first=remedy)

    def name_of(self, param: str) -> str:
        """Return the name under which the caller gave a parameter of chat completions."""
        return param if param in self.body else _NAMES.get(param, param)

    def locate(self, error: APIError) -> None:
        """Let an error name what the caller gave, not the message or parameter made of it."""
        error.message = self._named(error.message)
        if error.param is not None:
            error.param = self._named(error.param)

    def _named(self, text: str) -> str:
        text = _PARAM.sub(lambda found: self.name_of(found[1]), text)
        return _MESSAGE.sub(self._place, text)

    def _place(self, found: re.Match[str]) -> str:
        path = found.group()
        for end in range(len(path), 0, -1):
            if path[:end] in self.places and path[end : end + 1] in ("", ".", "["):
                return self.places[path[:end]] + path[end:]
        return path


def _unsupported(
    given: Sequence[str],
    why: str,
    provider: str,
    model: str,
    last: str = "",
    *,
    first: str = "",
) -> UnsupportedParamsError:
    """Return the error for what is not supported, with remedies before and after the usual ones."""
    names = ", ".join(given)
    last += _STORE if "previous_response_id" in given else ""
    return UnsupportedParamsError(
        f"{names}: {why}; {first}remove {names}, or pass drop_params=True to drop unsupported "
        f"parameters{last}",
        provider,
        model,
        param=given[0].partition(" ")[0],
    )


def type_of(tool: object) -> str | None:
    """Return the type of a tool, or of a choice among tools; None if that is not a str."""
    kind: object = (as_object(tool) or {}).get("type")
    return kind if isinstance(kind, str) else None


def with_tools(body: Mapping[str, Any], kept: list[Any], lacking: Collection[str]) -> JSON:
    """Return a body with only some of its tools, and without what belongs to the others.

    Args:
        body: the fields of a request.
        kept: the tools that stay.
        lacking: the types of those that are left out.
    """
    gone = set[str]() if kept else {"tools", "tool_choice", "parallel_tool_calls"}
    if type_of(body.get("tool_choice")) in lacking:
        gone.add("tool_choice")
    fewer: JSON = {name: value for name, value in body.items() if name not in gone}
    return {**fewer, "tools": kept} if kept else fewer


def _without(body: Mapping[str, Any], names: Collection[str], tools: Collection[str]) -> JSON:
    fewer: JSON = {name: value for name, value in body.items() if name not in names}
    given = as_array(body.get("tools")) or []
    kept = [tool for tool in given if type_of(tool) not in tools]
    return fewer if len(kept) == len(given) else with_tools(fewer, kept, tools)


def said_by(completion: ModelResponse) -> object:
    """Return what can be compared of a completion, to see whether a middleware has changed it."""
    return [
        (
            choice.message.content,
            choice.message.refusal,
            choice.message.reasoning_content,
            list(map(str, choice.message.tool_calls or ())),
        )
        for choice in completion.choices
    ]


def keep_native(completion: ModelResponse, body: bytes) -> None:
    """Keep the body in the form of another API that a completion was made of."""
    vars(completion)[_BODY] = (body, said_by(completion))


def native_of(completion: ModelResponse) -> tuple[bytes, bool] | None:
    """Return the body that a completion was made of, and whether it still says the same."""
    kept: tuple[bytes, object] | None = vars(completion).get(_BODY)
    return None if kept is None else (kept[0], kept[1] == said_by(completion))


def home_of(provider: str, base_url: str, key: Secret | None = None) -> str:
    """Return a name for where a provider keeps what cannot be read anywhere else.

    Each host of a provider stores its own responses. If each account does so too, give `key`: the
    name then ends with six digits of a hash of it.
    """
    host = base_url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    home = f"{provider} {host}"
    if key is None:
        return home
    from hashlib import sha256  # noqa: PLC0415  # few calls need it

    return f"{home} {sha256(f'{home} {key.reveal()}'.encode()).hexdigest()[:6]}"


def _not_found(response_id: str, provider: str, model: str) -> NotFoundError:
    """Return the error for an earlier response that is not stored."""
    return NotFoundError(
        f"previous response with id {response_id!r} not found: response_store does not have it",
        provider,
        model,
        code="previous_response_not_found",
        param="previous_response_id",
    )
