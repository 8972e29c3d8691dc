"""What a response costs."""
