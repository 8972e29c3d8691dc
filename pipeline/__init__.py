"""Calls and how they flow through a chain, without any provider or middleware."""

import logging

logging.getLogger("trunkline").addHandler(logging.NullHandler())
