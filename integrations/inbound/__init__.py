"""What the integrations with vendors' SDKs share: transports that answer in this process."""
