"""All recorded exchanges with Converse, and OpenAI's recorded requests sent to it."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest

from tests.support.recorded.expectations import check_answer
from tests.support.recorded.recordings import Row, body_of, rows
from tests.support.server import Server, answer_json
from tests.support.vendors.converse_model import check_converse
from trunkline import BadRequestError, Client, ModelResponseStream, fold_chunks
from trunkline.adapters.supported_params import get_supported_openai_params
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import bedrock
from trunkline.pipeline.json_values import as_array
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("bedrock")
PIXEL = "data:image/png;base64,iVBORw0KGgo="
#: Each request goes to one of these.
MODELS = [
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-3-5-haiku-20241022-v1:0",
    "us.amazon.nova-2-lite-v1:0",
    "openai.gpt-oss-120b-1:0",
    "mistral.mistral-large-2407-v1:0",
    "meta.llama3-1-70b-instruct-v1:0",
]
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
}


def read_stream(row: Row, cuts: list[int]) -> tuple[list[ModelResponseStream], bedrock.Decoder]:
    body = body_of(row)
    decoder = bedrock.Decoder(PROVIDER, {"x-amzn-requestid": "1"})
    chunks: list[ModelResponseStream] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        chunks += decoder.feed(body[start:end])
    return chunks + decoder.close(), decoder


@rows("bedrock-converse", stream=False, status=200)
def test_plain_answers(row: Row) -> None:
    response = HTTPResponse(status=200, headers={}, body=body_of(row))
    check_answer(bedrock.decode(response, PROVIDER), row)


@rows("bedrock-converse", stream=True, status=200)
def test_streams(row: Row) -> None:
    chunks, decoder = read_stream(row, [])
    assert decoder.error is None
    assert decoder.done
    check_answer(fold_chunks(chunks), row)


@rows("bedrock-converse", stream=True, status=200)
def test_streams_cut_anywhere(row: Row) -> None:
    whole, _ = read_stream(row, [])
    length = len(body_of(row))
    random.seed(row["id"])
    places = range(1, length) if length < 1500 else random.sample(range(1, length), 40)
    for cut in places:
        chunks, _ = read_stream(row, [cut])
        assert [str(chunk) for chunk in chunks] == [str(chunk) for chunk in whole]
    every_byte, _ = read_stream(row, list(range(1, min(length, 8000))))
    assert [str(chunk) for chunk in every_byte] == [str(chunk) for chunk in whole]


@rows("bedrock-converse", status=lambda status: status >= 400)
def test_errors(row: Row) -> None:
    response = HTTPResponse(
        status=row["status"], headers=row["response_headers"], body=body_of(row)
    )
    error = bedrock.error(response, PROVIDER)
    assert error.status_code == row["expect"]["error_status"]
    assert error.message == row["expect"]["error_message"]


@rows("bedrock-converse", stream=False, status=200)
def test_answers_go_back(row: Row, server: Server) -> None:
    """Converse accepts the message of each recorded response when it is sent back."""
    response = HTTPResponse(status=200, headers={}, body=body_of(row))
    message = bedrock.decode(response, PROVIDER).choices[0].message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "done"}
        for call in message.tool_calls or ()
    ]
    messages: list[Any] = [{"role": "user", "content": "Hello"}, message, *results]
    server.reply(answer_json(ANSWER))
    # One recording does not name its model.
    model = row["model"] or MODELS[0]
    with Client() as client:
        client.completion(f"bedrock/{model}", messages, base_url=server.url, api_key="key-of-tests")
    check_converse(server.seen[0].json, model)


@rows("openai", request=lambda request: isinstance(request, dict) and "messages" in request)
@pytest.mark.filterwarnings("ignore:functions, function_call:DeprecationWarning")
def test_requests_of_openai(row: Row, server: Server) -> None:
    request = row["request"]
    model = MODELS[zlib.crc32(row["id"].encode()) % len(MODELS)]
    supported = get_supported_openai_params(f"bedrock/{model}")
    params = {
        name: value
        for name, value in request.items()
        if name in supported and name not in ("stream", "stream_options") and value is not None
    }
    if "max_tokens" in params:
        params.pop("max_completion_tokens", None)
    if params.get("service_tier") not in (None, "auto", "default", "flex", "priority"):
        # Only Groq has this tier.
        del params["service_tier"]
    server.reply(answer_json(ANSWER))
    messages = [mended(message) for message in request["messages"]]
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": "key-of-tests", **params}
    refusal: BadRequestError | None = None
    with Client() as client:
        try:
            client.completion(f"bedrock/{model}", messages, **arguments)
        except BadRequestError as error:
            refusal = error
    if refusal is not None:
        # The error names the parameter, and nothing was sent.
        assert refusal.param
        assert not server.seen
        return
    check_converse(server.seen[0].json, model)


def mended(message: Any) -> Any:
    """Return a message without links and with whole files: the recordings cut long ones."""
    content = as_array(message.get("content"))
    if content is None:
        return message
    picture = {"type": "image_url", "image_url": {"url": PIXEL}}
    parts = [picture if part["type"] == "image_url" else part for part in content]
    return {**message, "content": parts}
