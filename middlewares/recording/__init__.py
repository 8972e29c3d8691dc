"""Middlewares that record calls, and play them back."""
