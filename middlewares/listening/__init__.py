"""Callbacks: what they are, what they are called with, and when."""
