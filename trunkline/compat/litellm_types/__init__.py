"""The types of the `litellm` namespace."""
