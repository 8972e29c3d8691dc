"""What the command line shows in a terminal, and reads from one."""
