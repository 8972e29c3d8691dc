"""Wires and the provider table: a request to a provider's bytes and back."""
