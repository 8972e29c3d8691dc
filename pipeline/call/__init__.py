"""One call: its arguments and messages, the request, the chain, and the client."""
