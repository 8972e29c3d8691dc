"""Log probabilities in other shapes than OpenAI's, as the tokens that OpenAI's chat API has.

https://docs.together.ai/docs/logprobs
"""

from __future__ import annotations

from collections.abc import Iterator

from ....pipeline.json_values import JSON, as_array
from ....pipeline.schema.parts import Choice, StreamingChoice, TokenLogprob
from ...decode.repair import likely_tokens


def complete_logprobs(choice: Choice | StreamingChoice) -> None:
    """Link the log probabilities of a choice, and add those of OpenAI's API for completions.

    There the tokens and their log probabilities are two lists that belong together.
    """
    logprobs = choice.logprobs
    if logprobs is None:
        return
    logprobs.raw_, logprobs.path_ = choice.raw_, (*choice.path_, "logprobs")
    if logprobs.content is None:
        logprobs.content = list(_paired(logprobs.model_extra)) or None


def _paired(sent: JSON) -> Iterator[TokenLogprob]:
    tokens, scores = as_array(sent.get("tokens")), as_array(sent.get("token_logprobs"))
    if not tokens or not scores or len(tokens) != len(scores):
        return
    likely = as_array(sent.get("top_logprobs")) or []
    if len(likely) != len(tokens):
        likely = [None] * len(tokens)
    for token, score, others in zip(tokens, scores, likely, strict=True):
        if isinstance(token, str) and isinstance(score, int | float):
            yield TokenLogprob(token=token, logprob=score, top_logprobs=list(likely_tokens(others)))
