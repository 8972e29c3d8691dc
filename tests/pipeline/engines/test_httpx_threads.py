"""The engine "httpx" passes the tests of streams in several threads or tasks, and of races."""

from __future__ import annotations

import httpx
import pytest

from tests.pipeline.stream.conftest import client, outcomes
from tests.pipeline.stream.test_threads import (
    being_read,
    opened_stream,
    stalling,
    test_closing_a_client_wakes_a_thread_that_reads,
    test_closing_ends_a_thread_that_reads_without_a_pause,
    test_closing_in_a_forked_process_leaves_the_parent_its_stream,
    test_closing_wakes_a_task_that_reads,
    test_closing_wakes_a_thread_that_reads,
    test_tasks_that_read_a_stream_that_stalls,
    test_tasks_that_read_one_stream,
    test_threads_that_close_one_stream,
    test_threads_that_read_one_stream,
)
from tests.pipeline.transport.test_race import (
    test_a_connection_that_was_used_before_is_closed_too,
    test_the_losers_connection_is_closed,
    test_the_winners_connection_serves_on,
)
from tests.support.server import Server
from trunkline import Client

__all__ = [
    "client",
    "outcomes",
    "test_a_connection_that_was_used_before_is_closed_too",
    "test_closing_a_client_wakes_a_thread_that_reads",
    "test_closing_ends_a_thread_that_reads_without_a_pause",
    "test_closing_in_a_forked_process_leaves_the_parent_its_stream",
    "test_closing_wakes_a_task_that_reads",
    "test_closing_wakes_a_thread_that_reads",
    "test_tasks_that_read_a_stream_that_stalls",
    "test_tasks_that_read_one_stream",
    "test_the_losers_connection_is_closed",
    "test_the_winners_connection_serves_on",
    "test_threads_that_close_one_stream",
    "test_threads_that_read_one_stream",
]

pytestmark = pytest.mark.usefixtures("engine")


def test_closing_wakes_a_thread_that_reads_through_the_callers_client(server: Server) -> None:
    stalling(server)
    with httpx.Client() as own:
        stream = opened_stream(Client([], http_client=own), server)
        with being_read(stream) as reading:
            stream.close()
            assert reading.result(10) == ["word "]
        server.wait_until_gone()
