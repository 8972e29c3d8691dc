"""Choosing among deployments, and the state that routing keeps."""
