"""Where the calls of a batch run: executors of threads and of processes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

import trunkline
from tests.support.answers import completion_body, failing
from tests.support.chain.batch_clients import make_client, make_nothing
from tests.support.chain.batches import MODEL, Gate, echoing, questions, texts
from tests.support.server import Server, answer_json
from trunkline import APIError, Client, ModelResponse, RateLimitError


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    # Not forked: the tests have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        yield pool


class TestExecutors:
    def test_a_thread_pool_serves_many_batches(self) -> None:
        gate = Gate(3)
        client, _ = echoing(gate)
        with ThreadPoolExecutor(9) as pool:
            for _ in range(2):
                answers = client.batch_completion(MODEL, questions(9), max_workers=3, executor=pool)
                assert texts(answers) == [f"answer {number}" for number in range(9)]
        assert gate.most == 3

    def test_each_process_makes_its_client_once(self, processes: Executor) -> None:
        def ask_both() -> list[Any]:
            return trunkline.batch_completion(
                MODEL, questions(20), executor=processes, make_client=make_client,
                mock_response="Hi",
            )  # fmt: skip

        answers = [*ask_both(), *ask_both()]
        assert texts(answers) == ["Hi"] * 40
        assert {each.call.metadata["clients"] for each in answers} == {1}
        assert os.getpid() not in {each.call.metadata["process"] for each in answers}

    def test_metadata_and_span_go_along(self, processes: Executor, server: Server) -> None:
        server.reply(answer_json(completion_body("Hi")))
        tracer = TracerProvider().get_tracer(__name__)
        with tracer.start_as_current_span("batch") as span, trunkline.metadata(job="nightly"):
            [answer] = trunkline.batch_completion(
                "openai/m", questions(1), executor=processes, make_client=make_client,
                base_url=server.url, api_key="sk-example-12345678",
            )  # fmt: skip
        assert isinstance(answer, ModelResponse)
        assert answer.call.metadata["job"] == "nightly"
        assert answer.call.metadata["trace"] == span.get_span_context().trace_id

    def test_a_key_goes_there_and_not_back(self, processes: Executor, server: Server) -> None:
        key = "sk-example-12345678"
        server.reply(answer_json(completion_body("Hi")), failing(401, f"no such key: {key}"))
        found = trunkline.batch_completion(
            "openai/m", questions(2), max_workers=1, executor=processes, make_client=make_client,
            base_url=server.url, api_key=key,
        )  # fmt: skip
        assert [each.headers["authorization"] for each in server.seen] == [f"Bearer {key}"] * 2
        assert isinstance(found[1], APIError)
        assert key.encode() not in pickle.dumps(found)

    def test_an_error_comes_back_whole(self, processes: Executor) -> None:
        error = RateLimitError("slow down", retry_after=0, body={"code": 1}, request_id="r")
        error.add_note("a note")
        [found] = trunkline.batch_completion(
            MODEL, questions(1), executor=processes, make_client=make_client,
            mock_response=error, num_retries=1,
        )  # fmt: skip
        assert isinstance(found, RateLimitError)
        assert (found.body, found.request_id, len(found.tried)) == ({"code": 1}, "r", 2)
        assert "a note" in found.__notes__

    def test_a_client_does_not_go_to_another_process(self, processes: Executor) -> None:
        with pytest.raises(TypeError, match="make_client="):
            trunkline.batch_completion(MODEL, questions(1), executor=processes)

    def test_what_makes_no_client_is_named(self, processes: Executor) -> None:
        with pytest.raises(TypeError, match="make_client: expected a Client, got NoneType"):
            trunkline.batch_completion(
                MODEL, questions(1), executor=processes, make_client=make_nothing
            )

    @pytest.mark.parametrize("make", [make_client, partial(make_client)])
    def test_a_call_shows_nothing_of_its_arguments(self, make: Callable[[], Client]) -> None:
        submitted: list[object] = []

        class Curious(ThreadPoolExecutor):
            def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
                submitted.append((fn, args, kwargs))
                return super().submit(fn, *args, **kwargs)

        with Curious() as pool:
            client, _ = echoing()
            for maker in (make, None):
                client.batch_completion(
                    MODEL, questions(1), executor=pool, make_client=maker,
                    api_key="sk-example-12345678", mock_response="Hi",
                )  # fmt: skip
        assert len(submitted) == 2
        assert "sk-example" not in repr(submitted)
