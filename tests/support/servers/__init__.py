"""Servers and databases in processes and threads of their own."""
