"""What goes to a model and what comes back: personal data, secrets and rules."""
