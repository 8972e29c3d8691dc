"""Parts of the cache: keys, entries, options, and requests in flight."""
