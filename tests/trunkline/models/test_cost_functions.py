"""completion_cost() and cost_per_token(), with listed, registered and own prices."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from trunkline import (
    APIError,
    BadRequestError,
    ModelResponse,
    Usage,
    completion_cost,
    cost_per_token,
    register_model,
)
from trunkline.adapters.wires.gemini.usage import read_usage as gemini_usage
from trunkline.pipeline.schema.call_info import CallInfo
from trunkline.pipeline.schema.parts import CompletionTokensDetails, PromptTokensDetails
from trunkline.testing import FakeProvider

pytest.importorskip("genai_prices.data_snapshot", reason="the extra `costs` is not installed")

SOME = Usage(prompt_tokens=1000, completion_tokens=100, total_tokens=1100)
MILLIONTH = 1e-6


def test_the_prefix_of_an_api_changes_no_price() -> None:
    assert cost_per_token("openai/chat/gpt-4o", 1000, 100) == cost_per_token("gpt-4o", 1000, 100)


def test_cost_per_token() -> None:
    prompt, answer = cost_per_token("gpt-4o", 1000, 100, cache_read_input_tokens=400)
    assert prompt == pytest.approx((600 * 2.5 + 400 * 1.25) * MILLIONTH)
    assert answer == pytest.approx(100 * 10 * MILLIONTH)
    assert cost_per_token("gpt-4o", usage_object=SOME, custom_llm_provider="openai") == (
        cost_per_token("openai/gpt-4o", 1000, 100)
    )
    own = {"input_cost_per_token": 0.01, "output_cost_per_token": 0.1}
    assert cost_per_token("vllm/x", 10, 2, custom_cost_per_token=own) == pytest.approx((0.1, 0.2))


def test_cost_per_token_of_something_unknown() -> None:
    with pytest.raises(BadRequestError, match="no price of gpt-none at OpenAI is listed; pass"):
        cost_per_token("gpt-none", 1, 1)
    with pytest.raises(BadRequestError, match="unknown provider"):
        cost_per_token("nobody/gpt-4o", 1, 1)
    with pytest.raises(BadRequestError, match=r"dollars for one token, got 3.0"):
        cost_per_token(
            "vllm/x", 1, 1, custom_cost_per_token={"input_cost_per_token": 3.0,
                                                   "output_cost_per_token": 0.0},
        )  # fmt: skip


def test_completion_cost_of_an_answer() -> None:
    client = FakeProvider(["Hello"] * 3, usage=SOME).client()
    response = client.completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}], stream=False)
    by_hand = (1000 * 2.5 + 100 * 10) * MILLIONTH
    assert completion_cost(response) == pytest.approx(by_hand)
    assert completion_cost(completion_response=response, model="gpt-4o") == pytest.approx(by_hand)
    assert completion_cost(response.model_dump(), model="gpt-4o") == pytest.approx(by_hand)
    own = {"input_cost_per_token": 0.01, "output_cost_per_token": 0.0}
    assert completion_cost(response.model_dump(), custom_cost_per_token=own) == pytest.approx(10)
    with pytest.raises(BadRequestError, match=r'does not say which provider.*pass model="PROVIDER'):
        completion_cost(response.model_dump())
    own = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.0}
    assert completion_cost(response, custom_cost_per_token=own) == pytest.approx(1.0)
    for name in ("service_tier", "custom_cost_per_second"):
        ignored: dict[str, Any] = {name: "flex"}
        with pytest.raises(BadRequestError, match=f"completion_cost: {name}: does not apply"):
            completion_cost(response, **ignored)


def test_completion_cost_of_what_cannot_be_priced() -> None:
    with pytest.raises(BadRequestError, match="pass a response or a model"):
        completion_cost()
    with pytest.raises(BadRequestError, match="the response has no usage"):
        completion_cost(ModelResponse())
    lonely = ModelResponse(model="gpt-4o", usage=SOME)
    with pytest.raises(APIError, match="does not say which provider it is from; pass model="):
        completion_cost(lonely)
    assert completion_cost(lonely, model="gpt-4o") > 0
    lonely.call = CallInfo(provider="vllm", model="x")
    with pytest.raises(BadRequestError, match="no prices of vllm are listed"):
        completion_cost(lonely)


def test_a_registered_price_goes_before_the_listed_one() -> None:
    prices = {
        "input_cost_per_token": 0.001,
        "output_cost_per_token": 0.002,
        "cache_read_input_token_cost": 0.0001,
        "output_cost_per_reasoning_token": 0.01,
    }
    register_model({"vllm/price-of-mine": prices})
    usage = Usage(
        prompt_tokens=100,
        completion_tokens=10,
        total_tokens=110,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=50, cache_creation_tokens=10),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=4),
    )
    prompt, answer = cost_per_token("vllm/price-of-mine", usage_object=usage)
    assert prompt == pytest.approx(50 * 0.001 + 50 * 0.0001)
    assert answer == pytest.approx(6 * 0.002 + 4 * 0.01)


def test_cached_sound_counts_once_by_one_s_own_prices_too() -> None:
    usage = gemini_usage(
        {
            "promptTokenCount": 1000,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 400}],
            "cachedContentTokenCount": 200,
            "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}],
        }
    )
    own = {
        "input_cost_per_token": 0.001,
        "output_cost_per_token": 0.0,
        "cache_read_input_token_cost": 0.0001,
        "input_cost_per_audio_token": 0.01,
    }
    prompt, _ = cost_per_token("vllm/x", usage_object=usage, custom_cost_per_token=own)
    assert prompt == pytest.approx(200 * 0.0001 + 300 * 0.01 + 500 * 0.001)
    del own["cache_read_input_token_cost"]
    prompt, _ = cost_per_token("vllm/x", usage_object=usage, custom_cost_per_token=own)
    assert prompt == pytest.approx(400 * 0.01 + 600 * 0.001)


WITHOUT = """
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(name)s: %(message)s")
sys.modules["genai_prices"] = None
from trunkline import cost_per_token, Usage
from trunkline.testing import FakeProvider
client = FakeProvider(["Hello"], usage=Usage(prompt_tokens=1, completion_tokens=1)).client()
response = client.completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}])
assert response.cost is None and response.cost is None
own = {"input_cost_per_token": 0.5, "output_cost_per_token": 0.25}
assert cost_per_token("openai/gpt-4o", 1, 1, custom_cost_per_token=own) == (0.5, 0.25)
try:
    cost_per_token("openai/gpt-4o", 1, 1)
except ImportError as error:
    print(error)
"""


def test_without_the_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    remedy = "prices need genai-prices: pip install 'trunkline[costs]'"
    assert done.stdout.splitlines() == [
        f"trunkline: costs are unknown (None), which does not mean 0: {remedy} (logged only once)",
        remedy,
    ]
