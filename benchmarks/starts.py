"""From process start to the first answer: time, modules, memory, each in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from .contenders import CONTENDERS

_BYTECODE = Path(tempfile.gettempdir()) / "trunkline-benchmarks-bytecode"
_MODULES = {"trunkline[fast]": "trunkline", "any-llm": "any_llm", "floor": "httpx"}
# What a program imports to make a call: a module may load its parts on demand.
_NAMES = {"floor": "Client", "openai": "OpenAI"}

_IMPORT = """
import time; began = time.process_time()
{statement}
print(time.process_time() - began)
"""
_FIRST = """
import sys, json
from benchmarks.contenders import CONTENDERS
from benchmarks.servers.bodies import MESSAGES
assert CONTENDERS[sys.argv[1]][0](sys.argv[2]).plain(MESSAGES)
status = open("/proc/self/status").read() if sys.platform == "linux" else "VmRSS: 0 kB"
memory = int(status.partition("VmRSS:")[2].split()[0])
print(json.dumps([len(sys.modules), memory]))
"""


def measure_start(name: str, url: str, rounds: int) -> dict[str, float]:
    """Return milliseconds of imports and of start to first answer, modules, and MB after it."""
    module = _MODULES.get(name, CONTENDERS[name][1])
    wanted = _NAMES.get(name, "completion")
    starts: list[float] = []
    modules = memory = 0
    for _ in range(rounds + 1):
        began = perf_counter()
        modules, memory = json.loads(_run(_FIRST, name, url))
        starts.append(perf_counter() - began)
    return {
        "import ms": _measure_import(f"import {module}", rounds),
        "import of the call, ms": _measure_import(f"from {module} import {wanted}", rounds),
        "first answer ms": min(starts) * 1e3,
        "modules": modules,
        "memory MB": memory / 1024,
    }


def _measure_import(statement: str, rounds: int) -> float:
    code = _IMPORT.format(statement=statement)
    return min(float(_run(code)) for _ in range(rounds + 1)) * 1e3


def _run(code: str, *arguments: str) -> Any:
    # Bytecode is cached for all alike, whatever the environment says.
    cached = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(_BYTECODE)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        check=True,
        env={**os.environ, **cached},
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().splitlines()[-1]
