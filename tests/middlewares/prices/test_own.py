"""Registered prices."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from trunkline.middlewares.prices.own import (
    MAX_REGISTERED,
    TokenPrices,
    register_prices,
    registered_prices,
)

PRICES = TokenPrices(input_cost_per_token=1e-6, output_cost_per_token=2e-6)


def test_the_least_recently_used_give_way() -> None:
    register_prices("Bounded/First", PRICES)
    register_prices("bounded/used", PRICES)
    for number in range(MAX_REGISTERED - 1):
        assert registered_prices("bounded/used") is PRICES
        register_prices(f"bounded/{number}", PRICES)
    assert registered_prices("bounded/first") is None
    assert registered_prices("bounded/used") is PRICES


def test_threads_register_and_read_at_once() -> None:
    def work(number: int) -> bool:
        names = [f"threads/{number}-{each}" for each in range(50)]
        for name in names:
            register_prices(name, PRICES)
        return all(registered_prices(name) is PRICES for name in names)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
