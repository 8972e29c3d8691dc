# needs langchain: pip install 'trunkline[langchain]' langchain
"""An agent of LangChain's with a tool; the first provider is down, so the fallback answers."""

# LangGraph's graphs are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

from trunkline.integrations.langchain import ChatTrunkline
from trunkline.testing import FakeProvider, tool_call


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It is sunny in {city}."


# In place of providers: an error, a call of the tool, the answer. Without `client=` it is for real.
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
