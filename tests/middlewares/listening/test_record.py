"""Records cannot be changed, and contain no credentials."""

from __future__ import annotations

import pytest

from tests.support.answers import HEAD, USAGE, chunk_body, failing, good
from tests.support.chain.callbacks import KEY, Recorder, ask
from tests.support.server import Server, answer_events
from tests.support.worlds import World
from trunkline import BadRequestError, Client, Retry
from trunkline.middlewares.callbacks import Callbacks
from trunkline.pipeline.secret import HIDDEN


def test_a_record_cannot_be_changed(server: Server, recorder: Recorder) -> None:
    server.reply(good("plain"))
    client = Client(middlewares=[recorder.both()])
    notes = {"tenant": "a"}
    ask(World("sync"), client, "plain", server, metadata=notes, seed=1)
    record = recorder.record
    notes["tenant"] = "b"
    assert record.metadata == {"tenant": "a"}
    for change in (
        lambda: setattr(record, "outcome", "failed"),
        lambda: record.metadata.update(tenant="c"),  # type: ignore[attr-defined]  # that is the point
        lambda: record.request.params.update(seed=2),  # type: ignore[attr-defined]  # that is the point
    ):
        with pytest.raises(AttributeError):
            change()


def test_the_price_that_a_provider_tells(server: Server, recorder: Recorder) -> None:
    events: list[object] = [
        chunk_body({"content": "Hello"}, "stop"),
        {**HEAD, "choices": [], "usage": {**USAGE, "cost": 0.25}},
    ]
    server.reply(answer_events(events))
    ask(World("sync"), Client(middlewares=[recorder.both()]), "stream", server)
    assert recorder.record.cost == 0.25


def test_no_credential_is_in_a_record(world: World, mode: str, server: Server) -> None:
    recorder = Recorder()
    client = Client(middlewares=[Callbacks([recorder.plain, recorder.awaited]), Retry()])
    server.reply(good(mode), failing(401, f"wrong key {KEY}"))
    secrets = {
        "extra_headers": {"authorization": f"Bearer {KEY}", "x-trace": KEY},
        "extra_query": {"key": KEY},
        "extra_body": {
            "data_sources": [{"authentication": {"type": "api_key", "key": KEY}}],
            "gateway_api_key": KEY,
            "tenant_secret": KEY,
        },
        "service_account": {"private_key": KEY, "client_email": "someone"},
        "num_retries": 0,
    }
    ask(world, client, mode, server, max_tokens=5, prompt_cache_key="mine", **secrets)
    with pytest.raises(Exception, match="wrong key"):
        ask(world, client, mode, server, **secrets)
    assert [outcome for _, outcome in recorder.outcomes] == ["completed"] * 2 + ["failed"] * 2
    for _, record in recorder.events:
        request = record.request
        assert request.api_key is None
        assert request.options == {}
        for part in (
            repr(record),
            repr(request.params),
            repr(request.extra_body),
            repr(request.extra_headers),
            repr(request.extra_query),
            str(record.error),
            repr(getattr(record.error, "body", None)),
        ):
            assert KEY not in part
    params = recorder.events[0][1].request.params
    assert (params["max_tokens"], params["prompt_cache_key"]) == (5, "mine")
    assert params["service_account"]["client_email"] == "someone"


def test_credentials_of_another_provider(
    world: World, mode: str, server: Server, recorder: Recorder
) -> None:
    client = Client(middlewares=[recorder.both()])
    account = {"private_key": KEY, "client_email": "someone"}
    with pytest.raises(BadRequestError, match="vertex_credentials: this provider does not use"):
        ask(world, client, mode, server, vertex_credentials=account)
    assert server.seen == []
    record = recorder.record
    assert record.outcome == "failed"
    assert KEY not in repr(record)
    assert KEY not in str(record.error)
    # A pickle would contain what a Secret hides.
    assert record.request.params["vertex_credentials"] == HIDDEN


def test_a_credential_in_the_address_is_not_in_the_record(
    server: Server, recorder: Recorder
) -> None:
    client = Client(middlewares=[recorder.both()])
    with pytest.raises(BadRequestError):
        ask(World("sync"), client, "plain", server, base_url=f"https://me:{KEY}@host/v1?key={KEY}")
    assert recorder.record.request.base_url == "https://host/v1"
