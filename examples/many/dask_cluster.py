# needs distributed: pip install 'dask[distributed]'
"""Run a batch on the processes of a Dask cluster, here a local one."""

import os

from distributed import Client as DaskClient
from distributed import LocalCluster

from trunkline import APIError, Client, batch_completion, default_middlewares


def make_client() -> Client:
    """Create the client of a worker process; called once per process.

    To share the cache, limits and cooldowns of all processes through Redis, add
    `Cache(RedisStore.from_url(url))` to the chain and use
    `default_middlewares(limit=SharedLimit(RedisState.from_url(url), max_parallel_requests=20))`.
    """
    return Client(default_middlewares())


def main() -> None:
    """Ask twenty questions, eight at a time."""
    questions = [[{"role": "user", "content": f"What is {n} squared?"}] for n in range(20)]
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=4, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        DaskClient(cluster) as dask,
    ):
        answers = batch_completion(
            "openai/gpt-4o",
            questions,
            max_workers=8,
            executor=dask.get_executor(),
            make_client=make_client,
            mock_response="It is a number.",  # omit it for real calls
        )
    failed = sum(isinstance(answer, APIError) for answer in answers)
    print(f"{len(answers)} answers, {failed} failed, sent from process {os.getpid()}")


if __name__ == "__main__":
    main()
