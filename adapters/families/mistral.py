"""What Mistral's models require, for every provider that serves them."""

from __future__ import annotations

import re
from functools import lru_cache

# At gateways "mistralai/mistral-large", on Vertex AI "mistral-small-2503", or "ft:codestral".
_NAMES = re.compile(
    r"(?:codestral|devstral|magistral|mathstral|ministral|mistral|mixtral|pixtral|voxtral)"
)


@lru_cache(maxsize=1024)
def takes_short_ids(model: str) -> bool:
    """Return whether a model requires tool-call ids of nine letters and digits.

    https://github.com/openclaw/openclaw/issues/57672
    """
    return _NAMES.search(model.lower()) is not None
