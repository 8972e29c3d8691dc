"""Agent servers that answer like a model: A2A, Langflow, LangGraph."""
