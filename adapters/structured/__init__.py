"""Structured output: JSON schemas, their dialects, and the tool that replaces them."""
