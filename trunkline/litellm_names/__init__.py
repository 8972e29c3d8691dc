"""Names that code written for litellm expects."""
