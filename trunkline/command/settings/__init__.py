"""What the command line keeps on this machine: configuration, keys, the last conversation."""
