"""What a call is and how it flows; knows no provider and no middleware."""
