"""Get a whole response, here without a network."""

from trunkline import completion

response = completion(
    "openai/gpt-4o",
    [{"role": "user", "content": "Name three colors."}],
    mock_response="Red, green and blue.",
)
print(response.choices[0].message.content)
