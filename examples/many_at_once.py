"""Make several concurrent calls with asyncio."""

import asyncio

from trunkline import acompletion


async def ask(city: str) -> str | None:
    """Return the model's description of a city."""
    response = await acompletion(
        "openai/gpt-4o",
        [{"role": "user", "content": f"One word about {city}?"}],
        mock_response=f"{city}: lovely",
    )
    return response.choices[0].message.content


async def main() -> None:
    """Ask about three cities."""
    print(await asyncio.gather(*map(ask, ["Paris", "Rome", "Oslo"])))


asyncio.run(main())
