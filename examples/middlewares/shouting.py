"""Change a response, streamed or not."""

from trunkline import (
    Client,
    Handler,
    ModelResponseStream,
    Reply,
    Request,
    Stream,
    default_middlewares,
)


def louder(chunk: ModelResponseStream) -> ModelResponseStream:
    """Convert the text of a chunk to upper case."""
    for choice in chunk.choices:
        choice.delta.content = (choice.delta.content or "").upper()
    return chunk


async def shout(request: Request, call_next: Handler) -> Reply:
    """Convert the text of a response to upper case."""
    reply = await call_next(request)
    if isinstance(reply, Stream):
        return reply.map(louder)
    for choice in reply.choices:
        choice.message.content = (choice.message.content or "").upper()
    return reply


client = Client([shout, *default_middlewares()])
question = [{"role": "user", "content": "Hello"}]
print(client.completion("openai/gpt-4o", question, mock_response="hi").choices[0].message.content)
for part in client.completion("openai/gpt-4o", question, mock_response="hi", stream=True):
    print(part.choices[0].delta.content)
