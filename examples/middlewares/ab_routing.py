"""Route each group of users to a different model."""

from trunkline import Client, Request, before, default_middlewares, replace

MODELS = {"a": "openai/gpt-4o", "b": "anthropic/claude-sonnet-4-5"}


@before
def split(request: Request) -> Request:
    """Choose the model by the group in the call's metadata."""
    return replace(request, model=MODELS[request.metadata.get("group", "a")])


client = Client([split, *default_middlewares()])
for group in "ab":
    response = client.completion(
        "experiment",
        [{"role": "user", "content": "Hello"}],
        metadata={"group": group},
        mock_response="Hi",
    )
    print(group, response.model)
