"""Arguments from which a client or a layer cannot be created: one class of errors for all."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import trunkline
from tests.support.answers import MESSAGES
from trunkline import (
    BadRequestError,
    Callbacks,
    Client,
    Fallback,
    Handler,
    Limit,
    MemoryStore,
    RateLimitError,
    Reply,
    Request,
    Retry,
    Route,
    Router,
    abatch_as_completed,
    batch_completion,
    completion,
    default_middlewares,
)
from trunkline.exceptions import InvalidArgumentError
from trunkline.pipeline.call.chain import REPLACEABLE
from trunkline.testing import FakeProvider

KEY = "k" * 9

SLIPS = [
    ("temprature", "temperature"),
    ("fallback", "fallbacks"),
    ("num_retry", "num_retries"),
    ("max_token", "max_tokens"),
]


def group(**more: Any) -> dict[str, Any]:
    return {
        "model_name": "chat",
        "litellm_params": {"model": "openai/gpt-4o", "api_key": KEY},
        **more,
    }


def deployment(**params: Any) -> dict[str, Any]:
    return {"model": "openai/gpt-4o", "api_key": KEY, **params}


class Tagged:
    """A layer with an option of its own."""

    options = frozenset({"tagged"})

    def __repr__(self) -> str:
        return "Tagged()"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        return call_next(request)


class Often(Retry):
    """A Retry of a user's own."""


PLACES: dict[str, Callable[[dict[str, Any]], object]] = {
    "Client": lambda given: Client(**given),
    "Router": lambda given: Router([group()], **given),
    "litellm_params": lambda given: Router([group(litellm_params=deployment(**given))]),
    "default_litellm_params": lambda given: Router([group()], default_litellm_params=given),
    "fallbacks": lambda given: Router([group()], fallbacks=[deployment(**given)]),
    "Fallback": lambda given: Client(default_middlewares(fallback=Fallback([deployment(**given)]))),
    "completion": lambda given: completion(  # pyright: ignore[reportUnknownLambdaType]
        "openai/gpt-4o", MESSAGES, **given
    ),
    "batch_completion": lambda given: batch_completion("openai/gpt-4o", [MESSAGES], **given),  # pyright: ignore[reportUnknownLambdaType]
    "abatch_as_completed": lambda given: abatch_as_completed(  # pyright: ignore[reportUnknownLambdaType]
        "openai/gpt-4o", [MESSAGES], **given
    ),
    "fallbacks of a call": lambda given: Client(adapter=FakeProvider(["x"])).completion(
        "openai/gpt-4o", MESSAGES, fallbacks=[deployment(**given)]
    ),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("slip", "meant"), SLIPS)
def test_a_slip_is_the_same_error_everywhere(place: str, slip: str, meant: str) -> None:
    with pytest.raises(BadRequestError, match=f"{slip}.*did you mean {meant}[,?]"):
        PLACES[place]({slip: 1})


@pytest.mark.parametrize("slip", ["base_modl", "input_cost_per_tokn"])
def test_a_slip_in_model_info(slip: str) -> None:
    said = f"model_info.{slip}: did you mean "
    with pytest.raises(BadRequestError, match=said):
        Router([group(model_info={slip: 1})])
    with pytest.raises(BadRequestError, match=said):
        completion("openai/gpt-4o", MESSAGES, model_info={slip: 1}, mock_response="x")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Client(temperature=1), "'temperature': pass it to completion()"),  # type: ignore[call-arg]
        (lambda: Client(drop_params="yes"), "drop_params: expected bool, got 'yes'"),  # type: ignore[arg-type]
        (lambda: Client(engine="curl"), "engine: expected"),  # type: ignore[arg-type]
        (lambda: Client(engine=""), "engine: expected"),  # type: ignore[arg-type]
        (lambda: Client(engine=[]), "engine: expected"),  # type: ignore[arg-type]
        (lambda: Client([Retry(), Retry()]), "default_middlewares(retry=Retry(...))"),
        (lambda: Client().with_middlewares(Retry()), "default_middlewares(retry=Retry(...))"),
        (lambda: Client([Retry]), "use an instance: Retry()"),  # type: ignore[list-item]
        (
            lambda: Router([group(litellm_params={**deployment(), 3: 4})]),
            "model_list[0].litellm_params: expected names of arguments, got 3",
        ),
        (
            lambda: Router([group()], fallbacks=[{"model": "chat", 3: 4}]),
            "fallbacks[0][3]: expected the name of an argument as key, got int",
        ),
        (
            lambda: Router([group()], redis_host="h", redis_db="x"),  # type: ignore[arg-type]
            "redis_db: expected an int, got str",
        ),
        (
            lambda: Client(model_alias_map={"a": 3}),  # type: ignore[dict-item]
            'model_alias_map[\'a\']: expected {"name": "provider/model"}, got int',
        ),
        (
            lambda: Client(model_alias_map={"a": {"api_key": "sk-1"}}),  # type: ignore[dict-item]
            "got dict",
        ),
        (lambda: Router([group(litelm_params={})]), "did you mean litellm_params?"),
        (lambda: Router([{"modelname": "chat"}]), "did you mean model_name?"),
        (
            lambda: Router([group()], routing_strategy="simple-shufle"),  # type: ignore[arg-type]
            "did you mean simple-shuffle?",
        ),
        (
            lambda: Router([group()], routing_strategy=["x"]),  # type: ignore[arg-type]
            "expected one of latency-based-routing, ",
        ),
        (lambda: Router([group()], timeout="2"), "timeout: expected seconds"),
        (lambda: Router([group()], stream_timeout=-1), "stream_timeout: expected"),
        (lambda: Router([group()], num_retries=-1), "num_retries: expected an int of 0 or more"),
        (lambda: Router([group()], allowed_fails=1.5), "allowed_fails: expected an int of 0"),  # type: ignore[arg-type]
        (lambda: Router([group()], cooldown_time="5"), "cooldown_time: expected 0 or more"),  # type: ignore[arg-type]
        (lambda: Router([group()], middlewares=5), "middlewares: expected a list, got int"),  # type: ignore[arg-type]
        (lambda: Router([group()], model_group_alias=5), "model_group_alias: expected a dict"),  # type: ignore[arg-type]
        (lambda: Router([group()], default_litellm_params=5), "default_litellm_params: expected"),  # type: ignore[arg-type]
        (
            lambda: Router([group()], default_litellm_params={"metadata": 5}),
            "default_litellm_params.metadata: expected a dict, got int",
        ),
        (
            lambda: Router([group()], default_litellm_params={1: 2}),  # type: ignore[dict-item]
            "default_litellm_params: expected names, got 1",
        ),
        (
            lambda: Router([group()], default_fallbacks=[{"modle": "chat"}]),  # type: ignore[list-item]
            "default_fallbacks[0]['modle']: not the name of a model; did you mean 'model'?",
        ),
        (
            lambda: Router([group()], context_window_fallbacks=[{"chat": ["nobody/x"]}]),
            "context_window_fallbacks[0]['chat'][0]: unknown provider 'nobody'",
        ),
        (
            lambda: Router([group()], context_window_fallbacks=[5]),
            "context_window_fallbacks[0]: expected a model name or a dict with 'model', got int",
        ),
        (
            lambda: Router([group()], default_fallbacks={"chat": ["chat"]}),  # type: ignore[arg-type]
            "default_fallbacks: expected a list of models, got dict",
        ),
        (
            lambda: Router([group()], default_fallbacks=5),  # type: ignore[arg-type]
            "default_fallbacks: expected a list of models, got int",
        ),
        (
            lambda: Router([group()], default_max_parallel_requests=float("inf")),  # type: ignore[arg-type]
            "max_parallel_requests: expected a number of 0 or more, got inf",
        ),
        (lambda: Router([group()], redis_url="localhost"), "Redis: expected redis://HOST:PORT/DB"),
        (lambda: Client(adapter=FakeProvider), "adapter: expected an object that sends requests"),  # type: ignore[arg-type]
        (lambda: Client(adapter=lambda: None), "such as a FakeProvider, got <lambda>"),  # type: ignore[arg-type]
        (lambda: Router([group()], redis_url=5), "redis_url: expected a str, got int"),  # type: ignore[arg-type]
        (lambda: Router([group()], redis_password=b"secret"), "password: expected a str, got byt"),  # type: ignore[arg-type]
        (
            lambda: Router([group()], model_group_alias={"large": "chatt"}),
            "aliases['large']: unknown group 'chatt'; did you mean chat?",
        ),
        (lambda: Fallback(5), "fallbacks: expected a model name or a dict with 'model', got int"),
        (lambda: Client().with_middlewares(Often()), "default_middlewares(retry=Retry(...))"),
        (lambda: Fallback(allowed_fails=True), "allowed_fails: expected an int of 0 or more"),
        (lambda: Fallback(cooldown=-1), "cooldown: expected 0 or more seconds"),
        (lambda: Route(allowed_fails=-1), "allowed_fails: expected an int of 0 or more"),
        (lambda: Route(attempts=True), "attempts: expected an int of 1 or more, got True"),
        (lambda: Retry("2"), "attempts: expected an int of 1 or more, got '2'"),  # type: ignore[arg-type]
        (lambda: Retry(policy={RateLimitError: 0}), "policy[RateLimitError]: expected an int"),
        (lambda: Retry(policy={"Timeout": 2}), "policy: expected classes of errors"),  # type: ignore[dict-item]
        (lambda: Retry(max_retry_after=-1), "max_retry_after: expected 0 or more seconds"),
        (lambda: Limit(rpm=1.5), "rpm: expected an int of 1 or more, got 1.5"),  # type: ignore[arg-type]
        (lambda: Limit(rpm=1, wait=-1), "wait: expected 0 or more seconds"),
        (lambda: MemoryStore(max_bytes=True), "max_bytes: expected an int of 1 or more"),
        (lambda: Callbacks(max_waiting=0), "max_waiting: expected an int of 1 or more, got 0"),
        (lambda: Callbacks([1]), "callbacks[0]: 1 is not a callback"),
    ],
)
def test_constructors_raise_one_class(build: Callable[[], object], said: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build()
    assert said in str(caught.value)
    assert caught.value.attempts == 0


def test_the_remedy_for_two_layers_names_arguments_that_exist() -> None:
    arguments = inspect.signature(default_middlewares).parameters
    assert REPLACEABLE | {"settings"} == arguments.keys()


def test_two_layers_of_a_users_own_have_no_such_remedy() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Client([Tagged(), Tagged()])
    assert str(caught.value) == "'tagged' is claimed by Tagged() and Tagged()"


def test_an_iterator_of_deployments_is_read() -> None:
    deployments: Any = iter([group(), group(model_name="big")])
    assert Router(deployments).get_model_names() == ["chat", "big"]


def test_one_default_fallback_may_be_a_text() -> None:
    router = Router([group(), group(model_name="big")], default_fallbacks="big")
    response = router.with_adapter(FakeProvider([500, "Hi"])).completion(
        "chat", MESSAGES, num_retries=0
    )
    assert response.call.fallback == "big"


def test_the_class_is_also_pythons() -> None:
    error = pickle.loads(pickle.dumps(InvalidArgumentError("rpm: wrong", param="rpm")))
    assert isinstance(error, BadRequestError)
    assert isinstance(error, TypeError)
    assert isinstance(error, ValueError)
    assert (str(error), error.param, error.status_code) == ("rpm: wrong", "rpm", 400)


def test_a_slip_in_a_setting_of_the_module() -> None:
    with pytest.raises(AttributeError, match="did you mean temperature, an argument of"):
        trunkline.temprature = 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("slip", "meant"), [("max_worker", "max_workers"), ("progres", "progress")]
)
def test_a_slip_in_an_argument_of_a_batch(slip: str, meant: str) -> None:
    given: dict[str, Any] = {slip: 3}
    for batch in (batch_completion, abatch_as_completed):
        with pytest.raises(BadRequestError, match=f"{slip}.*did you mean {meant}[?]"):
            batch("openai/gpt-4o", [MESSAGES], **given)
