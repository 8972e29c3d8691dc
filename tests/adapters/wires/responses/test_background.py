"""Background responses: waited for, retrieved, and cancelled when their caller leaves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.clocks import Clock
from tests.support.server import Answer, Reaction, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    Client,
    ConflictError,
    InternalServerError,
    NotFoundError,
    Response,
    StreamInterruptedError,
    Timeout,
)
from trunkline.pipeline.json_values import JSON

MODEL = "openai/responses/gpt-5.6"
AZURE = "azure/responses/gpt-5.6"
KEY = "sk-background-1"
ID = "resp_1"
USER = [{"role": "user", "content": "Think for a while."}]


def body(status: str, text: str = "") -> JSON:
    part: JSON = {"type": "output_text", "text": text, "annotations": []}
    item: JSON = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
    return {
        "id": ID,
        "object": "response",
        "created_at": 1,
        "model": "gpt-5.6",
        "status": status,
        "background": True,
        "output": [item] if text else [],
    }


QUEUED = answer_json(body("queued"))
RUNNING = answer_json(body("in_progress"))
DONE = answer_json(body("completed", "Done."))
CANCELLED = answer_json(body("cancelled"))


def created(status: str = "queued") -> JSON:
    return {"type": "response.created", "sequence_number": 0, "response": body(status)}


def delta(text: str) -> JSON:
    return {
        "type": "response.output_text.delta",
        "sequence_number": 1,
        "output_index": 0,
        "content_index": 0,
        "item_id": "msg_1",
        "delta": text,
    }


COMPLETED = {
    "type": "response.completed",
    "sequence_number": 2,
    "response": body("completed", "Done."),
}


def client_of(clock: Clock) -> Client:
    return Client([clock.fast_forward])


def where(server: Server) -> JSON:
    return {"base_url": server.url, "api_key": KEY}


def requests(server: Server) -> list[tuple[str, str]]:
    return [(seen.method, seen.path) for seen in server.seen]


LOOK = ("GET", f"/responses/{ID}")
CREATE = ("POST", "/responses")
CANCEL = ("POST", f"/responses/{ID}/cancel")


class TestWaiting:
    def test_until_it_has_ended(self, server: Server, world: World) -> None:
        clock = Clock()
        server.reply(QUEUED, RUNNING, DONE)
        response = world.complete(client_of(clock), MODEL, USER, background=True, **where(server))
        assert response.choices[0].message.content == "Done."
        assert requests(server) == [CREATE, LOOK, LOOK]
        assert all(seen.headers["authorization"] == f"Bearer {KEY}" for seen in server.seen)
        assert server.seen[1].body == b""
        assert server.seen[0].json["background"] is True
        assert clock.sleeps == [0.5, 0.75]

    def test_pauses_are_those_of_the_provider(self, server: Server, world: World) -> None:
        clock = Clock()
        slow = answer_json(body("queued"), retry_after="7")
        server.reply(slow, RUNNING, DONE)
        world.complete(client_of(clock), MODEL, USER, background=True, **where(server))
        assert clock.sleeps == [7.0, 0.75]

    def test_pauses_grow_to_a_limit(self, server: Server) -> None:
        clock = Clock()
        server.reply(QUEUED, *[RUNNING] * 20, DONE)
        client_of(clock).completion(MODEL, USER, background=True, stream=False, **where(server))
        assert clock.sleeps == sorted(clock.sleeps)
        assert clock.sleeps[-1] == 10.0

    def test_failures_that_pass(self, server: Server, world: World) -> None:
        clock = Clock()
        busy = answer_json({"error": {"message": "busy"}}, 503, retry_after="3")
        server.reply(QUEUED, busy, Answer([], ending="cut"), busy, DONE)
        response = world.complete(client_of(clock), MODEL, USER, background=True, **where(server))
        assert response.choices[0].message.content == "Done."
        assert requests(server) == [CREATE, *[LOOK] * 4]

    def test_failures_that_do_not_pass(self, server: Server, world: World) -> None:
        server.reply(QUEUED, answer_json({"error": {"message": "down"}}, 503))
        with pytest.raises(InternalServerError, match="down"):
            world.complete(client_of(Clock()), MODEL, USER, background=True, **where(server))
        assert requests(server) == [CREATE, *[LOOK] * 5, CANCEL]

    def test_a_response_that_fails(self, server: Server, world: World) -> None:
        failed = {**body("failed"), "error": {"code": "server_error", "message": "it broke"}}
        server.reply(QUEUED, answer_json(failed))
        with pytest.raises(InternalServerError, match="it broke"):
            world.complete(client_of(Clock()), MODEL, USER, background=True, **where(server))
        assert requests(server) == [CREATE, LOOK]

    def test_a_response_that_somebody_cancelled_is_not_created_again(self, server: Server) -> None:
        server.reply(RUNNING, CANCELLED)
        with pytest.raises(ConflictError, match="was cancelled"):
            Client().completion(MODEL, USER, background=True, stream=False, **where(server))
        assert requests(server) == [CREATE, LOOK]

    def test_responses(self, server: Server) -> None:
        server.reply(QUEUED, DONE)
        response = client_of(Clock()).responses(
            MODEL, "Hi", stream=False, background=True, **where(server)
        )
        assert response.output_text == "Done."
        assert server.seen[0].json == {"model": "gpt-5.6", "input": "Hi", "background": True}

    def test_azure(self, server: Server) -> None:
        server.reply(QUEUED, DONE)
        client_of(Clock()).completion(
            AZURE, USER, background=True, stream=False, extra_query={"a": "b"}, **where(server)
        )
        assert requests(server) == [
            ("POST", "/openai/v1/responses?a=b"),
            ("GET", f"/openai/v1/responses/{ID}?a=b"),
        ]
        assert server.seen[1].headers["api-key"] == KEY


class TestLeaving:
    def test_the_end_of_the_time(self, server: Server, world: World) -> None:
        server.reply(QUEUED, RUNNING)
        with pytest.raises(Timeout, match=f"response {ID} did not end in time"):
            world.complete(
                Client([]), MODEL, USER, background=True, timeout={"total": 1.0}, **where(server)
            )
        assert requests(server)[-1] == CANCEL

    def test_ctrl_c(self, server: Server) -> None:
        server.reply(QUEUED, CANCELLED)
        with pytest.raises(KeyboardInterrupt):
            client_of(_Interrupting()).completion(
                MODEL, USER, background=True, stream=False, **where(server)
            )
        assert requests(server) == [CREATE, CANCEL]

    def test_cancellation(self, server: Server) -> None:
        server.reply(QUEUED, RUNNING)

        async def main() -> None:
            call = asyncio.create_task(
                Client([]).acompletion(MODEL, USER, background=True, stream=False, **where(server))
            )
            while not server.seen:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

        asyncio.run(main())
        assert requests(server)[-1] == CANCEL

    def test_a_stream(self, server: Server) -> None:
        begun = answer_events([created(), delta("Hel"), delta("lo")], done=False)
        begun.ending = "stall"
        server.reply(begun, CANCELLED)
        stream = Client([]).completion(MODEL, USER, background=True, stream=True, **where(server))
        with stream as chunks:
            next(chunks)
        assert requests(server) == [CREATE, CANCEL]

    def test_a_stream_under_an_event_loop(self, server: Server) -> None:
        begun = answer_events([created(), delta("Hel"), delta("lo")], done=False)
        begun.ending = "stall"
        server.reply(begun, CANCELLED)

        async def main() -> None:
            stream = await Client([]).aresponses(
                MODEL, "Hi", background=True, stream=True, **where(server)
            )
            async with stream as events:
                await anext(events)

        asyncio.run(main())
        assert requests(server) == [CREATE, CANCEL]

    def test_not_a_stream_that_was_read(self, server: Server, world: World) -> None:
        server.reply(answer_events([created(), delta("Done."), COMPLETED], done=False))
        _, stream = world.stream(Client([]), MODEL, USER, background=True, **where(server))
        assert stream.response.choices[0].message.content == "Done."
        assert requests(server) == [CREATE]

    @pytest.mark.parametrize("ending", ["cut", "clean"])
    def test_not_a_stream_that_breaks_off(self, server: Server, world: World, ending: Any) -> None:
        begun = answer_events([created(), delta("Hel")], done=False)
        begun.ending = ending
        server.reply(begun)
        with pytest.raises(StreamInterruptedError) as caught:
            world.stream(Client([]), MODEL, USER, background=True, **where(server))
        assert caught.value.partial is not None
        assert caught.value.partial.id == ID
        assert requests(server) == [CREATE]


class _Interrupting(Clock):
    """A clock whose sleeper is interrupted by Ctrl-C."""

    def advance(self, seconds: float) -> None:
        raise KeyboardInterrupt


class TestByItsId:
    def test_retrieve(self, server: Server) -> None:
        server.reply(RUNNING, DONE)
        response = client_of(Clock()).retrieve_response(
            MODEL, ID, stream=False, include=["a", "b"], **where(server)
        )
        assert response.output_text == "Done."
        assert response.call.provider == "openai"
        assert requests(server) == [("GET", f"/responses/{ID}?include=a&include=b")] * 2

    def test_leaving_it_cancels_nothing(self, server: Server) -> None:
        server.reply(RUNNING)
        with pytest.raises(Timeout):
            Client([]).retrieve_response(
                MODEL, ID, stream=False, timeout={"total": 1.0}, **where(server)
            )
        assert {method for method, _ in requests(server)} == {"GET"}

    def test_events_that_were_missed(self, server: Server) -> None:
        server.reply(answer_events([delta("Done."), COMPLETED], done=False))
        stream = Client().retrieve_response(
            MODEL, ID, stream=True, starting_after=4, **where(server)
        )
        assert [event.type for event in stream] == [delta("")["type"], COMPLETED["type"]]
        assert stream.response.output_text == "Done."
        assert requests(server) == [("GET", f"/responses/{ID}?starting_after=4&stream=true")]

    def test_cancel(self, server: Server) -> None:
        server.reply(CANCELLED)
        response = Client().cancel_response(MODEL, ID, **where(server))
        assert response.status == "cancelled"
        assert requests(server) == [CANCEL]

    def test_what_cannot_be_cancelled(self, server: Server) -> None:
        server.reply(answer_json({"error": {"message": "No such response"}}, 404))
        with pytest.raises(NotFoundError, match="No such response"):
            Client().cancel_response(MODEL, "a/b", **where(server))
        assert requests(server) == [("POST", "/responses/a%2Fb/cancel")]

    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def test_under_an_event_loop(self, server: Server, backend: str) -> None:
        answers: list[Reaction] = [RUNNING, DONE, CANCELLED]
        server.reply(*answers)

        async def main() -> tuple[Response, Response]:
            client = client_of(Clock())
            return (
                await client.aretrieve_response(MODEL, ID, stream=False, **where(server)),
                await client.acancel_response(MODEL, ID, **where(server)),
            )

        retrieved, cancelled = World(backend).run(main)
        assert retrieved.output_text == "Done."
        assert cancelled.status == "cancelled"
