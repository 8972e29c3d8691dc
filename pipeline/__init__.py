"""Calls and how they flow through a chain, without any provider or middleware."""
