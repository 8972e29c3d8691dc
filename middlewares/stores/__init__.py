"""Where cached responses are stored."""
