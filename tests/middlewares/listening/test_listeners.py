"""What is accepted as a callback, and what is not."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

from tests.support.answers import good
from tests.support.chain.callbacks import Recorder, ask
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import BadRequestError, Client
from trunkline.middlewares.callbacks import AttemptCallbacks, Callbacks
from trunkline.middlewares.listening.record import CallRecord

ENTRY_POINT = "[trunkline.callbacks]\nprinter = brought_callbacks:hear\nbroken = brought_none:x\n"


def test_one_that_is_listed_twice_hears_once(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    recorder = Recorder()
    client = Client(middlewares=[Callbacks([recorder.plain], success_callback=[recorder.plain])])
    ask(world, client, mode, server, callbacks=[recorder.plain], success_callback=[recorder.plain])
    assert recorder.outcomes == [("plain", "completed")]


def test_whatever_takes_one_argument_is_a_native_callback(server: Server) -> None:
    server.reply(good("plain"))
    heard: list[object] = []

    def any_number(*records: object) -> None:
        heard.extend(records)

    def with_defaults(record: object, more: object = None) -> None:
        heard.extend([record, more])

    class Callable:
        def __call__(self, record: object) -> None:
            heard.append(record)

    given = [any_number, with_defaults, partial(with_defaults, more=1), Callable(), heard.append]
    callbacks = Callbacks(given)
    ask(World("sync"), Client(middlewares=[callbacks]), "plain", server)
    assert not callbacks.failures
    record = heard[0]
    assert isinstance(record, CallRecord)
    assert heard == [record, record, None, record, 1, record, record]


def takes_two(one: object, two: object) -> None: ...


def takes_none() -> None: ...


def takes_a_name(record: object, *, more: object) -> None: ...


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        (Recorder, "Recorder is a class; pass an instance, Recorder()"),
        (17, "17 is not a callback; a callback is"),
        (
            takes_two,
            "takes_two(one: 'object', two: 'object') -> 'None' takes the wrong number of "
            "arguments; a callback is",
        ),
        (takes_none, "takes the wrong number of arguments; a callback is"),
        (takes_a_name, "takes the wrong number of arguments; a callback is"),
    ],
)
def test_what_is_no_callback(callback: object, text: str, server: Server) -> None:
    with pytest.raises(TypeError) as caught:
        Callbacks([print, callback])
    assert str(caught.value).startswith("callbacks[1]: ")
    assert text in str(caught.value)
    client = Client(middlewares=[Callbacks(), AttemptCallbacks()])
    for option in ("callbacks", "success_callback", "failure_callback", "attempt_callbacks"):
        with pytest.raises(BadRequestError) as refused:
            ask(World("sync"), client, "plain", server, **{option: [callback]})
        assert text in str(refused.value)
    assert server.seen == []


def test_what_is_no_list(server: Server) -> None:
    with pytest.raises(TypeError, match="success_callback: expected a list of callbacks, got str"):
        Callbacks(success_callback="printer")
    with pytest.raises(BadRequestError, match="callbacks: expected a list of callbacks"):
        ask(World("sync"), Client(middlewares=[Callbacks()]), "plain", server, callbacks=print)


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that brings callbacks."""
    (tmp_path / "brought_callbacks.py").write_text("heard = []\ndef hear(x): heard.append(x)\n")
    metadata = tmp_path / "brought_callbacks-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINT)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.usefixtures("brought")
def test_names_of_installed_callbacks(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[Callbacks(["printer"])])
    ask(world, client, mode, server, success_callback=["printer"])
    heard: list[CallRecord] = sys.modules["brought_callbacks"].heard
    assert [record.outcome for record in heard] == ["completed"]
    heard.clear()


@pytest.mark.usefixtures("brought")
def test_unknown_names_are_refused_when_they_are_set(server: Server) -> None:
    with pytest.raises(
        ValueError, match="unknown callback 'nobody'; installed callbacks: broken, printer"
    ):
        Callbacks(["nobody"])
    with pytest.raises(ValueError, match=r"cannot load the callback 'broken' "):
        Callbacks(failure_callback=["broken"])
    client = Client(middlewares=[Callbacks()])
    with pytest.raises(BadRequestError, match="unknown callback 'nobody'"):
        ask(World("sync"), client, "plain", server, failure_callback=["nobody"])
    assert server.seen == []
