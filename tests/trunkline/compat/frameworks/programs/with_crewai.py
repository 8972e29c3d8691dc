"""CrewAI's LLM through litellm."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from tests.integrations.weather import QUESTION
from tests.trunkline.compat.frameworks.programs.scenes import KEY, MODEL, describe, play, weather


class City(BaseModel):
    """What a structured answer is read into."""

    name: str
    people: int


def tools(url: str) -> Any:
    """A crew of one agent with a tool."""
    return _run_crew(_llm(url))


def stream(url: str) -> Any:
    """The same over streams."""
    return _run_crew(_llm(url, stream=True))


def direct(url: str) -> Any:
    """A call without an agent, with tokens counted."""
    llm = _llm(url)
    answer = llm.call(QUESTION)
    return {"answer": answer, "tokens": llm.get_token_usage_summary().total_tokens}


def structured(url: str) -> Any:
    """An answer of a class, read by instructor, which is told neither key nor address."""
    os.environ.update(ANTHROPIC_API_KEY=KEY, ANTHROPIC_API_BASE=url)
    return json.loads(_llm(url).call(QUESTION, response_model=City))


def error(url: str) -> Any:
    """A key that is refused; the framework does not try again what litellm has given up."""
    try:
        _run_crew(_llm(url))
    except import_module("litellm").AuthenticationError as raised:
        return describe(raised)


def _llm(url: str, **arguments: Any) -> Any:
    llm = import_module("crewai").LLM
    return llm(
        MODEL, provider="litellm", is_litellm=True,
        base_url=url, api_key=KEY, num_retries=0, **arguments,
    )  # fmt: skip


def _run_crew(llm: Any) -> Any:
    crewai = import_module("crewai")
    tool = import_module("crewai.tools").tool("weather")(weather)
    agent = crewai.Agent(
        role="Meteorologist", goal="Tell the weather", backstory="Reads instruments",
        llm=llm, tools=[tool], verbose=False,
    )  # fmt: skip
    task = crewai.Task(description=QUESTION, expected_output="A sentence", agent=agent)
    result = crewai.Crew(agents=[agent], tasks=[task], verbose=False).kickoff()
    return {"text": result.raw, "tokens": result.token_usage.total_tokens}


if __name__ == "__main__":
    # CrewAI's extra for the model's provider is not needed.
    sys.modules["anthropic"] = None  # type: ignore[assignment]  # Python's way to say so
    play(tools, stream, direct, structured, error)
