"""Keys, tokens and signatures, and keeping them out of errors."""
