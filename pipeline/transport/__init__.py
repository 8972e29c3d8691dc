"""HTTP connections for blocking and asynchronous calls."""
