"""`litellm.model_cost`: the facts of all known models in a dictionary that may be changed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ...adapters.table.model_facts import known_models
from ...models import facts
from ...pipeline.errors import BadRequestError
from ..providers import litellm_name, spell
from .reasoning import reasoning_facts

_log = logging.getLogger("trunkline")
_MISSING: Any = object()


# The entries that were set by the program.
_own: dict[str, dict[str, Any]] = {}


class ModelCost(dict[str, dict[str, Any]]):
    """Facts by model name, with and without the provider's prefix.

    Facts are looked up when they are read. What is set here also holds for `get_model_info` and
    the other functions, as far as trunkline has such facts.
    """

    def __init__(self) -> None:
        super().__init__()
        for name in known_models():
            super().__setitem__(name, _MISSING)
            super().__setitem__(litellm_name(name), _MISSING)

    def __getitem__(self, name: str) -> dict[str, Any]:
        found = super().__getitem__(name)
        if found is _MISSING:
            found = _look_up(name, None)
            super().__setitem__(name, found)
        return found

    def __setitem__(self, name: str, entry: dict[str, Any]) -> None:
        super().__setitem__(name, entry)
        _own[name] = entry
        try:
            facts.register_model({name: entry})
        except Exception:  # noqa: BLE001  # a dictionary takes any entry
            _log.debug("litellm.model_cost[%r] has facts that trunkline cannot use", name)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        _own.pop(name, None)

    # Without this, dict(model_cost) would copy what has not been looked up.
    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def get(self, name: str, default: Any = None) -> Any:
        """Return the facts of a model, or `default`."""
        try:
            return self[name]
        except KeyError:
            return default

    def pop(self, name: str, *default: Any) -> Any:
        """Remove a model and return its facts, or the default."""
        if name not in self and default:
            return default[0]
        found = self[name]
        del self[name]
        return found

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the facts of a model, after setting `default` if there were none."""
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *given: Any, **named: Any) -> None:
        """Set several entries."""
        for name, entry in dict(*given, **named).items():
            self[name] = entry

    def values(self) -> Any:
        """Return the facts of all models."""
        return [self[name] for name in self]

    def items(self) -> Any:
        """Return names and facts of all models."""
        return [(name, self[name]) for name in self]

    def copy(self) -> dict[str, dict[str, Any]]:
        """Return the entries as a plain dictionary."""
        return dict(self.items())

    def __reduce__(self) -> tuple[Any, ...]:
        return (dict, (self.copy(),))

    def __deepcopy__(self, memo: Mapping[int, Any]) -> dict[str, dict[str, Any]]:
        return {name: dict(entry) for name, entry in self.items()}


@cache
def model_cost() -> ModelCost:
    """Return the dictionary of this process."""
    return ModelCost()


def get_model_info(
    model: str,
    custom_llm_provider: str | None = None,
    **_others: Any,
) -> dict[str, Any]:
    """Return the facts of a model, with those that the program set in `model_cost`.

    Raises:
        BadRequestError: the model is unknown.
    """
    own = _own.get(model)
    try:
        return {**_look_up(model, custom_llm_provider), **(own or {})}
    except BadRequestError:
        if own is None:
            raise
        return {"key": model, **own}


def _look_up(model: str, provider: str | None) -> dict[str, Any]:
    """Return the facts that trunkline has about a model, under litellm's names."""
    found = facts.get_model_info(spell(model), provider)
    return {**found, **reasoning_facts(model, found["supported_openai_params"])}
