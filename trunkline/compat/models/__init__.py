"""What is known about models and providers, with litellm's functions and names."""
