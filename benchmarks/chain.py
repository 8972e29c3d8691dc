"""What layers cost: a chain of pass-through middlewares around an answer that needs no network."""

from __future__ import annotations

from time import process_time

from trunkline import Client, Handler, ModelResponse, Reply, Request

from .servers.bodies import MESSAGES

_CALLS = 5000


class _Answerer:
    """The end of the chain, instead of the providers."""

    def resolve(self, request: Request) -> object:
        """Do nothing: no layer calls this."""
        raise NotImplementedError

    async def __call__(self, request: Request) -> Reply:
        """Answer at once."""
        return ModelResponse(model=request.model)


async def pass_through(request: Request, call_next: Handler) -> Reply:
    """Do nothing."""
    return await call_next(request)


def measure_chain(rounds: int) -> dict[int, float]:
    """Return microseconds that 0, 1, 10 and 100 layers add to a call."""
    clients = {
        count: Client([pass_through] * count, adapter=_Answerer())  # type: ignore[arg-type]  # nobody resolves
        for count in (0, 1, 10, 100)
    }
    best = dict.fromkeys(clients, float("inf"))
    for _ in range(rounds):
        for count, client in clients.items():
            began = process_time()
            for _ in range(_CALLS):
                client.completion("openai/x", MESSAGES)
            best[count] = min(best[count], (process_time() - began) / _CALLS * 1e6)
    return {count: spent - best[0] for count, spent in best.items() if count}
