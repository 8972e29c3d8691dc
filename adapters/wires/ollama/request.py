"""Encode a request for Ollama's chat API.

https://docs.ollama.com/api/chat
"""

from __future__ import annotations

import re

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest
from ...encode.efforts import check_effort
from ...encode.http_request import encode_json, http_request
from ...encode.media import inline_media
from ...encode.overlay import overlay
from ...encode.tool_choice import choose_tools, plain_tool
from ...provider.row import Provider
from ...provider.rules import renamed_params
from ...structured.response_format import object_schema
from .forced import call_schema, instruct
from .messages import PROVIDER, encode_messages

# Parameters that go into `options`:
# https://docs.ollama.com/modelfile#valid-parameters-and-values and the runner's options of
# https://github.com/ollama/ollama/blob/main/api/types.go
_OPTIONS = frozenset(
    {
        "draft_num_predict",
        "f16_kv",
        "frequency_penalty",
        "logits_all",
        "low_vram",
        "main_gpu",
        "min_p",
        "mirostat",
        "mirostat_eta",
        "mirostat_tau",
        "num_batch",
        "num_ctx",
        "num_gpu",
        "num_keep",
        "num_predict",
        "num_thread",
        "numa",
        "penalize_newline",
        "presence_penalty",
        "repeat_last_n",
        "repeat_penalty",
        "seed",
        "stop",
        "temperature",
        "tfs_z",
        "top_k",
        "top_p",
        "typical_p",
        "use_mlock",
        "use_mmap",
        "vocab_only",
    }
)
# Parameters that are translated separately, or dropped.
_ELSEWHERE = frozenset({"stream_options", "tool_choice", "tools"})
# Models whose reasoning effort is a word; all others only turn reasoning on or off.
_TAKES_LEVELS = re.compile(r"gpt-?oss")
_LEVELS = {"minimal": "low", "xhigh": "high", "max": "high"}


async def prepare(
    request: Request, _provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Fetch images that messages link to: Ollama accepts only their bytes."""
    return await inline_media(request), endpoint


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Parameters that are Ollama's options go into `options`. Others (`keep_alive`, `think`,
    `format`) are fields of the body. A required tool call uses `format`; see `forced`.

    Raises:
        BadRequestError: Ollama's API does not support something in the request.
    """
    params = renamed_params(request.params, provider, endpoint.model)
    own: JSON = as_object(params.pop("options", None)) or {}
    options = {name: params.pop(name) for name in list(params) if name in _OPTIONS}
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    body: JSON = {
        "model": endpoint.model,
        "messages": encode_messages(request.messages),
        "stream": request.stream,
        **_translate(params, endpoint.model),
    }
    if options or own:
        body["options"] = {**options, **own}
    body.update(_tools(params, body["messages"]))
    body = overlay(body, request.extra_body)
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        headers={"Accept": "application/x-ndjson" if request.stream else "application/json"},
    )


def _translate(params: JSON, model: str) -> JSON:
    """Return the parameters that are not options in Ollama's form."""
    body = {name: value for name, value in params.items() if name not in _ELSEWHERE}
    if "response_format" in body:
        given: object = body.pop("response_format")
        schema = object_schema(given)
        if schema is not None:
            plain = (as_object(given) or {}).get("type") == "json_object"
            body["format"] = "json" if plain else schema
    effort: object = body.pop("reasoning_effort", None)
    thinking = as_object(body.pop("thinking", None))
    if "think" not in body and thinking is not None:
        body["think"] = thinking.get("type") != "disabled"
    elif "think" not in body and effort not in (None, "default"):
        body["think"] = _think(effort, model)
    return body


def _think(given: object, model: str) -> bool | str:
    effort = check_effort(given)
    if effort == "none":
        return False
    return _LEVELS.get(effort, effort) if _TAKES_LEVELS.search(model.lower()) else True


def _tools(params: JSON, messages: list[JSON]) -> JSON:
    """Return the fields for tools and the tool choice."""
    if "tools" not in params and "tool_choice" not in params:
        return {}
    tools, mode = choose_tools(params, PROVIDER)
    if mode == "required":
        return {"format": call_schema(tools), "messages": instruct(messages, tools)}
    return {"tools": [] if mode == "none" else [plain_tool(tool["function"]) for tool in tools]}
