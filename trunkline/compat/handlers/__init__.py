"""litellm's handlers: classes of a program that answer the calls of a provider."""
