"""Servers that benchmarks call, each in its own process or thread, and what they answer."""
