"""The parts of `python -m benchmarks.soak` and `benchmarks.chaos`."""
