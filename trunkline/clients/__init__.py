"""The client with the default chain, its settings, batches, and the router."""
