"""The middlewares, one file each."""
