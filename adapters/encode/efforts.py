"""`reasoning_effort` for APIs that only turn reasoning on or off."""

from __future__ import annotations

from ...pipeline.call.chat_params import EFFORTS
from ...pipeline.errors import BadRequestError


def check_effort(effort: object) -> str:
    """Return an effort in lower case, after checking that it is one of OpenAI's.

    An API with a switch cannot refuse another word, such as "off", and would get the opposite.

    Raises:
        BadRequestError: it is not one of them.
    """
    word = effort.lower() if isinstance(effort, str) else effort
    if word in EFFORTS:
        return str(word)
    raise BadRequestError(
        f"reasoning_effort: expected one of {', '.join(EFFORTS)}, got {effort!r}",
        param="reasoning_effort",
    )
