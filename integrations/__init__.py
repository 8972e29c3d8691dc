"""trunkline inside vendors' SDKs, frameworks and ASGI servers: a package for each."""
