"""The parameters of OpenAI's chat completions.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from ..errors import BadRequestError

#: All of them but `model`, `messages`, `stream` and `metadata`, which are trunkline's own.
CHAT_PARAMS = frozenset(
    {
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "modalities",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    }
)

_A_LIST = ("a list", (list, tuple))

#: What can be nothing else, and would break some wire: for people, and as classes.
_SHAPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "functions": _A_LIST,
    "modalities": _A_LIST,
    "service_tier": ("text", (str,)),
    "stop": ("text or a list of texts", (str, list, tuple)),
    "tools": _A_LIST,
    "web_search_options": ("a dictionary", (Mapping,)),
}
_LISTS_OF_DICTIONARIES = frozenset({"functions", "tools"})


def check_shape(name: str, value: object) -> None:
    """Check that a parameter is of the kind that every provider's wire expects of it.

    Values are the provider's to judge, and so are parameters of its own.

    Raises:
        BadRequestError: it is of another; the text names the place.
    """
    shape = _SHAPES.get(name)
    if shape is None:
        return
    wanted, classes = shape
    if not isinstance(value, classes):
        raise wrong_type(name, wanted, value)
    if name in _LISTS_OF_DICTIONARIES:
        for number, item in enumerate(cast("Sequence[object]", value)):
            if not isinstance(item, Mapping):
                raise wrong_type(f"{name}[{number}]", "a dictionary", item)


def wrong_type(place: str, wanted: str, value: object) -> BadRequestError:
    """Return the error that says what an argument should have been; its value is not shown."""
    return BadRequestError(
        f"{place}: expected {wanted}, got {type(value).__name__}", param=place.partition("[")[0]
    )
