# needs pandas: pip install pandas
"""Put the results of a batch into a table of pandas, one row each; polars takes the same rows."""

import pandas as pd

from trunkline import APIError, Client, ModelResponse
from trunkline.testing import FakeProvider


def row_of(result: ModelResponse | APIError) -> dict[str, object]:
    """Return the columns of a result: a response has other ones than an error."""
    if isinstance(result, APIError):
        return {"error": type(result).__name__, "status": result.status_code}
    return {
        "answer": result.choices[0].message.content,
        "tokens": result.usage and result.usage.total_tokens,
        "cost": result.cost,
        "attempts": result.attempts,
    }


table = pd.DataFrame({"city": ["Paris", "Rome", "Oslo"]})
# A fake provider: omit `adapter` to call a real one.
client = Client(adapter=FakeProvider(["Lights", 404, "Fjords"]))
results = client.batch_completion(
    "openai/gpt-4o-mini",
    [[{"role": "user", "content": f"One word about {city}?"}] for city in table["city"]],
    max_workers=1,
)
rows = [row_of(result) for result in results]
# With polars: table.hstack(pl.DataFrame(rows, infer_schema_length=None))
answered = table.join(pd.DataFrame(rows))
print(answered.to_string())

# Ask again only where there was an error.
again = answered.loc[answered["error"].notna(), "city"]
print("again:", list(again))
assert list(again) == ["Rome"]
