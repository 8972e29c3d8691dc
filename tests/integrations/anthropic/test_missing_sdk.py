"""Without its package, an integration says what to install."""

from __future__ import annotations

import importlib
import sys

import pytest


@pytest.mark.parametrize(
    ("integration", "package", "extra"),
    [("anthropic", "anthropic", "anthropic"), ("asgi", "starlette.applications", "serve")],
)
def test_the_command_is_named(
    monkeypatch: pytest.MonkeyPatch, integration: str, package: str, extra: str
) -> None:
    name = f"trunkline.integrations.{integration}"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf'pip install "trunkline\[{extra}\]"'):
        importlib.import_module(name)
