"""A server may quote what it was sent; no credential reaches an error, in whatever form."""

from __future__ import annotations

import json
import pickle
from base64 import b64encode
from collections.abc import Callable
from html import escape
from traceback import format_exception
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import MESSAGES
from tests.support.chain.callbacks import Recorder
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import APIError, Client
from trunkline.adapters.credentials.scrubbing import hide

KEY = 'sk-k"ey/of+the=call <0123456789>'
QUERY = "query value/0123456789"
IN_URL = "value-in-the-url-0123456789"
HEADER = "header-value-0123456789"
PASSWORD = "password-0123456789"
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda value: quote(value, safe=""),
    "plus": quote_plus,
    "json": lambda value: json.dumps(value)[1:-1],
    "html": escape,
    "base64": lambda value: b64encode(value.encode()).decode(),
}


def _call(server: Server, world: World, mode: str, **more: Any) -> APIError:
    with Client() as client, pytest.raises(APIError) as caught:
        world.answer(
            client,
            mode,
            "openai/gpt-4o",
            MESSAGES,
            **{
                "base_url": f"{server.url}/v1?code={IN_URL}&pin=1234",
                "api_key": KEY,
                "extra_query": {"sig": QUERY, "list": [QUERY, 1], "api-version": "2024-10-21"},
                "extra_headers": {
                    "X-Auth": HEADER,
                    "Cookie": f"session={HEADER}",
                    "Proxy-Authorization": f"Basic {b64encode(f'u:{PASSWORD}'.encode()).decode()}",
                },
                "num_retries": 0,
                **more,
            },
        )
    return caught.value


def _shown(error: APIError) -> str:
    pickled: APIError = pickle.loads(pickle.dumps(error))  # our own
    return "".join(
        [
            str(error),
            repr(error),
            repr(vars(error)),
            repr(vars(pickled)),
            repr(error.__cause__),
            repr(error.__context__),
            repr(getattr(error, "__notes__", [])),
        ]
    )


def _quoting(form: str, secret: str) -> Answer:
    text = FORMS[form](secret)
    body = {
        "error": {
            "message": f"bad {text}!",
            "code": text,
            "param": text,
            "type": text,
            text: {"nested": [text]},
        }
    }
    # A header cannot contain every character.
    header = text if text.isascii() and text.isprintable() else "x"
    return answer_json(body, status=400, x_request_id=header, x_echo=header)


@pytest.mark.parametrize("secret", [KEY, QUERY, IN_URL, HEADER, PASSWORD], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_an_error_that_quotes_a_credential(
    server: Server, world: World, mode: str, form: str, secret: str
) -> None:
    server.reply(_quoting(form, secret))
    error = _call(server, world, mode)
    shown = _shown(error)
    for each in FORMS.values():
        assert each(secret) not in shown
    assert "bad ***!" in error.message
    assert (error.code, error.param, error.request_id) == ("***", "***", "***")
    assert error.headers["x-echo"] == "***"


def test_an_error_that_quotes_the_whole_request(server: Server, world: World, mode: str) -> None:
    def echo(seen: Any) -> Answer:
        echoed = f"POST {seen.path} {seen.headers}"
        return answer_json({"error": {"message": echoed}}, status=404, location=seen.path)

    server.reply(echo)
    shown = _shown(_call(server, world, mode))
    for secret in (KEY, QUERY, IN_URL, HEADER, PASSWORD, "pin=1234"):
        for each in FORMS.values():
            assert each(secret) not in shown, each
    assert "2024-10-21" in shown


def test_an_error_in_a_stream(server: Server, world: World) -> None:
    chunk = {"id": "1", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}
    server.reply(answer_events([chunk, {"error": {"message": f"bad {KEY}", "code": IN_URL}}]))
    error = _call(server, world, "stream")
    assert error.partial is not None
    assert KEY not in _shown(error)
    assert IN_URL not in _shown(error)


def test_attempts_callbacks_and_drawings(server: Server, world: World, mode: str) -> None:
    server.reply(*[answer_json({"error": {"message": f"bad {IN_URL}"}}, status=500)] * 2)
    recorder = Recorder()
    error = _call(server, world, mode, callbacks=[recorder.plain], fallbacks=["openai/y"])
    assert len(server.seen) == 2
    (_, record) = recorder.events[-1]
    drawn = str(record._repr_html_())  # pyright: ignore[reportPrivateUsage]
    for shown in (_shown(error), repr(error.tried), repr(record), drawn):
        assert IN_URL not in shown


def test_a_spent_key_in_the_query_of_another_word() -> None:
    error = APIError("the word word-of-eight is not hidden", code="word-of-eight")
    hide(error, ["word"])
    assert error.message == "the word word-of-eight is not hidden"


def test_what_caused_an_error() -> None:
    noted = ValueError(f"bad {KEY}")
    noted.add_note(f"sent {KEY}")
    vars(noted)["message"] = f"bad {KEY}"
    error = APIError("failed")
    error.__cause__ = ExceptionGroup("several", [noted])
    noted.__context__ = KeyError(KEY)
    hide(error, [KEY])
    assert KEY not in "".join(format_exception(error))
    assert (noted.args, vars(noted)["message"]) == (("bad ***",), "bad ***")


def test_a_cause_whose_text_cannot_change() -> None:
    error = APIError("failed")
    error.__cause__ = OSError(2, "no such file", f"/{KEY}")
    hide(error, [KEY])
    assert KEY not in "".join(format_exception(error))


@given(st.text(min_size=8), st.sampled_from(sorted(FORMS)), st.text(max_size=5))
def test_any_text_in_any_form(secret: str, form: str, around: str) -> None:
    try:
        text = FORMS[form](secret)
    except UnicodeEncodeError:
        return
    error = APIError(f"{around}{text}{around}", body={text: [text]}, request_id=text)
    hide(error, [secret])
    if len(text) >= 8:
        shown = f"{error.message}{error.body}{error.request_id}"
        assert text not in shown.replace("***", "") or text in around * 2
