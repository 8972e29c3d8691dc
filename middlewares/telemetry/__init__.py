"""OpenTelemetry's instruments, and its names for what a call does."""
