"""What is wrong with messages is said with its path, before anything is sent."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.support.answers import good
from tests.support.server import Server
from trunkline import BadRequestError, Client, Message, ToolCall
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.schema.parts import Function

USER = {"role": "user", "content": "Hi"}
WITH_A_NUMBER: dict[Any, Any] = {"role": "user", "content": "Hi", 3: 4}


class Written(BaseModel):
    """A message of a user's own."""

    role: str = "user"
    content: str = "Hi"


class Text(str):
    """Text of a class of its own, like that of numpy."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("messages", "path"),
    [
        ("Hi", "messages: expected a list"),
        ({"role": "user", "content": "Hi"}, "messages: expected a list"),
        (Message(content="Hi"), "messages: expected a list"),
        (None, "messages: expected a list"),
        (5, "messages: expected a list"),
        ([], "messages: expected at least one"),
        ([USER, "Hi"], r"messages\[1\]: expected object, got str"),
        ([USER, {"content": "Hi"}], r"messages\[1\]: object missing required field role"),
        (
            [{"role": "robot", "content": "Hi"}],
            r"messages\[0\]\.role: expected one of system, developer, user, assistant, tool, "
            r"function, got 'robot'",
        ),
        ([{"role": "user", "content": 5}], r"messages\[0\]\.content: expected str"),
        ([USER, {"role": "user", "content": [{"type": 5}]}], r"messages\[1\]\.content\[0\]\.type"),
        (
            [USER, {"role": "user", "content": [{"text": "a"}]}],
            r"messages\[1\]\.content\[0\]: .*type",
        ),
        ([{"role": "user", "content": ["Hi"]}], r"messages\[0\]\.content\[0\]: expected object"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": 5}}]}],
            r"messages\[0\]\.content\[0\]\.image_url\.url: expected str, got int",
        ),
        (
            [{"role": "user", "content": [{"type": "image_url", "url": "x"}]}],
            r"messages\[0\]\.content\[0\]: a part of type 'image_url' needs 'image_url'",
        ),
        (
            [{"role": "assistant", "content": None, "tool_calls": [{"function": {"name": 5}}]}],
            r"messages\[0\]\.tool_calls\[0\]\.function\.name: expected str",
        ),
        ([USER, WITH_A_NUMBER], r"messages\[1\]: keys: expected str"),
        ([{**USER, "x": math.nan}], r"messages\[0\]\.x: expected a finite number, got nan"),
        (
            [{"role": "user", "content": [{"type": "text", "text": "a", "x": {"y": math.inf}}]}],
            r"messages\[0\]\.content\[0\]\.x\.y: expected a finite number, got inf",
        ),
        (Written(), "messages: expected a list of messages, got Written"),
    ],
)
def test_what_is_wrong_is_named(messages: Any, path: str, server: Server) -> None:
    with pytest.raises(BadRequestError, match=path) as caught:
        Client().completion("openai/x", messages, base_url=server.url, api_key="k" * 9)
    assert caught.value.status_code == 400
    assert server.seen == []


def test_text_and_numbers_of_other_classes(server: Server) -> None:
    server.reply(good("plain"))
    np = pytest.importorskip("numpy", reason="numpy is not installed")
    part = {"type": "text", "text": np.str_("Hi"), "mine": [np.int64(3), 0.5]}
    messages: Any = [{"role": Text("system"), "content": Text("Be brief.")}, Written()]
    messages.append({"role": "user", "content": [part]})
    Client().completion("openai/x", messages, base_url=server.url, api_key="k" * 9)
    assert server.seen[0].json["messages"] == [
        {"role": "system", "content": "Be brief."},
        USER,
        {"role": "user", "content": [{"type": "text", "text": "Hi", "mine": [3, 0.5]}]},
    ]


def test_good_messages_are_handed_on_as_they_are() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "odd", "x": 1}]},
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "3", "mine": True},
    ]
    before = copy.deepcopy(messages)
    checked = check_messages(messages)
    assert all(given is kept for given, kept in zip(messages, checked, strict=True))
    assert messages == before


def test_parts_of_an_answer_go_back(server: Server) -> None:
    server.reply(good("plain"))
    call = ToolCall(id="c1", function=Function(name="f", arguments="{}"))
    answer = Message(content=None, tool_calls=[call], reasoning_content="hm")
    by_hand = {"role": "assistant", "content": None, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "3"}
    messages: list[Any] = [USER, answer, result, by_hand, result]
    Client().completion("openai/x", messages, base_url=server.url, api_key="k" * 9)
    sent = server.seen[0].json["messages"]
    plain_call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert sent[1] == {"role": "assistant", "content": None, "tool_calls": [plain_call]}
    assert sent[3] == sent[1]


def test_another_librarys_message_goes_back() -> None:
    class Theirs:
        def model_dump(self, *, exclude_none: bool) -> dict[str, Any]:
            assert exclude_none
            return {"role": "assistant", "content": "x"}

    theirs: Any = Theirs()
    assert check_messages([USER, theirs])[1] == {"role": "assistant", "content": "x"}


def test_a_generator_of_messages() -> None:
    assert len(check_messages(message for message in [USER, USER])) == 2


_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "system", "assistant", "tool", "nobody", 1, None, []]),
        "content": st.sampled_from(["Hi", "", None, 1, [], [{"type": "text", "text": "Hi"}], [3]]),
        "name": st.sampled_from(["Ann", None, 1]),
        "of_a_provider": st.sampled_from(["x", [{}]]),
    },
)


@given(st.lists(_FIELDS, max_size=3))
def test_messages_of_text_are_checked_like_all_others(messages: list[Any]) -> None:
    """A generator is always checked in full."""

    def check(given: Any) -> object:
        try:
            return check_messages(given)
        except BadRequestError as error:
            return str(error)

    assert check(messages) == check(message for message in messages)
