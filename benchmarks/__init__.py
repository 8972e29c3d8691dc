"""What a call costs, beside others': `python -m benchmarks`."""
