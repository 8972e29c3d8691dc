"""Names of other libraries' arguments in responses()."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline import BadRequestError, Client
from trunkline.testing import FakeProvider


@pytest.mark.parametrize(
    ("name", "value"), [("caching", True), ("max_retries", 1), ("request_timeout", 5)]
)
def test_other_names_are_not_sent(name: str, value: object) -> None:
    fake = FakeProvider(["Hi"])
    given: dict[str, Any] = {name: value}
    Client(adapter=fake).responses("openai/gpt-5.6", "Hi", stream=False, **given)
    native = fake.requests[0].native
    assert native is not None
    assert native.body == {"input": "Hi"}


def test_absent_ones_have_a_remedy() -> None:
    given: dict[str, Any] = {"litellm_trace_id": "t1"}
    with pytest.raises(BadRequestError, match=r"litellm_trace_id: .*pass it in metadata="):
        Client(adapter=FakeProvider(["Hi"])).responses("openai/gpt-5.6", "Hi", **given)
