"""What became of a call, in a terminal; in a notebook, the response draws itself."""

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

# What is drawn can be read, too: who did what, from when to when.
trail = response.call.trail
for note in trail.notes:
    print(f"{note.start - trail.began:.3f}", note.layer, note.event, dict(note.attributes))
