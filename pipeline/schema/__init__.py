"""The public types: responses, chunks, messages, usage, and what is known about a call."""
