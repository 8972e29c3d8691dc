"""Log each prompt and its response, however the call ends."""

import logging

from trunkline import Client, Outcome, Request, after, default_middlewares

logging.basicConfig(format="%(message)s", level=logging.INFO)
log = logging.getLogger("prompts")


@after
def write(request: Request, outcome: Outcome) -> None:
    """Log the last message and the response or error."""
    result = outcome.response.choices[0].message.content if outcome.response else outcome.error
    log.info("%s %s: %s -> %s", request.model, outcome.kind, request.messages[-1], result)


client = Client([write, *default_middlewares()])
question = [{"role": "user", "content": "Hello"}]
client.completion("openai/gpt-4o", question, mock_response="Hi")
for _ in client.completion("openai/gpt-4o", question, mock_response="Hi there", stream=True):
    break
print("logged")
