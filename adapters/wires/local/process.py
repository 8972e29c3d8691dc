"""Serve one GGUF file over HTTP on the loopback interface until standard input ends.

server.py runs this file as a program: `python process.py PATH`. It reads the API key as a line from
standard input, and writes the server's address as a line to standard output. It runs as long as the
other end of standard input is open, so it cannot outlive the process that started it.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from pathlib import Path

SLOTS = 4
"""Answers written at once; also the largest `n`."""
CONTEXT = 4096
"""Tokens of prompt and response together, for each slot."""


def main() -> None:
    """Serve until standard input ends; llama.cpp's errors go to standard error."""
    # Ctrl-C in a terminal reaches every process there; only the one that started us may end us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    api_key = sys.stdin.readline().strip()
    xllamacpp = import_module("xllamacpp")  # it has no types
    params = xllamacpp.CommonParams()
    path = Path(sys.argv[1])
    params.model.path = str(path)
    params.model_alias = {path.stem}
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * CONTEXT
    # Half of the logical processors: more than that steal time from each other, badly so when
    # the machine has other work.
    threads = max(1, (os.cpu_count() or 2) // 2)
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    # By default up to 8 GiB of prompts are kept in addition to those in the slots.
    params.cache_ram_mib = 0
    params.port = 0
    params.api_keys = [api_key]
    params.ui = False
    params.verbosity = 1  # errors
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # Destroying the server waits for requests that are under way, and could wait forever.
    os._exit(0)


if __name__ == "__main__":
    main()
