"""A cache that finds responses to similar requests: embeddings, and stores of vectors."""
