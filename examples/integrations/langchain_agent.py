# needs langchain: pip install 'trunkline[langchain]' langchain
"""Run a LangChain agent with a tool; the first provider fails, so the fallback responds."""

# LangGraph's graphs are only partially typed.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

from trunkline.integrations.langchain import ChatTrunkline
from trunkline.testing import FakeProvider, tool_call


@tool
def weather(city: str) -> str:
    """Return the weather in a city."""
    return f"It is sunny in {city}."


# Fake responses: an error, a tool call, the final text. Omit `client=` to call the providers.
fake = FakeProvider([503, tool_call("weather", city="Rome"), "Sunny, so take a hat."])

model = ChatTrunkline(
    "anthropic/claude-sonnet-4-5",
    client=fake.client(),
    num_retries=0,
    fallbacks=["openai/gpt-4o"],
)
agent = create_agent(model, [weather])

for message in agent.invoke({"messages": [HumanMessage("What is the weather in Rome?")]})[
    "messages"
]:
    message.pretty_print()

print("asked:", [request.model for request in fake.requests])
