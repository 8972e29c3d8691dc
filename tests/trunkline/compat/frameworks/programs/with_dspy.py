"""DSPy's LM over litellm: ReAct, streamify, typed requests and the cache on disk."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from tests.integrations.weather import QUESTION
from tests.trunkline.compat.frameworks.programs.scenes import KEY, MODEL, describe, play, weather


def tools(url: str) -> Any:
    """A ReAct program with a tool."""
    dspy = import_module("dspy")
    program = dspy.ReAct("question -> answer", tools=[weather], max_iters=3)
    with dspy.context(lm=_lm(url), track_usage=True):
        prediction = program(question=QUESTION)
    usage = prediction.get_lm_usage()[MODEL]
    return {"answer": prediction.answer, "trajectory": prediction.trajectory, "usage": usage}


def stream(url: str) -> Any:
    """A program whose answer is streamed."""
    dspy = import_module("dspy")
    listener = dspy.streaming.StreamListener(signature_field_name="answer")
    program = dspy.streamify(dspy.Predict("question -> answer"), stream_listeners=[listener])

    async def ask() -> list[Any]:
        return [each async for each in program(question=QUESTION)]

    with dspy.context(lm=_lm(url)):
        *pieces, prediction = asyncio.run(ask())
    return {"pieces": [piece.chunk for piece in pieces], "answer": prediction.answer}


def typed(url: str) -> Any:
    """A request of DSPy's own type, streamed through the engine for litellm."""
    lm15, engines = import_module("dspy.lm15"), import_module("dspy.clients.engines")
    engine = engines.LiteLLMEngine(api_key=KEY, api_base=url)
    request = lm15.Request(model=MODEL, messages=(lm15.Message.user(QUESTION),))
    events = list(engine.stream(request))
    texts = [event.delta.text for event in events if event.type == "delta"]
    return {"text": "".join(texts), "tokens": events[-1].usage.total_tokens}


def other(url: str) -> Any:
    """A provider with OpenAI's wire, and what its model can do."""
    dspy = import_module("dspy")
    lm = _lm(url, model="groq/llama-3.3-70b")
    told = [lm.supports_function_calling, lm.supports_reasoning, "tools" in lm.supported_params]
    with dspy.context(lm=lm):
        return {
            "told": told,
            "answer": dspy.Predict("question -> answer")(question=QUESTION).answer,
        }


def cache(url: str) -> Any:
    """An answer that is read again from the disk, whose reader trusts litellm's types only."""
    dspy = import_module("dspy")
    lm = _lm(url, cache=True)
    first = lm(QUESTION)
    dspy.cache.reset_memory_cache()
    return {"first": first, "second": lm(QUESTION)}


def responses(url: str) -> Any:
    """A program over the Responses API, and an answer that is read again from the disk."""
    dspy = import_module("dspy")
    lm = dspy.LM(
        MODEL, model_type="responses", engine="litellm", api_key=KEY, api_base=url, num_retries=0
    )
    with dspy.context(lm=lm):
        answer = dspy.Predict("question -> answer")(question=QUESTION).answer
    dspy.cache.reset_memory_cache()
    with dspy.context(lm=lm):
        again = dspy.Predict("question -> answer")(question=QUESTION).answer
    return {"answer": answer, "again": again}


def error(url: str) -> Any:
    """A prompt that is too long; the framework knows it by its class."""
    dspy = import_module("dspy")
    try:
        _lm(url)(QUESTION)
    except dspy.ContextWindowExceededError as raised:
        return describe(raised)


def _lm(url: str, *, model: str = MODEL, cache: bool = False) -> Any:
    lm = import_module("dspy").LM
    return lm(model, cache=cache, engine="litellm", api_key=KEY, api_base=url, num_retries=0)


if __name__ == "__main__":
    play(tools, stream, typed, other, cache, responses, error)
