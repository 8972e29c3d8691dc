"""What tests of middlewares and of clients share."""
