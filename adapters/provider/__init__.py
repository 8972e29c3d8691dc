"""The row of a provider, and what its rules say about a model."""
