"""Middlewares for providers that fail, are slow or are overloaded."""
