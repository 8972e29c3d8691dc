"""The OpenAI Agents SDK's LitellmModel."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from tests.integrations.weather import QUESTION
from tests.trunkline.compat.frameworks.programs.scenes import KEY, MODEL, describe, play, weather


def tools(url: str) -> Any:
    """A run with a tool."""

    async def ask() -> Any:
        return await import_module("agents").Runner.run(_agent(url), QUESTION)

    return _tell(asyncio.run(ask()))


def stream(url: str) -> Any:
    """The same over streams, with the text as it comes."""

    async def ask() -> Any:
        agents = import_module("agents")
        agent = _agent(url, model_settings=agents.ModelSettings(include_usage=True))
        run = agents.Runner.run_streamed(agent, QUESTION)
        pieces = [
            event.data.delta
            async for event in run.stream_events()
            if getattr(getattr(event, "data", None), "type", "") == "response.output_text.delta"
        ]
        return _tell(run) | {"text": "".join(pieces), "pieces": len(pieces)}

    return asyncio.run(ask())


def error(url: str) -> Any:
    """A limit that is reached; the SDK knows it by OpenAI's class, its status and its headers."""
    agents = import_module("agents")
    settings = agents.ModelSettings(
        retry=agents.ModelRetrySettings(
            max_retries=1, policy=agents.retry_policies.provider_suggested()
        )
    )

    async def ask() -> Any:
        return await agents.Runner.run(_agent(url, model_settings=settings), QUESTION)

    try:
        asyncio.run(ask())
    except import_module("openai").RateLimitError as raised:
        return describe(raised)


def _agent(url: str, **arguments: Any) -> Any:
    agents = import_module("agents")
    models = import_module("agents.extensions.models.litellm_model")
    model = models.LitellmModel(MODEL, base_url=url, api_key=KEY)
    tool = agents.function_tool(weather)
    return agents.Agent(name="meteorologist", model=model, tools=[tool], **arguments)


def _tell(run: Any) -> dict[str, Any]:
    usage = run.context_wrapper.usage
    return {"output": run.final_output, "requests": usage.requests, "tokens": usage.total_tokens}


if __name__ == "__main__":
    play(tools, stream, error)
