"""Show what happened during a call, in a terminal; notebooks draw the response automatically."""

from trunkline import CallRecord, Client, RateLimitError
from trunkline.testing import FakeProvider

records: list[CallRecord] = []
fake = FakeProvider([RateLimitError("slow down", retry_after=0.1), 503, "Because air scatters it."])
with Client(adapter=fake, callbacks=[records.append]) as client:
    response = client.completion(
        "openai/gpt-4o",
        [{"role": "user", "content": "Why is the sky blue?"}],
        num_retries=1,
        fallbacks=["anthropic/claude-sonnet-4-5"],
    )

records[0].show()

# The same data is available to programs: each layer's events, with their start times.
trail = response.call.trail
for note in trail.notes:
    print(f"{note.start - trail.began:.3f}", note.layer, note.event, dict(note.attributes))
