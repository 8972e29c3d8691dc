"""Which callbacks are called: those of the client, of the settings, of a call, of an attempt."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import tenacity

from tests.support.answers import failing, good
from tests.support.chain.callbacks import MODEL, Recorder, ask
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import BadRequestError, Client, Request, Retry
from trunkline.middlewares.callbacks import AttemptCallbacks, Callbacks


def test_callbacks_of_one_call(world: World, mode: str, server: Server, recorder: Recorder) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[Callbacks()])
    ask(world, client, mode, server, callbacks=[recorder.plain])
    ask(world, client, mode, server, success_callback=[recorder.plain], failure_callback=[])
    ask(world, client, mode, server)
    assert recorder.outcomes == [("plain", "completed")] * 2


def test_settings_that_change(world: World, mode: str, server: Server, recorder: Recorder) -> None:
    server.reply(good(mode))
    settings: dict[str, list[object]] = {"callbacks": [], "success": [], "failure": []}
    callbacks = Callbacks(
        defaults=lambda: (settings["callbacks"], settings["success"], settings["failure"])
    )
    client = Client(middlewares=[callbacks])
    ask(world, client, mode, server)
    assert recorder.events == []
    settings["success"].append(recorder.plain)
    ask(world, client, mode, server)
    assert recorder.outcomes == [("plain", "completed")]
    settings["success"].append("nobody")
    with pytest.raises(BadRequestError, match="unknown callback 'nobody'"):
        ask(world, client, mode, server)


def test_settings_come_before_the_clients_own(server: Server) -> None:
    server.reply(good("plain"))
    heard: list[str] = []

    def setting(_: object) -> None:
        heard.append("setting")

    def of_the_call(_: object) -> None:
        heard.append("call")

    callbacks = Callbacks(
        [lambda record: heard.append("own")], defaults=lambda: ([setting], [], [])
    )
    client = Client(middlewares=[callbacks])
    ask(World("sync"), client, "plain", server, callbacks=[of_the_call])
    assert heard == ["setting", "own", "call"]


def test_nothing_is_done_when_nobody_listens() -> None:
    request = Request(model=MODEL, messages=(), io=None, adapter=None)  # type: ignore[arg-type]  # neither is used
    answers: list[object] = []

    def call_next(_: Request) -> Any:
        answers.append(object())
        return answers[-1]

    for middleware in (Callbacks(), AttemptCallbacks(), Callbacks(defaults=lambda: ([], [], []))):
        assert middleware(request, call_next) is answers[-1]


def test_each_attempt(world: World, mode: str, server: Server) -> None:
    server.reply(failing(503), failing(429), good(mode))
    calls, attempts = Recorder(), Recorder()
    client = Client(
        middlewares=[
            Callbacks([calls.plain]),
            Retry(wait=tenacity.wait_none()),
            AttemptCallbacks([attempts.plain]),
        ]
    )
    ask(world, client, mode, server)
    assert calls.outcomes == [("plain", "completed")]
    assert [record.outcome for _, record in attempts.events] == ["failed", "failed", "completed"]
    assert {record.call_id for _, record in attempts.events} == {calls.record.call_id}
    assert calls.record.attempts == 3 == len(server.seen)
    ask(world, client, mode, server, attempt_callbacks=[calls.plain])
    assert len(attempts.events) == 4


WITH_A_BROKEN_CALLBACK = """
from trunkline import Callbacks, Client, default_middlewares
from trunkline.testing import FakeProvider

def broken(record):
    raise ValueError("my mistake")

callbacks = Callbacks([broken], background={background})
client = Client(default_middlewares(callbacks=callbacks), adapter=FakeProvider(["Hello"]))
response = client.completion("openai/gpt-4o", [{{"role": "user", "content": "Hi"}}])
print(response.choices[0].message.content)
callbacks.close()
"""


@pytest.mark.parametrize("background", [False, True])
def test_an_error_is_seen_by_programs_that_configure_no_logging(background: bool) -> None:
    code = WITH_A_BROKEN_CALLBACK.format(background=background)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Hello\n"
    assert done.stderr.startswith("callback broken raised\nTraceback")
    assert done.stderr.endswith("ValueError: my mistake\n")
