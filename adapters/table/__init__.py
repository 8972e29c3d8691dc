"""The provider table: every row, how a model name finds its row, and facts about models."""
