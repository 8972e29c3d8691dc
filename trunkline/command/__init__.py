"""The command line: one module for each subcommand, and what they share.

Nothing here is imported by `import trunkline`.
"""
