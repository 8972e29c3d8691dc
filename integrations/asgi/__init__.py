"""trunkline as an ASGI app."""
