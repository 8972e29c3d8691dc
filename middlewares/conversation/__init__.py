"""Middlewares that change a conversation on its way to the model."""
