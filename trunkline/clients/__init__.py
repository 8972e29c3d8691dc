"""Client with the default chain and its settings, batches, and Router."""
