"""Parameters of a wrong type raise one error that names them, and nothing is sent."""

from __future__ import annotations

import math
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import BadRequestError
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-5.6"
NUMBERS = ["temperature", "top_p", "frequency_penalty", "presence_penalty"]
INTEGERS = ["max_tokens", "max_completion_tokens", "n", "seed", "top_logprobs"]
FLAGS = ["parallel_tool_calls", "store"]
TEXTS = ["user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "verbosity"]
CHOICES = ["reasoning_effort", "moderation", "function_call", "tool_choice"]
DICTS = ["logit_bias", "stream_options", "audio", "prediction", "prompt_cache_options"]
KINDS: list[tuple[list[str], str, list[Any]]] = [
    (NUMBERS, "a number", ["hot", True, [], {}, b"1", Decimal("0.5"), 1j]),
    (INTEGERS, "int", ["many", "2", True, 2.5, [], {}, math.nan]),
    (FLAGS, "bool", ["yes", 1, 0, []]),
    (["logprobs"], "bool", ["yes", 1.0, []]),
    (TEXTS, "str", [5, True, 0.5, [], {}, b"x"]),
    (CHOICES, "str or dict", [5, True, []]),
    (DICTS, "dict", ["x", 5, True, []]),
    (["stop"], "str or list of str", [3, {}, True]),
    (["response_format"], "dict or class", ["json_object"]),
    (["stream"], "bool", ["yes", 1, {}]),
]
WRONG: list[tuple[str, Any, str]] = [
    *(
        (name, value, f"{name}: expected {wanted}, got {type(value).__name__}")
        for names, wanted, values in KINDS
        for name in names
        for value in values
    ),
    ("temperature", math.nan, "temperature: expected a finite number, got nan"),
    ("top_p", -math.inf, "top_p: expected a finite number, got -inf"),
    ("top_k", math.nan, "top_k: expected a finite number, got nan"),
    (
        "safety_settings",
        [{"a": math.inf}],
        "safety_settings[0].a: expected a finite number, got inf",
    ),
    ("audio", {"a": [math.nan]}, "audio.a[0]: expected a finite number, got nan"),
    ("extra_body", {"a": [math.nan]}, "extra_body.a[0]: expected a finite number, got nan"),
    ("max_output_tokens", "x", "max_output_tokens: expected int, got str"),
    ("reasoning_effort", 1j, "reasoning_effort: expected str or dict, got complex"),
    ("background", 3, "background: expected bool, got int"),
    ("max_tool_calls", "3", "max_tool_calls: expected int, got str"),
    ("previous_response_id", 3, "previous_response_id: expected str, got int"),
    ("conversation", 3, "conversation: expected str or dict, got int"),
    ("modalities", ["text", 3], "modalities[1]: expected str, got int"),
    ("reasoning_effort", {"effort": 3}, "reasoning_effort.effort: expected str, got int"),
    ("stop", ["a", 3], "stop[1]: expected str, got int"),
    ("stop", [None], "stop[0]: expected str, got NoneType"),
    ("logit_bias", {"50256": "low"}, "logit_bias['50256']: expected a number, got str"),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG, ids=str)
def test_wrong_types(world: World, name: str, value: Any, message: str) -> None:
    fake = FakeProvider(["Hi"])
    call: Any = world.complete if name != "stream" else _with_stream(world)
    with pytest.raises(BadRequestError) as caught:
        call(fake.client(), MODEL, MESSAGES, **{name: value})
    assert caught.value.message == message
    assert caught.value.param == name
    assert not fake.requests


def _with_stream(world: World) -> Any:
    def call(client: Any, model: str, messages: Any, **arguments: Any) -> Any:
        if world.blocking:
            return client.completion(model, messages, **arguments)
        return world.run(lambda: client.acompletion(model, messages, **arguments))

    return call


FORMS = '{"type": "text"}, {"type": "json_object"} or {"type": "json_schema", "json_schema": '
SLIPS: list[tuple[str, Any, str]] = [
    ("reasoning_effort", "hihg", "reasoning_effort: unknown value 'hihg'; did you mean high?"),
    ("reasoning_effort", {"effort": "lo"}, "reasoning_effort.effort: unknown value 'lo'; did you"),
    ("reasoning_effort", "", "expected one of high, low, max, medium, minimal, none, xhigh."),
    ("verbosity", "lo", "verbosity: unknown value 'lo'; did you mean low?"),
    ("service_tier", "flx", "service_tier: unknown value 'flx'; did you mean flex?"),
    ("modalities", ["text", "vido"], "modalities[1]: unknown value 'vido'; did you mean video?"),
    ("response_format", {"type": "json"}, FORMS),
    ("response_format", {"type": "json_schema"}, "got type 'json_schema' only"),
    ("response_format", {"json_schema": {}}, "got one without a type"),
    ("response_format", {}, FORMS),
    (
        "response_format",
        {"type": "jsonschema", "json_schema": {}},
        "response_format.type: unknown value 'jsonschema'; did you mean json_schema?",
    ),
]


@pytest.mark.parametrize(("name", "value", "said"), SLIPS, ids=str)
def test_slips_of_words(name: str, value: Any, said: str) -> None:
    fake = FakeProvider(["Hi"])
    with pytest.raises(BadRequestError) as caught:
        fake.client([]).completion(MODEL, MESSAGES, **{name: value})
    assert said in caught.value.message
    assert caught.value.param == name
    assert not fake.requests


class Level(Enum):
    LOW = "low"


class Count(IntEnum):
    TWO = 2


class Half(float):
    """A number of a class of its own, like those of numpy."""


class Text(str):
    """Text of a class of its own, like that of numpy."""

    __slots__ = ()


RIGHT: list[tuple[str, Any, Any]] = [
    ("temperature", 1, 1),
    ("temperature", 0.5, 0.5),
    ("temperature", Half(0.5), 0.5),
    ("max_tokens", 3, 3),
    ("max_tokens", 3.0, 3),
    ("n", Count.TWO, 2),
    ("logprobs", True, True),
    ("logprobs", 2, 2),
    ("user", "ada", "ada"),
    ("user", Text("ada"), "ada"),
    ("reasoning_effort", Text("low"), "low"),
    ("verbosity", Text("low"), "low"),
    ("verbosity", Level.LOW, Level.LOW),
    ("reasoning_effort", {"effort": "low"}, {"effort": "low"}),
    ("reasoning_effort", "default", "default"),
    ("reasoning_effort", "LOW", "LOW"),
    ("modalities", ["TEXT", "IMAGE"], ["TEXT", "IMAGE"]),
    ("modalities", ["tactile"], ["tactile"]),
    ("service_tier", "standard_only", "standard_only"),
    ("response_format", {"type": "json", "value": {}}, {"type": "json", "value": {}}),
    ("response_format", {"type": "grammar", "grammar": ""}, {"type": "grammar", "grammar": ""}),
    ("stop", ("a", "b"), ("a", "b")),
    ("stop", [], []),
    ("logit_bias", {50256: -100}, {50256: -100}),
    ("response_format", {"type": "json_object"}, {"type": "json_object"}),
]


@pytest.mark.parametrize(("name", "value", "sent"), RIGHT, ids=str)
def test_right_types(name: str, value: Any, sent: Any) -> None:
    fake = FakeProvider(["Hi"])
    fake.client([]).completion(MODEL, MESSAGES, **{name: value})
    given = fake.requests[0].params[name]
    assert given == sent
    assert type(given) is type(sent)


def test_numbers_of_numpy() -> None:
    np = pytest.importorskip("numpy", reason="numpy is not installed")
    fake = FakeProvider(["Hi"])
    fake.client([]).completion(
        MODEL,
        MESSAGES,
        temperature=np.float32(0.5),
        top_p=np.float64(0.25),
        presence_penalty=np.array(1.5),
        max_tokens=np.int64(3),
        seed=np.uint8(4),
        n=np.float64(2),
        store=np.bool_(True),
        logprobs=np.bool_(False),
        top_k=np.int64(5),
    )
    assert fake.requests[0].params == {
        "temperature": 0.5,
        "top_p": 0.25,
        "presence_penalty": 1.5,
        "max_tokens": 3,
        "seed": 4,
        "n": 2,
        "store": True,
        "logprobs": False,
        "top_k": 5,
    }
    kinds: list[type] = [type(value) for value in fake.requests[0].params.values()]
    assert kinds == [float, float, float, int, int, int, bool, bool, int]
    for name, value in {"temperature": np.array([1, 2]), "max_tokens": np.bool_(True)}.items():
        with pytest.raises(BadRequestError, match=f"{name}: expected"):
            fake.client([]).completion(MODEL, MESSAGES, **{name: value})


def test_a_fallback_and_a_deployment_are_checked_too() -> None:
    fake = FakeProvider([503, "Hi"])
    fallback = {"model": "openai/gpt-4o", "temperature": "hot"}
    with pytest.raises(BadRequestError, match="temperature: expected a number, got str"):
        fake.client().completion(MODEL, MESSAGES, fallbacks=[fallback], num_retries=0)
    assert not fake.requests
