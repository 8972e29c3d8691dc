"""The key of a cached answer: one changed field misses, whatever field it is."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypedDict, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.middlewares.laws.library import middleware_classes
from trunkline import ModelResponse, Request, Secret, Timeouts, completion
from trunkline.middlewares.caching.key import UnserializableError, make_key
from trunkline.pipeline.call.chat_params import CHAT_PARAMS
from trunkline.pipeline.call.native import NativeCall
from trunkline.pipeline.call.request import replace
from trunkline.pipeline.json_values import as_array, as_object
from trunkline.pipeline.schema.call_info import CallId
from trunkline.pipeline.schema.trail import Trail
from trunkline.testing import FakeProvider


def captured(**arguments: Any) -> Request:
    """The request of a call, as a chain gets it."""
    fake = FakeProvider(["Hi"])
    fake.client([]).completion(
        "openai/gpt-4o", [{"role": "user", "content": "Say hello."}], **arguments
    )
    return fake.requests[0]


REQUEST = captured(api_key="sk-one", temperature=0.5)

# A different value for each field. Every new field of Request belongs in one of these two.
COUNTS: dict[str, Any] = {
    "api_key": Secret("sk-two"),
    "api_version": "2024-10-21",
    "base_url": "https://other.example/v1",
    "extra_body": {"num_ctx": 4096},
    "extra_headers": {"x-feature": "on"},
    "extra_query": {"region": "eu"},
    "messages": ({"role": "user", "content": "Say hello!"},),
    "model": "openai/gpt-4o-mini",
    "native": NativeCall(body={"input": "Say hello!"}, messages=(), params={}),
    "options": {"drop_params": True},
    "params": {"temperature": 0.6},
    "provider": "groq",
    "wire": "responses",
}
DOES_NOT_COUNT: dict[str, Any] = {
    "adapter": FakeProvider(),
    "answer_by": 1.0,
    "claimed": frozenset({"cache"}),
    "deadline": 1.0,
    "identity": CallId("another"),
    "instead_of": replace(REQUEST, model="openai/gpt-5"),
    "io": cast("Any", object()),
    "max_response_bytes": 1000,
    "metadata": {"tenant": "a"},
    "stream": True,
    "timeouts": Timeouts(total=1.0),
    "trail": Trail(layers=("Cache",), began=1.0),
}


def key(**changes: Any) -> str:
    return make_key(replace(REQUEST, **changes), "test")


def native(**changes: Any) -> NativeCall:
    body = {"input": "Hi", "metadata": {"tenant": "a"}, **changes}
    return NativeCall(body=body, messages=REQUEST.messages, params=REQUEST.params)


def test_native_requests_count_by_what_the_caller_gave() -> None:
    assert key(native=native()) == key(native=native(metadata={"tenant": "b"}))
    assert key(native=native()) != key(native=native(input="Hello"))
    assert key(native=native()) != key(native=native(instructions="Be brief."))


def test_native_requests_count_by_what_a_middleware_changed() -> None:
    unchanged = key(native=native())
    messages = ({"role": "user", "content": "Say hello."},)
    assert key(native=native(), messages=messages) != unchanged
    assert key(native=native(), params={"temperature": 0.6}) != unchanged


def test_every_field_is_of_one_kind_or_the_other() -> None:
    assert sorted([*COUNTS, *DOES_NOT_COUNT]) == sorted(Request.__struct_fields__)


@pytest.mark.parametrize("field", sorted(COUNTS))
def test_another_request(field: str) -> None:
    assert key(**{field: COUNTS[field]}) != key()


@pytest.mark.parametrize("field", sorted(DOES_NOT_COUNT))
def test_the_same_request(field: str) -> None:
    assert key(**{field: DOES_NOT_COUNT[field]}) == key()


def test_all_changes_differ_from_each_other() -> None:
    keys = {key(**{field: value}) for field, value in COUNTS.items()}
    assert len(keys) == len(COUNTS)


@pytest.mark.parametrize("name", sorted({*CHAT_PARAMS, "top_k", "anything"}))
def test_parameters(name: str) -> None:
    values: list[Any] = [0, 1, "1", None, [1], {}]
    keys = {key(params={**REQUEST.params, name: value}) for value in values}
    assert len(keys | {key()}) == (1 if name == "stream_options" else 7)


OPTIONS_OF_NO_ACCOUNT = {
    "attempt_callbacks", "cache", "call_id", "callbacks", "failure_callback", "num_retries",
    "semantic_cache", "success_callback", "tags",
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    sorted({option for cls in middleware_classes() for option in getattr(cls, "options", ())}),
)
def test_options_of_the_library(name: str) -> None:
    changed = key(options={name: ["groq/llama-3.3-70b-versatile"]})
    assert (changed == key()) is (name in OPTIONS_OF_NO_ACCOUNT)


def test_options_of_users_middlewares() -> None:
    assert key(options={"variant": "a"}) != key(options={"variant": "b"})


@pytest.mark.parametrize(
    "header",
    ["traceparent", "Tracestate", "BAGGAGE", "X-Request-ID", "x-b3-traceid", "X-Datadog-Trace-Id"],
)
def test_headers_that_trace(header: str) -> None:
    assert key(extra_headers={header: "1"}) == key()


def test_header_names_have_no_case() -> None:
    assert key(extra_headers={"X-A": "1"}) == key(extra_headers={"x-a": "1"})
    assert key(extra_headers={"X-A": "1"}) != key(extra_headers={"x-a": "2"})


class TestDestinations:
    def test_both_ways_to_name_a_model(self) -> None:
        assert key(model="gpt-4o", provider="openai") == key()
        assert key(model="gpt-4o", provider=None) == key()

    def test_the_key_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = completion_request()
        keys = {make_key(real, "test")}
        for value in ("sk-one", "sk-two"):
            monkeypatch.setenv("OPENAI_API_KEY", value)
            keys.add(make_key(real, "test"))
        assert len(keys) == 3
        assert make_key(replace(real, api_key=Secret("sk-two")), "test") in keys

    def test_the_address_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = replace(completion_request(), api_key=Secret("sk"))
        before = make_key(real, "test")
        monkeypatch.setenv("OPENAI_BASE_URL", "https://other.example/v1")
        assert make_key(real, "test") != before

    def test_names_that_are_no_providers(self) -> None:
        group = replace(completion_request(), model="no-such-provider/chat")
        keys = {
            make_key(group, "test"),
            make_key(replace(group, model="no-such-provider/other"), "test"),
            make_key(replace(group, base_url="https://other.example"), "test"),
            make_key(replace(group, api_key=Secret("sk")), "test"),
        }
        assert len(keys) == 4


def completion_request() -> Request:
    """A request to the real adapter, caught before it is sent."""
    caught: list[Request] = []

    async def catch(request: Request, _call_next: object) -> ModelResponse:
        caught.append(request)
        return ModelResponse()

    completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}], middlewares=[catch])
    return caught[0]


class Name(msgspec.Struct):
    first: str


@dataclasses.dataclass
class Point:
    x: int


class Movie(TypedDict):
    title: str


def same_name_other_fields() -> type:
    return msgspec.defstruct("Name", [("last", str)])


class TestClasses:
    def test_by_schema(self) -> None:
        classes = [Name, Point, Movie, same_name_other_fields()]
        keys = {key(params={"response_format": kind}) for kind in classes}
        assert len(keys) == 4

    def test_the_same_class_made_anew(self) -> None:
        made = [same_name_other_fields(), same_name_other_fields()]
        assert made[0] is not made[1]
        assert len({key(params={"response_format": kind}) for kind in made}) == 1

    def test_pydantic(self) -> None:
        pydantic = pytest.importorskip("pydantic")
        one = pydantic.create_model("Person", name=(str, ...))
        two = pydantic.create_model("Person", name=(str, ...), age=(int, 0))
        assert key(params={"response_format": one}) != key(params={"response_format": two})

    @pytest.mark.parametrize("value", [object(), print, lambda: None, object, {1: "a", "b": 2}])
    def test_what_cannot_be_written_down(self, value: Any) -> None:
        with pytest.raises(UnserializableError):
            key(params={"anything": value})


def test_the_namespace_comes_first_and_no_credential_can_be_read() -> None:
    made = make_key(REQUEST, "tenant-a")
    namespace, _, digest = made.partition(":")
    assert namespace == "tenant-a"
    assert len(digest) == 64
    assert int(digest, 16)
    assert make_key(REQUEST, "tenant-b").partition(":")[2] == digest


def test_order_and_kind_of_mapping_do_not_matter() -> None:
    one = {"a": 1, "b": {"c": [1, 2], "d": 2}}
    two = MappingProxyType({"b": MappingProxyType({"d": 2, "c": (1, 2)}), "a": 1})
    assert key(extra_body=one) == key(extra_body=two)
    assert key(params=one) == key(params=two)
    assert key(extra_body={"a": [1, 2]}) != key(extra_body={"a": [2, 1]})


TEXTS = st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_two_requests_have_one_key_only_if_they_are_equal(one: Any, two: Any) -> None:
    # msgspec tells True from 1, as JSON does and Python does not.
    equal = msgspec.json.encode(one, order="sorted") == msgspec.json.encode(two, order="sorted")
    for place in ("params", "extra_body", "options", "extra_query"):
        assert (key(**{place: {"x": one}}) == key(**{place: {"x": two}})) is equal


RICH: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "name": "ada", "content": [
        {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
    ]},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
    ]},
    {"role": "tool", "tool_call_id": "a", "content": "42"},
]  # fmt: skip


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in JSON-like data that holds no further places."""
    if (fields := as_object(value)) is not None:
        for name, item in fields.items():
            yield from paths(item, (*at, name))
    elif (items := as_array(value)) is not None:
        for number, item in enumerate(items):
            yield from paths(item, (*at, number))
    else:
        yield at


@pytest.mark.parametrize("path", list(paths(RICH)), ids=str)
def test_every_word_of_the_messages_counts(path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(RICH)
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = "changed"
    assert key(messages=tuple(changed)) != key(messages=tuple(RICH))


def test_messages_of_earlier_answers() -> None:
    fake = FakeProvider(["Hi"])
    answer = fake.client([]).completion("gpt-4o", [{"role": "user", "content": "x"}])
    message = answer.choices[0].message
    as_it_is = captured_messages([message])
    as_dictionary = captured_messages([message.model_dump()])
    assert as_it_is == as_dictionary


def captured_messages(messages: list[Any]) -> str:
    fake = FakeProvider(["Hi"])
    fake.client([]).completion("gpt-4o", messages)
    return make_key(fake.requests[0], "test")


def test_nothing_is_changed() -> None:
    params: Mapping[str, Any] = {"tools": [{"a": 1}], "x": {"y": [1]}}
    before = copy.deepcopy(dict(params))
    key(params=params)
    assert params == before
