"""Drawings of a call, as text and as HTML."""
