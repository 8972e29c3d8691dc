"""A response in progress: reading it, folding its chunks, replaying it, its outcome."""
