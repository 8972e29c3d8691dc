"""What model families accept, whichever provider serves them."""
