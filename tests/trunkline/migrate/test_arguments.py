"""Arguments of calls and routers, and slips in their names."""

from __future__ import annotations

import ast

import pytest

from trunkline.migrate.uses import Use, find_uses


def found(line: str) -> list[Use]:
    source = f"import litellm\nrouter = litellm.Router()\n{line}"
    return [use for use in find_uses(ast.parse(source)) if use.line == 3 and "=)" in use.name]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("litellm.completion(temprature=1)", "completion(temprature=)"),
        ("litellm.completion(**{'temprature': 1})", "completion(temprature=)"),
        ("router.acompletion(temprature=1)", "acompletion(temprature=)"),
        ("partial(litellm.completion, temprature=1)", "completion(temprature=)"),
        ("asyncio.to_thread(router.completion, temprature=1)", "completion(temprature=)"),
        ("pool.submit(litellm.completion, 'x/y', [], temprature=1)", "completion(temprature=)"),
    ],
)
def test_slips(line: str, name: str) -> None:
    [use] = found(line)
    assert (use.name, use.verdict) == (name, "missing")
    assert use.remark == (
        "did you mean temperature? extra_body takes a provider's own parameter of this name"
    )


@pytest.mark.parametrize(
    ("line", "verdict", "remark"),
    [
        ("litellm.completion(temprature=None)", "same", "to the provider"),
        ("litellm.completion(_temprature=1)", "same", "to the provider"),
        ("litellm.completion(repeat_penalty=1)", "same", "to the provider"),
        ("litellm.completion(retry_strategy='exponential_backoff_retry')", "same", ""),
        ("litellm.completion(ssl_verify=False)", "missing", "your certificates"),
        ("litellm.completion(ssl_verify=True)", "same", ""),
        ("litellm.completion(api_url='http://h')", "missing", "base_url"),
        ("litellm.batch_completion(max_worker=1)", "missing", "did you mean max_workers?"),
        ("litellm.batch_completion(max_workers=1)", "same", "batch_completion"),
        ("litellm.Router(num_retrys=1)", "missing", "did you mean num_retries?"),
        ("litellm.Router(temperature=1)", "missing", "pass it to completion()"),
        ("litellm.Router(cache=None)", "same", ""),
        ("litellm.Router(callbacks=[f])", "same", ""),
    ],
)
def test_other_arguments(line: str, verdict: str, remark: str) -> None:
    [use] = found(line)
    assert use.verdict == verdict
    assert remark in use.remark


def test_models_of_fallbacks() -> None:
    models = "['claude-sonnet-4-5', {'model': 'gemini-2.5-flash', 'n': 1}, 'openai/gpt-4o', x]"
    uses = find_uses(ast.parse(f"import litellm\nlitellm.completion(fallbacks={models})"))
    assert [(use.name, use.remark) for use in uses[3:]] == [
        ("model 'claude-sonnet-4-5'", "write anthropic/claude-sonnet-4-5"),
        ("model 'gemini-2.5-flash'", "write gemini/gemini-2.5-flash"),
    ]
    groups = find_uses(ast.parse(f"import litellm\nlitellm.Router(default_fallbacks={models})"))
    assert not any(use.name.startswith("model ") for use in groups)


def test_slips_in_deployments() -> None:
    source = "x = {'litellm_params': {'model': 'x/y', 'temprature': 1, 'rpm': 3, 'my_own': 4}}"
    [use] = find_uses(ast.parse(source))
    assert (use.name, use.verdict) == ("litellm_params['temprature']", "missing")


def test_arguments_of_other_functions_are_not_litellms() -> None:
    assert found("litellm.completion(**self.arguments(temprature=1))") == []
    assert found("other.completion(temprature=1)") == []
