"""Modules, settings and missing names of litellm in trunkline itself."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec

import pytest

import trunkline
from trunkline.litellm_names.neutral_settings import NEUTRAL
from trunkline.litellm_names.submodules import SUBMODULES


@pytest.mark.parametrize("name", [name for name in SUBMODULES if "responses" not in name])
def test_usual_modules_can_be_imported(name: str) -> None:
    module = importlib.import_module(f"trunkline.{name}")
    if name in {"integrations", "exceptions", "utils"}:
        assert module.__file__ is not None
    else:
        assert module.ModelResponse is trunkline.ModelResponse
        assert set(module.__all__) == set(getattr(trunkline, "__all__"))  # noqa: B009  # type checkers do not see it


def test_importing_modules_hides_no_function() -> None:
    code = (
        "import trunkline, trunkline.main, trunkline.types.responses.main\n"
        "from trunkline.types.utils import *\n"
        "assert callable(trunkline.responses) and callable(completion)\n"
        "assert 'trunkline.migrate' not in __import__('sys').modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_usual_modules_are_attributes_without_an_import() -> None:
    code = (
        "import trunkline as litellm\n"
        "for path in ('types.utils.ModelResponse', 'router.Router', 'caching.caching.Cache',\n"
        "             'integrations.custom_logger.CustomLogger', 'exceptions.RateLimitError',\n"
        "             'litellm_core_utils.streaming_handler.CustomStreamWrapper'):\n"
        "    found = litellm\n"
        "    for name in path.split('.'):\n"
        "        found = getattr(found, name)\n"
        "    assert found is getattr(litellm, name), path\n"
        "assert litellm._logging and callable(litellm.responses)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["embedding", "model_list", "max_budget", "MockException"])
def test_missing_names_say_what_to_use(name: str) -> None:
    with pytest.raises(AttributeError, match=f"trunkline has no {name}: ") as caught:
        getattr(trunkline, name)
    assert caught.value.name == name
    with pytest.raises(ImportError, match=f"trunkline has no {name}: ") as refused:
        exec(f"from trunkline import {name}")  # the statement that users write
    assert refused.value.name == f"trunkline.{name}"


@pytest.mark.parametrize("name", ["proxy", "proxy.proxy_server", "secret_managers.main"])
def test_missing_modules_say_what_to_use(name: str) -> None:
    root = name.partition(".")[0]
    with pytest.raises(ImportError, match=f"trunkline has no {root}: ") as caught:
        importlib.import_module(f"trunkline.{name}")
    assert caught.value.name == f"trunkline.{root}"


def test_other_names_are_python_s_own_errors() -> None:
    assert find_spec("trunkline.nonsense") is None
    with pytest.raises(AttributeError, match="module 'trunkline' has no attribute 'nonsense'"):
        getattr(trunkline, "nonsense")  # noqa: B009  # type checkers know that it is missing
    with pytest.raises(ImportError, match="cannot import name 'nonsense'"):
        exec("from trunkline import nonsense")  # the statement that users write


@pytest.mark.parametrize("name", NEUTRAL)
def test_settings_that_ask_for_nothing_are_accepted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert getattr(trunkline, name) == NEUTRAL[name]
    monkeypatch.setattr(trunkline, name, NEUTRAL[name])
    assert getattr(trunkline, name) == NEUTRAL[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [("set_verbose", True), ("telemetry", True), ("ssl_verify", False), ("api_key", "sk-x")],
)
def test_settings_that_ask_for_something_say_what_to_use(name: str, value: object) -> None:
    with pytest.raises(AttributeError, match=f"trunkline has no setting '{name}': "):
        setattr(trunkline, name, value)


@pytest.mark.parametrize("name", ["api_key", "fallbacks", "max_budget", "caching"])
@pytest.mark.parametrize("value", [None, False, []])
def test_nothing_can_be_set(name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trunkline, name, value, raising=False)
    assert getattr(trunkline, name) == value
