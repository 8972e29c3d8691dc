"""Google ADK's LiteLlm."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from tests.integrations.weather import QUESTION
from tests.trunkline.compat.frameworks.programs.scenes import KEY, MODEL, describe, play, weather


def tools(url: str) -> Any:
    """A run with a tool."""
    return _ask(_model(url), streams=False)


def stream(url: str) -> Any:
    """The same over streams."""
    return _ask(_model(url), streams=True)


def cache(url: str) -> Any:
    """An app that has the provider keep the prompt."""
    config = import_module("google.adk.agents.context_cache_config").ContextCacheConfig
    return _ask(_model(url), streams=False, context_cache_config=config(min_tokens=0))


def fallback(url: str) -> Any:
    """A model that is down; ADK asks the next one."""
    models = import_module("google.adk.models")
    return _ask(models.FallbackModel(models=[_model(url), _model(url)]), streams=False)


def error(url: str) -> Any:
    """A request that is wrong; no other model is asked."""
    models = import_module("google.adk.models")
    try:
        _ask(models.FallbackModel(models=[_model(url), _model(url)]), streams=False)
    except import_module("litellm").BadRequestError as raised:
        return describe(raised)


def schema(url: str) -> Any:
    """What the model is said to take."""
    capabilities = _model(url, MODEL).capabilities, _model(url, "groq/llama-3.3-70b").capabilities
    return [each.output_schema_and_tools for each in capabilities]


def _model(url: str, model: str = MODEL) -> Any:
    lite_llm = import_module("google.adk.models.lite_llm")
    return lite_llm.LiteLlm(model, api_base=url, api_key=KEY, num_retries=0)


def _ask(model: Any, *, streams: bool, **of_app: Any) -> Any:
    return asyncio.run(_run(model, streams=streams, **of_app))


async def _run(model: Any, *, streams: bool, **of_app: Any) -> Any:
    agents, runners = import_module("google.adk.agents"), import_module("google.adk.runners")
    config = import_module("google.adk.agents.run_config")
    types = import_module("google.genai.types")
    mode = config.StreamingMode.SSE if streams else config.StreamingMode.NONE
    agent = agents.LlmAgent(name="meteorologist", model=model, tools=[weather])
    app = import_module("google.adk.apps").App(name="test", root_agent=agent, **of_app)
    runner = runners.InMemoryRunner(app=app)
    session = await runner.session_service.create_session(app_name="test", user_id="somebody")
    events = [
        event
        async for event in runner.run_async(
            user_id="somebody",
            session_id=session.id,
            new_message=types.Content(role="user", parts=[types.Part(text=QUESTION)]),
            run_config=config.RunConfig(streaming_mode=mode),
        )
    ]
    await runner.close()
    whole = [event for event in events if not event.partial and event.content]
    return {
        "calls": [call.name for event in whole for call in event.get_function_calls()],
        "text": "".join(part.text or "" for part in whole[-1].content.parts),
        "pieces": len([event for event in events if event.partial]),
        "tokens": whole[-1].usage_metadata.total_token_count,
    }


if __name__ == "__main__":
    play(tools, stream, cache, fallback, error, schema)
