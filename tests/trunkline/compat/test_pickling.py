"""What calls return and raise can be pickled and copied without `install()`."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import trunkline.compat as litellm
from tests.support.answers import MESSAGES
from tests.trunkline.compat.stand_in import installed
from trunkline.pipeline.json_values import JSON

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def response() -> Any:
    return litellm.completion("openai/gpt-4o", MESSAGES, mock_response="Hello!")


def error() -> Any:
    with pytest.raises(litellm.RateLimitError) as caught:
        litellm.completion("openai/gpt-4o", MESSAGES, mock_response="litellm.RateLimitError")
    return caught.value


def objects() -> list[Any]:
    chunks = litellm.completion("openai/gpt-4o", MESSAGES, mock_response="Hello!", stream=True)
    part: JSON = {"type": "output_text", "text": "Hello!", "annotations": []}
    message = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
    item: JSON = {**message, "content": [part]}
    return [
        response(),
        *chunks,
        litellm.ResponsesAPIResponse(id="r", created_at=1, output=[item]),
        litellm.Usage(1, 2, 3),
        litellm.Message(content="Hello!"),
        litellm.types.router.Deployment(model_name="m", litellm_params={"model": "openai/m"}),
    ]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_objects(protocol: int) -> None:
    given = objects()
    assert "litellm" not in sys.modules
    loaded = pickle.loads(pickle.dumps(given, protocol))
    assert loaded == given == copy.deepcopy(given)
    assert [type(each) for each in loaded] == [type(each) for each in given]
    assert loaded[0]._hidden_params == given[0]._hidden_params


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_errors(protocol: int) -> None:
    given = error()
    for made in (pickle.loads(pickle.dumps(given, protocol)), copy.deepcopy(given)):
        assert type(made) is litellm.RateLimitError
        assert (str(made), made.args) == (str(given), given.args)
        assert vars(made) == vars(given)


def test_another_process_can_load_them(tmp_path: Path) -> None:
    path = tmp_path / "response"
    path.write_bytes(pickle.dumps([response(), error()]))
    program = (
        "import pickle, sys; made, error = pickle.loads(open(sys.argv[1], 'rb').read());"
        "print(made.choices[0].message.content, type(error).__name__)"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Hello!", "RateLimitError"]


def test_a_pickle_of_either_kind_can_be_loaded_both_ways() -> None:
    plain = pickle.dumps([response(), error()])
    with installed():
        made, _ = pickle.loads(plain)
        assert type(made) is litellm.ModelResponse
        named = pickle.dumps(made)
        assert b"trunkline" not in named, "litellm could load it"
        assert pickle.loads(named) == made


class Own(litellm.ModelResponse):  # type: ignore[misc]  # it is Any for type checkers
    """A class of a program's own."""


def test_a_class_of_a_program_s_own() -> None:
    assert type(pickle.loads(pickle.dumps(Own()))) is Own
