"""Microsoft Azure: OpenAI's models, the models of Foundry, and Claude."""
