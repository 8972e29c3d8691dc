"""Helpers for wires that turn a request into the bytes that are sent."""
