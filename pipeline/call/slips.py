"""Find arguments whose names are slips: `temprature` for `temperature`.

Providers take parameters of any name, so an unknown name usually goes to the provider. A name that
is nearly one of trunkline's or OpenAI's, and that no provider documents, is a mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import lru_cache

from ..errors import BadRequestError
from .absent_arguments import ABSENT, OTHER_NAMES
from .chat_params import CHAT_PARAMS, RESPONSES_STATE
from .provider_params import PROVIDER_PARAMS

# `num_retry` and `num_retries` are this similar.
_SIMILAR = 0.8
_KNOWN = frozenset({"messages", "model", "stream", *CHAT_PARAMS, *OTHER_NAMES, *RESPONSES_STATE})


def refuse_slip(name: str, arguments: Iterable[str]) -> None:
    """Raise an error for an argument whose name is a slip; see `find_slip`.

    Raises:
        BadRequestError: it is one; the error names the right one.
    """
    meant = find_slip(name, arguments)
    if meant is not None:
        raise BadRequestError(
            f"{name}: unknown argument; did you mean {meant}? "
            "Pass a provider's own parameter of this name in extra_body",
            param=name,
        )


def find_slip(name: str, arguments: Iterable[str]) -> str | None:
    """Return the name that an unknown argument's name is a slip of, None if it is none.

    Args:
        name: an argument that is neither trunkline's nor OpenAI's.
        arguments: the names of trunkline's own arguments and of the middlewares' options.
    """
    known = frozenset(arguments)
    if name in PROVIDER_PARAMS or name in _KNOWN or name in ABSENT or name in known:
        return None
    return _closest(name, known)


def find_near(name: str, known: Collection[str], similar: float = _SIMILAR) -> str | None:
    """Return the known name that is most similar to `name`, None if none is similar enough.

    `similar` is how similar it must be, from 0 to 1.
    """
    lowered = name.lower().replace("-", "_")
    found = get_close_matches(lowered, sorted(known), n=1, cutoff=similar)
    # In short names, such as `rmp` for `rpm`, two letters in the wrong order are a large part.
    swapped = (each for each in sorted(known) if sorted(each) == sorted(lowered))
    return found[0] if found else next(swapped, None)


def explain_slip(name: object, known: Collection[str]) -> str:
    """Return a hint for a name that must be one of a few: the one that is meant, or all."""
    near = find_near(name, known) if isinstance(name, str) else None
    return f"did you mean {near}?" if near else f"expected one of {', '.join(known)}"


@lru_cache(maxsize=1024)
def _closest(name: str, arguments: frozenset[str]) -> str | None:
    return find_near(name, _KNOWN | arguments)
