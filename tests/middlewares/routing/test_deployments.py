"""Reading a `model_list`."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, ClassVar

import pytest

from tests.support.chain.deployments import KEYS, ask, models
from tests.support.server import Server
from trunkline import Client
from trunkline.middlewares.route import Route
from trunkline.middlewares.routing.deployments import read_model_list


class TestModelList:
    WRONG: ClassVar[list[tuple[Any, str]]] = [
        ({}, r"model_list\[0\].model_name: expected a non-empty str"),
        ({"model_name": "a"}, r"model_list\[0\].litellm_params: expected a dict"),
        (
            {"model_name": "a", "litellm_params": {}},
            "litellm_params.model: expected a non-empty str",
        ),
        (
            {"model_name": "a", "litellm_params": {"model": "b", "rpm": 0}},
            "rpm: expected a number of 1 or more, got 0",
        ),
        (
            {"model_name": "a", "litellm_params": {"model": "b", "weight": "1"}},
            "weight: expected a number",
        ),
    ]

    @pytest.mark.parametrize(("entry", "text"), WRONG)
    def test_wrong(self, entry: Any, text: str) -> None:
        with pytest.raises(ValueError, match=text):
            Route([entry])

    def test_ids(self) -> None:
        entry = {"model_name": "a", "litellm_params": {"model": "openai/b", "api_key": KEYS[0]}}
        (group,) = read_model_list([entry, entry, entry]).values()
        assert [item.id for item in group] == ["a openai/b", "a openai/b #2", "a openai/b #3"]
        assert KEYS[0] not in f"{group} {group[0].arguments}"
        with pytest.raises(ValueError, match="duplicate id 'x'"):
            Route([{**entry, "model_info": {"id": "x"}}] * 2)

    def test_the_list_is_not_changed(self, server: Server) -> None:
        entries = models(server)
        before = deepcopy(entries)
        with Client([Route(entries)]) as client:
            ask(server, client)
        assert entries == before

    def test_none(self) -> None:
        with pytest.raises(ValueError, match="attempts: expected an int of 1 or more"):
            Route([], attempts=0)
        assert repr(Route()) == "Route()"
