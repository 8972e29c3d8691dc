"""Every use of litellm is found, with what it is in trunkline."""

from __future__ import annotations

import ast

import pytest

from trunkline.migrate.judging import judge
from trunkline.migrate.models import explain_model
from trunkline.migrate.uses import find_uses


def found(source: str) -> list[tuple[int, str, str]]:
    return [(use.line, use.name, use.verdict) for use in find_uses(ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "name", "verdict"),
    [
        ("import litellm", "import litellm", "same"),
        ("import litellm.proxy.proxy_server", "import litellm.proxy.proxy_server", "missing"),
        ("from litellm import completion", "from litellm import completion", "same"),
        ("from litellm import embedding", "from litellm import embedding", "missing"),
        ("from litellm import *", "from litellm import *", "different"),
        (
            "from litellm.types.utils import ModelResponse",
            "from litellm.types.utils import ModelResponse",
            "same",
        ),
        (
            "from litellm.exceptions import MockException",
            "from litellm.exceptions import MockException",
            "missing",
        ),
    ],
)
def test_imports(source: str, name: str, verdict: str) -> None:
    assert found(source) == [(1, name, verdict)]


@pytest.mark.parametrize(
    ("line", "name", "verdict"),
    [
        ("litellm.set_verbose = False", "litellm.set_verbose =", "same"),
        ("litellm.set_verbose = True", "litellm.set_verbose =", "missing"),
        ("litellm.drop_params = True", "litellm.drop_params =", "same"),
        ("litellm.cache = store", "litellm.cache =", "different"),
        ("litellm.callbacks = [logger]", "litellm.callbacks =", "same"),
        ('litellm.success_callback = ["langfuse"]', "litellm.success_callback =", "different"),
        ("litellm.callbacks.append(logger)", "litellm.callbacks.append", "same"),
        ("litellm.utils.token_counter(1)", "litellm.utils.token_counter", "same"),
        ("litellm.embedding", "litellm.embedding", "missing"),
        ("litellm.nonsense", "litellm.nonsense", "missing"),
        ('getattr(litellm, "embedding", None)', "litellm.embedding", "missing"),
        ('patch("litellm.completion")', "'litellm.completion'", "different"),
        ('patch("litellm.embedding")', "'litellm.embedding'", "missing"),
        ("Router(model_list=[])", "Router(model_list=)", "same"),
        ("Router(retry_policy={})", "Router(retry_policy=)", "missing"),
        ("Router(retry_after=0)", "Router(retry_after=)", "same"),
        ("Router(set_verbose=False)", "Router(set_verbose=)", "same"),
        ("completion(mock_delay=None)", "completion(mock_delay=)", "same"),
        ("completion(mock_delay=False)", "completion(mock_delay=)", "same"),
        ("completion(mock_delay=1)", "completion(mock_delay=)", "missing"),
        ("completion(num_retries=1)", "completion(num_retries=)", "same"),
        ("completion(my_field=1)", "completion(my_field=)", "same"),
        ("client.completion(mock_delay=1)", "completion(mock_delay=)", "missing"),
        ("client.aembedding()", "Router.aembedding", "missing"),
        ('completion("gemini-2.5-flash")', "model 'gemini-2.5-flash'", "different"),
        (
            'x = {"litellm_params": {"model": "gemini-2.5-flash"}}',
            "model 'gemini-2.5-flash'",
            "different",
        ),
        ("completion('x', [], None)", "completion(..., positional)", "missing"),
    ],
)
def test_uses(line: str, name: str, verdict: str) -> None:
    source = "import litellm\nfrom litellm import Router, completion\nclient = Router()\n" + line
    assert (4, name, verdict) in found(source)


@pytest.mark.parametrize(
    "line",
    [
        'completion("gpt-4o")',
        'completion("gemini/gemini-2.5-flash")',
        "other.litellm",
        "'a text that names litellm.completion here'",
    ],
)
def test_what_needs_no_change_is_not_different(line: str) -> None:
    source = "from litellm import completion\n" + line
    assert all(verdict == "same" for _, _, verdict in found(source))


def test_names_are_followed() -> None:
    source = (
        "import litellm as lm\ndef f():\n    from litellm import utils as u\n    u.trim_messages\n"
    )
    assert found(source + "lm.embedding") == [
        (1, "import litellm", "same"),
        (3, "from litellm import utils", "same"),
        (4, "litellm.utils.trim_messages", found("import litellm\nlitellm.trim_messages")[1][2]),
        (5, "litellm.embedding", "missing"),
    ]


def test_methods_of_loggers() -> None:
    source = """
from litellm.integrations.custom_logger import CustomLogger
class Logger(CustomLogger):
    def log_success_event(self): ...
    async def async_logging_hook(self): ...
    def helper(self): ...
"""
    assert found(source)[1:] == [
        (4, "CustomLogger.log_success_event", "same"),
        (5, "CustomLogger.async_logging_hook", "missing"),
    ]


def test_what_is_missing_says_what_to_use() -> None:
    source = "import litellm\nlitellm.max_budget = 3\nlitellm.nonsense\nlitellm.embedding"
    remarks = [use.remark for use in find_uses(ast.parse(source))[1:]]
    assert all(remarks)
    assert "Budget" in remarks[0]


@pytest.mark.parametrize(
    ("line", "name", "verdict", "remark"),
    [
        ('Cache(type="redis")', "Cache(...)", "missing", "RedisStore.from_url"),
        ("litellm._async_success_callback.append(f)", None, "missing", "success_callback"),
        ("litellm.suppress_debug_info", None, "different", "always True"),
        ("litellm.suppress_debug_info = x", "litellm.suppress_debug_info =", "same", "accepts it"),
        ("litellm.set_verbose, y = x, y", "litellm.set_verbose", "missing", "setLevel"),
        ("litellm.set_verbose = x", "litellm.set_verbose =", "missing", "setLevel"),
        ('getattr(litellm, "set_verbose")', "litellm.set_verbose", "different", "always False"),
        ('setattr(litellm, "set_verbose", x)', "litellm.set_verbose", "missing", "setLevel"),
        ("litellm.ChatCompletionToolParam", None, "missing", "trunkline.compat has it"),
        ("litellm.types.llms.openai.OutputTextDeltaEvent", None, "missing", "trunkline.compat"),
        ("litellm.integrations.mlflow.MlflowLogger", None, "missing", "Tracing"),
        ("litellm.integrations.other.completion", None, "missing", "no such name"),
        ("litellm.files.main.ModelResponse", None, "missing", "import ModelResponse from trunk"),
        (
            'completion(mock_response="litellm.RateLimitError")',
            "completion(mock_response=)", "different", "pass the exception",
        ),
        ('completion(api_base="http://h")', "completion(api_base=)", "different", "base_model"),
        (
            'x = {"model_name": "m", "litellm_params": {"api_base": "http://h"}}',
            "litellm_params['api_base']", "different", "base_model",
        ),
        (
            'x = {"model_name": "openai/*", "litellm_params": {}}',
            "model_name 'openai/*'", "missing", "no patterns",
        ),
        ('def f(x: "litellm.ModelResponse"): ...', "litellm.ModelResponse", "same", ""),
        (
            "logging.getLogger('LiteLLM Router')", "logging.getLogger('LiteLLM Router')",
            "different", '"trunkline"',
        ),
        ('x: "litellm.embedding" = 1', "litellm.embedding", "missing", "SDK"),
        ("getattr(litellm, name)", "getattr(litellm, ...)", "different", "only when this runs"),
    ],
)  # fmt: skip
def test_what_is_said(line: str, name: str | None, verdict: str, remark: str) -> None:
    source = f"import litellm\nfrom litellm import Cache, completion\n{line}"
    uses = [use for use in find_uses(ast.parse(source)) if use.line == 3]
    named = [use for use in uses if use.name == (name or line.partition("(")[0])]
    assert [(use.verdict, remark in use.remark) for use in named] == [(verdict, True)]
    assert not any("in a string" in use.remark for use in uses)


@pytest.mark.parametrize(
    "source",
    [
        "from app.llm import litellm\nlitellm.embedding",
        "from . import litellm as lm\nlm.embedding",
        "import importlib\nlitellm = importlib.import_module('litellm')\nlitellm.embedding",
        "class A:\n    def f(self):\n        self.llm = __import__('litellm')\n"
        "        self.llm.embedding",
        "import importlib\nimportlib.import_module('litellm').embedding",
        "litellm = pytest.importorskip('litellm')\nlitellm.embedding",
        "litellm = require('litellm', extra='x')\nlitellm.embedding",
        "_get_litellm(feature='x').embedding",
        "sys.modules['litellm'].embedding",
        "if m := sys.modules.get('litellm'):\n    m.embedding",
        "def f(litellm: types.ModuleType):\n    litellm.embedding",
        "def f(litellm):\n    litellm.embedding",
        "import litellm\nll: Any = litellm\nll.embedding",
        "import litellm\nclass A:\n    def f(self):\n        self.llm = litellm\n"
        "        self.llm.embedding",
        "import litellm\npatch.object(litellm, 'embedding')",
        "import litellm\nmonkeypatch.setattr(litellm, 'embedding', fake)",
        "import litellm\ndef f(x: 'list[litellm.embedding]'): ...",
        "import litellm\ndef f(x) -> list['litellm.embedding']: ...",
    ],
)
def test_ways_to_the_module(source: str) -> None:
    uses = found(source)
    assert [use[1:] for use in uses if use[2] == "missing"] == [("litellm.embedding", "missing")]
    assert not any(name.endswith("=") for _, name, _ in uses)


@pytest.mark.parametrize(
    "source",
    [
        "def f(litellm: LLM):\n    litellm.embedding",
        "litellm = ChatLiteLLM()\nlitellm.embedding",
        "is_litellm().embedding",
        "f('litellm').embedding",
        "import litellm\ndef f(x: 'not a type.'): ...",
    ],
)
def test_other_things_called_litellm(source: str) -> None:
    assert [use for use in found(source) if use[2] != "same"] == []


def test_a_string_may_be_the_name_of_a_file() -> None:
    [use] = find_uses(ast.parse("open('litellm.yaml')"))
    assert (use.verdict, "if this is a name" in use.remark) == ("different", True)


@pytest.mark.parametrize(
    "source",
    [
        "self.router = Router()\nself.router.{}()",
        "with Router() as router:\n    router.{}()",
        "def f(router: Router):\n    router.{}()",
    ],
)
def test_methods_of_routers(source: str) -> None:
    source = "from litellm import Router\n" + source
    assert found(source.format("aembedding"))[-1] == (3, "Router.aembedding", "missing")
    for name in ("acompletion", "get_model_list", "close", "model_list"):
        assert found(source.format(name))[-1] == (3, f"Router.{name}", "same")


def test_functions_with_another_name() -> None:
    source = "import litellm\ncall = litellm.completion\ncall('x/y', [], mock_delay=1)"
    assert found(source)[-1] == (3, "completion(mock_delay=)", "missing")


def test_names_of_a_star_import() -> None:
    source = """
from litellm import *
completion(mock_delay=1)
print(embedding, encode, my_own)
def encode(text): ...
raise RateLimitError
"""
    assert found(source)[1:] == [
        (3, "completion", "same"),
        (3, "completion(mock_delay=)", "missing"),
        (4, "embedding", "missing"),
        (6, "RateLimitError", "same"),
    ]
    assert found("from other import *\nembedding") == []


def test_modules_that_are_imported_by_a_call() -> None:
    source = "import_module('litellm.utils')\nimport_module('litellm.proxy')\nimport_module(x)"
    assert found(source) == [
        (1, "import litellm.utils", "same"),
        (2, "import litellm.proxy", "missing"),
    ]


def test_handlers_of_openai_errors() -> None:
    handlers = (
        "import openai\nfrom openai import APITimeoutError\ntry: ...\n"
        "except (openai.RateLimitError, APITimeoutError): ...\nexcept openai.APIStatusError: ...\n"
        "except ValueError: ...\nexcept other.APIError: ...\n"
    )
    assert found(handlers) == []
    uses = find_uses(ast.parse("import litellm\n" + handlers))[1:]
    assert [(use.name, use.verdict, use.remark.split()[-1]) for use in uses] == [
        ("except openai.RateLimitError", "different", "trunkline.RateLimitError"),
        ("except openai.APITimeoutError", "different", "trunkline.Timeout"),
        ("except openai.APIStatusError", "different", "trunkline.APIError"),
    ]


@pytest.mark.parametrize("name", ["anthropic_key", "cohere_key", "together_ai_api_key"])
def test_keys_of_providers(name: str) -> None:
    assert judge(name).remark.startswith("the provider's variable, or `api_key=`")
    assert judge(f"no_{name}").remark == "trunkline has no such name"


@pytest.mark.parametrize("name", ["CustomLLMError", "LiteLLMCacheType", "ImageObject"])
def test_names_that_only_compat_has(name: str) -> None:
    assert judge(name).remark == "only `trunkline.compat` has it"


@pytest.mark.parametrize(
    ("model", "remark"),
    [
        ("claude-sonnet-4-5", "write `anthropic/claude-sonnet-4-5`"),
        ("mistral-large-latest", "write `mistral/mistral-large-latest`"),
        ("llama-3.3-70b-versatile", "write `groq/llama-3.3-70b-versatile`"),
        ("gpt-4o", None),
        ("my-own", None),
    ],
)
def test_the_vendor_of_a_model_comes_first(model: str, remark: str | None) -> None:
    assert explain_model(model) == remark


@pytest.mark.parametrize(
    ("made", "remark"),
    [
        ('RateLimitError("x")', None),
        ('RateLimitError(message="x", llm_provider="openai", model="m")', None),
        ('RateLimitError("x", "openai", "m")', "its arguments are message"),
        ('NotFoundError(message="x", response=r)', "without response; its arguments are"),
        ("BudgetExceededError(current_cost=1.0, max_budget=2.0)", "without current_cost; "),
    ],
)
def test_errors_that_a_program_makes(made: str, remark: str | None) -> None:
    uses = find_uses(ast.parse(f"import litellm\nraise litellm.{made}\n"))
    found = [use for use in uses if use.name.endswith("(...)")]
    assert [use.verdict for use in found] == ["different"] * (remark is not None)
    assert all(use.remark.startswith(str(remark)) for use in found)
