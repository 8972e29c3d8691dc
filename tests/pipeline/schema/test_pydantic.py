"""trunkline's types as fields of pydantic models, and as the responses of FastAPI."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.support.answers import MESSAGES
from trunkline import Message, ModelResponse, Usage, completion


class City(BaseModel):
    name: str


class Record(BaseModel):
    response: ModelResponse
    usage: Usage | None = None
    message: Message | None = None


@pytest.fixture
def response() -> ModelResponse:
    return completion("openai/x", MESSAGES, mock_response="Hi", api_key="k" * 9)


def test_a_field_of_a_model(response: ModelResponse) -> None:
    record = Record(response=response, usage=response.usage)
    assert record.response is response
    text = record.model_dump_json()
    assert json.loads(text)["response"] == json.loads(json.dumps(response.model_dump()))
    again = Record.model_validate_json(text)
    assert again.response == response
    assert again.response.choices[0].message.content == "Hi"


def test_a_type_with_a_class(response: ModelResponse) -> None:
    adapter = TypeAdapter(ModelResponse[City])
    assert adapter.validate_python(response.model_dump()) == response


def test_fields_that_nobody_declared_are_kept() -> None:
    record = Record(response=ModelResponse(), message={"role": "assistant", "new_field": 1})  # type: ignore[arg-type]  # pydantic converts it  # pyright: ignore[reportArgumentType]
    assert record.model_dump()["message"]["new_field"] == 1


def test_a_wrong_value_is_pydantic_s_error() -> None:
    with pytest.raises(ValidationError, match=r"\$\.choices"):
        Record.model_validate({"response": {"choices": 3}})


def test_the_json_schema_says_that_it_is_an_object() -> None:
    schema = Record.model_json_schema()
    assert schema["properties"]["response"]["type"] == "object"
