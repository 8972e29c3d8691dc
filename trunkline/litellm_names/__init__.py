"""Names that code for litellm uses."""
