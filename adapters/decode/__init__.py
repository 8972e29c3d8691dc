"""What wires share on the way back: from bytes to responses, chunks and errors."""
