"""What the wires of agents share: they take only a conversation."""

from __future__ import annotations

import pytest

from tests.adapters.wires.agents.calls import HELLO, ask
from tests.support.server import Server
from trunkline import BadRequestError, Client, UnsupportedParamsError, get_supported_openai_params

MODELS = ["a2a/agent", "langflow/flow", "langgraph/agent", "nlp_cloud/chatdolphin"]
PICTURE = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}


@pytest.mark.parametrize("model", MODELS)
def test_no_parameters(model: str) -> None:
    supported = get_supported_openai_params(model)
    assert supported == ["stream", "stream_options"]
    with Client() as client, pytest.raises(UnsupportedParamsError, match="temperature"):
        client.completion(model, HELLO, base_url="http://a.example", api_key="k", temperature=0)


@pytest.mark.parametrize("model", ["a2a/agent", "langflow/flow", "nlp_cloud/chatdolphin"])
def test_parts_that_are_not_taken(model: str, server: Server) -> None:
    result = {"role": "tool", "tool_call_id": "1", "content": "done"}
    for wrong in ({"role": "user", "content": [PICTURE]}, result):
        with pytest.raises(BadRequestError) as caught:
            ask(server, model, messages=[*HELLO, wrong])
        assert caught.value.param == "messages[1].content" + "[0]" * (wrong is not result)
