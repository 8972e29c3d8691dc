"""Misspelt names of litellm's get a hint: settings a visible warning, other names an error."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.trunkline.compat.stand_in import installed


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("drop_param", "drop_params"),
        ("sucess_callback", "success_callback"),
        ("set_verbos", "set_verbose"),
        ("num_retry", "num_retries"),
        ("custom_providers_map", "custom_provider_map"),
        ("client_sesion", "client_session"),
    ],
)
def test_a_setting(litellm: Any, name: str, meant: str) -> None:
    with pytest.warns(UserWarning, match=rf"litellm\.{name} has no effect; did you mean {meant}\?"):
        setattr(litellm, name, True)


def test_the_warning_shows_the_program_s_line(litellm: Any) -> None:
    with pytest.warns(UserWarning, match="drop_params") as caught:
        litellm.drop_param = True
    assert [warning.filename for warning in caught] == [__file__]


def test_without_install() -> None:
    facade: Any = import_module("trunkline.compat")
    with pytest.warns(UserWarning, match=r"did you mean drop_params\?"):
        facade.drop_param = True
    del facade.drop_param


@pytest.mark.parametrize(
    "name", ["turn_off_message_logging", "json_logs", "somebodys_own", "_private", "drop_params"]
)
def test_other_settings_have_no_visible_warning(
    litellm: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        monkeypatch.setattr(litellm, name, True, raising=False)


@pytest.mark.parametrize("name", ["add_function_to_prompt", "somebodys_own", "_private"])
def test_what_frameworks_set_is_not_shown(
    litellm: Any, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "trunkline")
    monkeypatch.setattr(litellm, name, True, raising=False)
    assert not caplog.records


def test_a_slip_is_not_logged_as_well(litellm: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "trunkline")
    with pytest.warns(UserWarning, match="drop_params"):
        litellm.drop_param = True
    assert not caplog.records


@pytest.mark.parametrize("package", ["litellm", "trunkline.compat"])
def test_a_name(litellm: Any, package: str) -> None:
    assert litellm.completion
    with pytest.raises(AttributeError, match=r"litellm\.completon .*; did you mean completion\?$"):
        _ = import_module(package).completon
    with pytest.raises(ImportError, match=r"litellm\.completon .*; did you mean completion\?$"):
        exec(f"from {package} import completon")
    with pytest.raises(ImportError, match=r"utils\.token_countr .*; did you mean token_counter\?$"):
        exec(f"from {package}.utils import token_countr")
    with pytest.raises(ImportError, match=r"litellm\.uitls .*; did you mean utils\?$"):
        import_module(f"{package}.uitls")


def test_a_name_like_no_other(litellm: Any) -> None:
    with pytest.raises(AttributeError, match=r"help\(trunkline\.compat\) lists what it covers$"):
        _ = litellm.somebodys_own


def test_modules_describe_themselves(litellm: Any) -> None:
    assert litellm.__doc__ == "The names of litellm that trunkline has."
    assert "litellm.utils" in (import_module("litellm.utils").__doc__ or "")
