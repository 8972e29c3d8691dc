"""What a call costs, compared with other libraries: `python -m benchmarks`."""
