"""OpenTelemetry spans, metrics and attributes of calls."""
