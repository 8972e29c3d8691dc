"""Recorded exchanges with providers: how tests read, change and check them."""
