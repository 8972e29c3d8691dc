"""Structured output: JSON schemas, their dialects, and the tool that stands in for them."""
