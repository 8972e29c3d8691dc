"""`trunkline serve` without the extra `serve`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trunkline.command.runs import environment, hide, run

PACKAGES = ("starlette", "uvicorn", "httptools", "prometheus_client")


def test_help_needs_no_extra(tmp_path: Path) -> None:
    done = run("serve", "--help", env=environment(None, **hide(tmp_path, *PACKAGES)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: trunkline serve")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_error_has_the_pip_command(package: str, tmp_path: Path) -> None:
    # The mistake in the arguments would end it if it started.
    done = run("serve", "--host", "0.0.0.0", env=environment(None, **hide(tmp_path, package)))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "trunkline: serve needs an extra: pip install 'trunkline[serve]' "
        f"(No module named '{package}')\n"
    )
