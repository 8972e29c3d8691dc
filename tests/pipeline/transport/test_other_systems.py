"""What works without names that only some systems have, such as those that Windows lacks."""

from __future__ import annotations

import subprocess
import sys

from tests.support.answers import TEXT, good
from tests.support.server import Server

# Python's own modules use these names, so they are loaded first.
CODE = """
import asyncio, multiprocessing, os, select, socket, ssl, subprocess, sys, tempfile
for name in ("fork", "forkpty", "register_at_fork", "getuid", "geteuid", "fchmod", "fchown"):
    delattr(os, name)
for name in ("poll", "epoll", "POLLIN"):
    delattr(select, name)
for name in ("fcntl", "pwd", "resource", "termios"):
    sys.modules[name] = None

import trunkline
from trunkline import Client

given = dict(base_url=sys.argv[1], api_key="sk-0123456789")
question = [{"role": "user", "content": "Hi"}]


async def call(client):
    return await client.acompletion("openai/gpt-4o", question, **given)


for engine in ("h11", "httptools", "httpx"):
    client = Client(engine=engine)
    for _ in range(2):
        print(client.completion("openai/gpt-4o", question, **given).choices[0].message.content)
    print(asyncio.run(call(client)).choices[0].message.content)
"""


def test_a_call_without_what_windows_lacks(server: Server) -> None:
    server.reply(good("plain"))
    run = [sys.executable, "-W", "error", "-c", CODE, server.url]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.splitlines()) == ("", [TEXT] * 9)
