"""Parts of `Cache`: keys, entries, options, and requests in flight."""
