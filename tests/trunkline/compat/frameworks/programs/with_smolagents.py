"""smolagents' LiteLLMModel and LiteLLMRouterModel."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tests.integrations.weather import QUESTION
from tests.trunkline.compat.frameworks.programs.scenes import KEY, MODEL, describe, play, weather


def tools(url: str) -> Any:
    """An agent with a tool."""
    return _run_agent(_model(url), streams=False)


def stream(url: str) -> Any:
    """The same over streams."""
    return _run_agent(_model(url), streams=True)


def router(url: str) -> Any:
    """The same through a Router."""
    params = {"model": MODEL, "api_key": KEY, "api_base": url}
    model = import_module("smolagents").LiteLLMRouterModel(
        "chat", [{"model_name": "chat", "litellm_params": params}], {"num_retries": 0}
    )
    return _run_agent(model, streams=False)


def error(url: str) -> Any:
    """A limit that is reached; the framework knows it by its text."""
    models = import_module("smolagents.models")
    try:
        _model(url).generate([{"role": "user", "content": QUESTION}])
    except import_module("litellm").RateLimitError as raised:
        return describe(raised) | {"is_rate_limit": models.is_rate_limit_error(raised)}


def _model(url: str) -> Any:
    smolagents = import_module("smolagents")
    return smolagents.LiteLLMModel(MODEL, api_base=url, api_key=KEY, num_retries=0, retry=False)


def _run_agent(model: Any, *, streams: bool) -> Any:
    smolagents = import_module("smolagents")
    tool = smolagents.tool(weather)
    agent = smolagents.ToolCallingAgent(
        [tool], model, stream_outputs=streams, verbosity_level=0, max_steps=3
    )
    result = agent.run(QUESTION, return_full_result=True)
    return {"output": result.output, "tokens": result.token_usage.total_tokens}


if __name__ == "__main__":
    play(tools, stream, router, error)
