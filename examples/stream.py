"""Print a response while it streams."""

from trunkline import completion

stream = completion(
    "openai/gpt-4o",
    [{"role": "user", "content": "Name three colors."}],
    stream=True,
    mock_response="Red, green and blue.",
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
print(stream.response.choices[0].finish_reason)
