"""langchain-litellm's ChatLiteLLM and ChatLiteLLMRouter."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from tests.integrations.weather import QUESTION
from tests.trunkline.compat.frameworks.programs.scenes import KEY, MODEL, describe, play, weather


def tools(url: str) -> Any:
    """A tool is called, and its result is told."""
    return _converse(_model(url))


def router(url: str) -> Any:
    """The same through a Router."""
    params = {"model": MODEL, "api_key": KEY, "api_base": url}
    router = import_module("litellm").Router([{"model_name": "chat", "litellm_params": params}])
    chat = import_module("langchain_litellm").ChatLiteLLMRouter(router=router, model="chat")
    return _converse(chat)


def stream(url: str) -> Any:
    """The same over streams."""
    model = _model(url).bind_tools([weather])
    call = _sum(list(model.stream(QUESTION)))

    async def ask() -> list[Any]:
        result = _result(call)
        return [chunk async for chunk in model.astream([("user", QUESTION), call, result])]

    chunks = asyncio.run(ask())
    answer = _sum(chunks)
    return {"text": answer.text, "usage": dict(answer.usage_metadata), "chunks": len(chunks)}


def forced(url: str) -> Any:
    """A tool must be called by a model that thinks, which Claude refuses."""
    model = _model(url, model_kwargs={"reasoning_effort": "low"})
    bound = model.bind_tools([weather], tool_choice="weather")
    return {"tool_choice": bound.kwargs.get("tool_choice")}


def error(url: str) -> Any:
    """A limit that is reached; the framework sends again what is worth it."""
    try:
        _model(url, max_retries=2).invoke(QUESTION)
    except import_module("litellm").RateLimitError as raised:
        return describe(raised)


def refused(url: str) -> Any:
    """A request that is wrong is not sent again."""
    try:
        _model(url, max_retries=2).invoke(QUESTION)
    except import_module("litellm").BadRequestError as raised:
        return describe(raised)


def responses(url: str) -> Any:
    """A model that is to use the Responses API, and one of a provider that lacks it."""
    chat = import_module("langchain_litellm").ChatLiteLLM
    arguments = {"api_base": url, "api_key": KEY, "use_responses_api": True}
    said = chat(model="openai/gpt-4o", **arguments).invoke(QUESTION)
    try:
        chat(model=MODEL, **arguments).invoke(QUESTION)
    except ValueError as raised:
        return {"text": said.text, "refused": str(raised)}
    return {"text": said.text}


def _model(url: str, **arguments: Any) -> Any:
    chat = import_module("langchain_litellm").ChatLiteLLM
    arguments.setdefault("model_kwargs", {}).setdefault("num_retries", 0)
    return chat(model=MODEL, api_base=url, api_key=KEY, **arguments)


def _converse(model: Any) -> Any:
    bound = model.bind_tools([weather])
    call = bound.invoke(QUESTION)
    answer = bound.invoke([("user", QUESTION), call, _result(call)])
    return {
        "calls": [(each["name"], each["args"]) for each in call.tool_calls],
        "text": answer.text,
        "usage": dict(answer.usage_metadata),
    }


def _result(call: Any) -> Any:
    [wanted] = call.tool_calls
    message = import_module("langchain_core.messages").ToolMessage
    return message(weather(**wanted["args"]), tool_call_id=wanted["id"])


def _sum(chunks: list[Any]) -> Any:
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


if __name__ == "__main__":
    play(tools, router, stream, forced, error, refused, responses)
