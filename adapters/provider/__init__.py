"""A provider as a row of data, and what its rows and rules say about a model."""
