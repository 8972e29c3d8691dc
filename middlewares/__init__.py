"""The middlewares of the default chain and the optional ones, one file each."""
