"""Log probabilities of a candidate's tokens, as OpenAI's.

https://ai.google.dev/api/generate-content#LogprobsResult
"""

from __future__ import annotations

from ....pipeline.json_values import JSON
from ....pipeline.schema.parts import ChoiceLogprobs, TokenLogprob, TopLogprob
from .schema import LogprobsResult, Token


def read_logprobs(result: LogprobsResult) -> ChoiceLogprobs:
    """Return OpenAI's form of the log probabilities."""
    tops = [position.candidates or () for position in result.top_candidates or ()]
    found: list[TokenLogprob] = []
    for number, token in enumerate(result.chosen_candidates or ()):
        likely = tops[number] if number < len(tops) else ()
        top_logprobs = [TopLogprob(**_fields(other)) for other in likely]
        found.append(TokenLogprob(**_fields(token), top_logprobs=top_logprobs))
    return ChoiceLogprobs(content=found)


def _fields(token: Token) -> JSON:
    text = token.token or ""
    logprob = float(token.log_probability or 0.0)
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}
