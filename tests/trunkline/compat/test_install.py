"""How the stand-in comes and goes, and what it says of what it is not."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import trunkline
import trunkline.compat
from tests.support.answers import MESSAGES
from tests.trunkline.compat.stand_in import installed
from trunkline import Client
from trunkline.compat.modules import MODULES, VERSION
from trunkline.testing import FakeProvider


@pytest.fixture
def litellm() -> Iterator[ModuleType]:
    with installed() as module:
        yield module


@pytest.mark.parametrize("name", MODULES)
def test_every_module_is_found(litellm: ModuleType, name: str) -> None:
    module = import_module(name)
    assert module is sys.modules[name]
    spec = find_spec(name)
    assert spec is not None
    assert spec.name == name
    assert spec.origin == trunkline.compat.__file__ == module.__file__
    assert module.ModelResponse is litellm.ModelResponse


def test_modules_hang_together(litellm: Any) -> None:
    assert litellm.types.utils is sys.modules["litellm.types.utils"]
    assert litellm.litellm_core_utils.streaming_handler.CustomStreamWrapper


def test_metadata_name_the_release_that_is_followed(litellm: Any) -> None:
    assert metadata.version("litellm") == litellm._version.version == VERSION
    assert metadata.distribution("litellm").name == "litellm"


def test_all_that_dir_shows_is_there(litellm: ModuleType) -> None:
    shown = [name for name in dir(litellm) if not name.startswith("__")]
    assert {"completion", "acompletion", "Router", "RateLimitError", "drop_params"} <= set(shown)
    for name in shown:
        getattr(litellm, name)
    assert not {"StreamInterruptedError", "SuspendedError"} & set(shown)


def test_it_leaves_nothing_behind() -> None:
    before, finders = set(sys.modules), list(sys.meta_path)
    with installed():
        assert "litellm.types.utils" in sys.modules
    assert not any(name.startswith("litellm") for name in set(sys.modules) - before)
    assert sys.meta_path == finders
    trunkline.compat.uninstall()


def test_a_second_time_changes_nothing_but_the_client() -> None:
    first, second = FakeProvider(["one"]), FakeProvider(["two"])
    with installed(Client(adapter=first)) as litellm:
        completion = litellm.completion
        assert completion("openai/m", MESSAGES).choices[0].message.content == "one"
        trunkline.compat.install()
        trunkline.compat.install(Client(adapter=second))
        assert sys.modules["litellm"] is litellm
        assert completion("openai/m", MESSAGES).choices[0].message.content == "two"


def test_the_real_one_must_not_be_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", ModuleType("litellm"))
    with pytest.raises(
        RuntimeError, match=r"already been imported.*call trunkline\.compat\.install"
    ):
        trunkline.compat.install()


def test_it_wins_over_an_installed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "litellm"
    (package / "types").mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('the real one was imported')")
    (tmp_path / "litellm-1.0.dist-info").mkdir()
    (tmp_path / "litellm-1.0.dist-info" / "METADATA").write_text("Name: litellm\nVersion: 1.0\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with installed():
        assert import_module("litellm").__file__ == trunkline.compat.__file__
        assert metadata.version("litellm") == VERSION
    assert metadata.version("litellm") == "1.0"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("embedding", "the provider's own SDK"),
        ("transcription", "the provider's own SDK"),
        ("create_file", "the provider's own SDK"),
        ("text_completion", "chat completions"),
        ("batch_completion_models", "fallbacks="),
        ("BudgetManager", "the middleware Budget"),
    ],
)
def test_what_is_not_offered_exists_and_says_what_to_use(
    litellm: ModuleType, name: str, remedy: str
) -> None:
    found = getattr(litellm, name)
    assert (found.__name__, name in dir(litellm)) == (name, True)
    exec(f"from litellm import {name}")
    with pytest.raises(NotImplementedError, match=f"litellm.{name} is not available.*{remedy}"):
        found(model="openai/m", input=["x"])


@pytest.mark.parametrize("name", ["aembedding", "atranscription", "acreate_file", "acreate"])
def test_what_is_not_offered_asynchronously(litellm: ModuleType, name: str) -> None:
    function = getattr(litellm, name)
    assert inspect.iscoroutinefunction(function)
    awaited = function("openai/m", ["x"])
    with pytest.raises(NotImplementedError, match=f"litellm.{name} is not available"):
        asyncio.run(awaited)


def test_other_names_do_not_exist(litellm: ModuleType) -> None:
    assert not hasattr(litellm, "somebodys_own")
    with pytest.raises(AttributeError, match=r"litellm.somebodys_own is not available: .*chat"):
        _ = litellm.somebodys_own
    with pytest.raises(ImportError, match=r"litellm.somebodys_own is not available: .*chat"):
        exec("from litellm import somebodys_own")


def test_a_module_that_is_not_covered_says_so(litellm: ModuleType) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"litellm\.proxy is not available"):
        import_module("litellm.proxy.proxy_server")


@pytest.mark.parametrize(("missing", "said"), [("pydantic", "trunkline[compat]"), ("openai", "")])
def test_packages_that_are_not_installed(missing: str, said: str) -> None:
    program = f"""
import sys
sys.modules[{missing!r}] = None
import trunkline, trunkline.compat
trunkline.compat.install()
import litellm
try:
    litellm.completion("openai/m", [{{"role": "user", "content": "x"}}], num_retries=0,
                       mock_response=trunkline.RateLimitError("slow down"))
except litellm.RateLimitError as error:
    assert isinstance(error, trunkline.RateLimitError)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) is bool(said), done.stderr
    assert said in done.stderr


def test_settings_reach_the_client() -> None:
    client = Client()
    with installed(client) as litellm:
        litellm.drop_params = True
        litellm.num_retries = 3
        heard: list[object] = []
        hear = heard.append
        litellm.callbacks = [hear]
        litellm.success_callback.append(hear)
        assert litellm.drop_params is True
        litellm.completion("openai/m", MESSAGES, mock_response="Hi")
    assert (client.settings.drop_params, client.settings.num_retries) == (True, 3)
    assert len(heard) == 1
    assert trunkline.drop_params is False


def test_none_takes_away_only_what_was_set_here() -> None:
    client = Client(cache=True)
    with installed(client) as litellm:
        litellm.cache = None
        assert litellm.cache is True
        litellm.cache = False
        litellm.cache = None
        assert client.settings.cache is None


@pytest.mark.parametrize("name", ["nobodys_key", "api_base", "use_litellm_proxy"])
def test_settings_that_would_be_lost_are_refused(litellm: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=f"litellm.{name} cannot be set here"):
        setattr(litellm, name, "sk-secret")
    setattr(litellm, name, None)
    assert getattr(litellm, name) is None


def test_none_can_be_patched_in(litellm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cache", "openai_key", "api_base"):
        with monkeypatch.context() as patch:
            patch.setattr(litellm, name, None)
        assert getattr(litellm, name) is None


def test_other_settings_are_kept(litellm: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "trunkline"):
        litellm.telemetry = False
        litellm.suppress_debug_info = True
        litellm._somebodys_own = 1
        assert not caplog.records
        litellm.turn_off_message_logging = True
    assert litellm.turn_off_message_logging is True
    [record] = caplog.records
    assert "turn_off_message_logging has no effect" in record.getMessage()


def test_functions_can_be_patched(
    litellm: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(litellm, "completion", lambda: "patched")
    assert litellm.completion() == "patched"
    assert not caplog.records
    monkeypatch.undo()
    assert litellm.completion("openai/m", MESSAGES, mock_response="Hi").choices


def test_settings_that_are_patched_twice(litellm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm.num_retries = 5
    with monkeypatch.context() as patch:
        patch.setattr(litellm, "num_retries", 1)
        with monkeypatch.context() as inner:
            inner.setattr(litellm, "num_retries", 2)
            inner.setattr(litellm, "num_retries", 3)
        assert litellm.num_retries == 1
    assert litellm.num_retries == 5


def test_debugging_is_turned_on_and_off(litellm: Any) -> None:
    logger = logging.getLogger("trunkline")
    before = logger.level
    try:
        litellm._turn_on_debug()
        assert logger.level == logging.DEBUG
        litellm._logging._disable_debugging()
        assert logger.level == logging.WARNING
    finally:
        logger.setLevel(before)


def test_the_function_of_the_log_that_sdks_replace(
    litellm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = importlib.import_module("litellm.litellm_core_utils.litellm_logging")
    name = "_extract_response_obj_and_hidden_params"
    response = litellm.completion("openai/m", MESSAGES, mock_response="Hi")
    content, hidden = getattr(log, name)(response, original_exception=None)
    assert content["choices"][0]["message"]["content"] == "Hi"
    assert hidden is response._hidden_params
    assert getattr(log, name)("text") == ("text", None)

    monkeypatch.setattr(log, name, "replaced")
    assert getattr(log, name) == "replaced"
    monkeypatch.undo()
    assert getattr(importlib.reload(log), name)("text") == ("text", None)
