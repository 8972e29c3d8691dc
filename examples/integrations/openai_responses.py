"""The OpenAI SDK's Responses API over any provider: tools, a stream, a conversation that is stored.

Leave `adapter=` out in your own program: the calls then go to the providers, each with the key in
its own environment variable.
"""

from __future__ import annotations

import json

from openai import OpenAI
from openai.types.responses import FunctionToolParam, ResponseInputParam

from trunkline import Client, MemoryStore
from trunkline.integrations.openai import http_client
from trunkline.testing import FakeProvider, tool_call

WEATHER: FunctionToolParam = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": None,
}

fake = FakeProvider(
    [tool_call("weather", city="Oslo"), ["It rains ", "in Oslo."], "Then take an umbrella."]
)
chain = Client(adapter=fake, response_store=MemoryStore())

with OpenAI(http_client=http_client(chain), api_key="unused") as client:
    items: ResponseInputParam = [{"role": "user", "content": "How is the weather in Oslo?"}]
    response = client.responses.create(
        model="anthropic/claude-sonnet-4-5", input=items, tools=[WEATHER]
    )
    for item in response.output:
        if item.type == "function_call":
            print(item.name, json.loads(item.arguments))
            items.append(item.to_dict())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # an item as it came
            items.append(
                {"type": "function_call_output", "call_id": item.call_id, "output": "rain"}
            )

    with client.responses.stream(
        model="anthropic/claude-sonnet-4-5", input=items, tools=[WEATHER]
    ) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                print(event.delta, end="")
        said = stream.get_final_response()
    print()

    # Claude stores nothing: the client's `response_store` keeps the conversation.
    advice = client.responses.create(
        model="anthropic/claude-sonnet-4-5", input="And now?", previous_response_id=said.id
    )
    print(advice.output_text)
    print("items:", len(client.responses.input_items.list(advice.id).data))
