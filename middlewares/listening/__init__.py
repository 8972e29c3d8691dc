"""Callbacks: who is notified about a call, with what, and when."""
