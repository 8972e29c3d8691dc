"""`import trunkline.compat as litellm` has litellm's names and settings without `install()`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import trunkline
import trunkline.compat as litellm
from tests.support.answers import MESSAGES
from tests.support.worlds import World
from tests.trunkline.compat.handlers.own_llm import ask, piece, serve, text_of
from tests.trunkline.compat.stand_in import installed
from trunkline.compat.modules import MODULES
from trunkline.testing import FakeProvider


@pytest.fixture(autouse=True)
def _no_handlers() -> Iterator[None]:
    yield
    litellm.custom_provider_map = []


def test_it_has_all_names() -> None:
    with installed() as module:
        names = set(dir(module))
    assert "CustomLLM" in names
    assert names <= set(dir(litellm))
    assert [name for name in sorted(names) if not hasattr(litellm, name)] == []


def test_no_file_hides_a_name() -> None:
    with installed() as module:
        names = set(dir(module))
    folder = Path(litellm.__file__ or "").parent
    own = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    modules = {name.removeprefix("litellm.").partition(".")[0] for name in MODULES}
    assert own & (names | modules) <= {"__init__"}


def test_modules_are_attributes() -> None:
    assert litellm.exceptions.RateLimitError is litellm.RateLimitError
    assert litellm.llms.custom_llm.CustomLLM is litellm.CustomLLM


@pytest.mark.parametrize("name", [name for name in MODULES if name != "litellm"])
def test_modules_can_be_imported(name: str) -> None:
    module = import_module(name.replace("litellm", "trunkline.compat", 1))
    assert module.ModelResponse is litellm.ModelResponse
    assert set(dir(litellm.types.utils)) <= set(dir(module))
    assert callable(litellm.responses), "a function, although litellm.responses.main is a module"


def test_all_names_of_a_module_can_be_imported() -> None:
    names: dict[str, object] = {}
    exec("from trunkline.compat.types.utils import *", names)
    assert names["Usage"] is litellm.Usage
    exec("from trunkline.compat.exceptions import *", names)
    assert names["RateLimitError"] is litellm.RateLimitError


def test_modules_follow_what_is_installed() -> None:
    utils = import_module("trunkline.compat.utils")
    with installed(FakeProvider(["Hello"]).client()) as module:
        assert utils.completion == module.completion
    assert utils.completion == litellm.completion


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense", "litellm.nonsense is not available"),
        ("types.nonsense", "litellm.types.nonsense is not available"),
        ("proxy.proxy_server", "trunkline serve"),
    ],
)
def test_modules_that_are_missing(name: str, said: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=said):
        import_module(f"trunkline.compat.{name}")


def test_names_that_modules_lack() -> None:
    with pytest.raises(ImportError, match=r"litellm\.utils\.nonsense is not available"):
        exec("from trunkline.compat.utils import nonsense")


def test_a_handler_answers(world: World) -> None:
    serve(litellm, lambda _: [piece("Hel"), piece("lo")])
    assert text_of(ask(litellm, world, stream=True)) == "Hello"


def test_settings_are_those_of_the_default_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(litellm, "drop_params", True)
        assert trunkline.drop_params is True
    assert trunkline.drop_params is False
    with pytest.raises(AttributeError, match="api_base cannot be set here"):
        setattr(litellm, "api_base", "https://a.example")  # noqa: B010  # type checkers know no such setting


def test_what_is_installed_has_its_own_client() -> None:
    fake = FakeProvider(["Hello"])
    with installed(fake.client()) as module:
        assert litellm.completion == module.completion
        response = litellm.completion("openai/gpt-4o", MESSAGES)
        assert response.choices[0].message.content == "Hello"
    assert litellm.completion != module.completion


def test_a_name_that_is_not_covered() -> None:
    with pytest.raises(AttributeError, match=r"litellm\.nonsense is not available"):
        assert litellm.nonsense
    with pytest.raises(ModuleNotFoundError):
        import_module("trunkline.compat.nonsense")


def test_importing_it_does_not_load_pydantic() -> None:
    program = "import sys, trunkline.compat; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
