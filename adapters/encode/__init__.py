"""What wires share on the way out: from a request to the bytes that are sent."""
