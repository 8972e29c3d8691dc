"""Parse objects out of responses: for `ChatTrunkline.with_structured_output`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from operator import itemgetter
from typing import Any, cast

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.base import OutputParserLike
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableMap, RunnablePassthrough
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

from ...pipeline.json_values import JSON

# Finish reasons of incomplete responses.
_INCOMPLETE = {
    "length": "the response was cut off at its maximum length",
    "content_filter": "the provider's content filter cut off the response",
}


def parser_of_text(schema: JSON | type | None) -> OutputParserLike[Any]:
    """Return a parser of the object in the text of a response."""
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        return PydanticOutputParser(pydantic_object=cast("type[BaseModel]", schema))
    return JsonOutputParser()


def parser_of_call(schema: JSON | type, name: str) -> OutputParserLike[Any]:
    """Return a parser of the object in the arguments of a call of the function `name`."""
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        kind = cast("type[BaseModel]", schema)
        return PydanticToolsParser(tools=[kind], first_tool_only=True)
    return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)


def with_parser(
    model: Runnable[LanguageModelInput, AIMessage], parser: OutputParserLike[Any], raw: bool
) -> Runnable[LanguageModelInput, Any]:
    """Return the model followed by the parser; with `raw`, also return the raw message."""
    # LangChain's parsers would repair truncated JSON and return it as if it were complete.
    checked = RunnableGenerator(_check_all, _acheck_all, name="check_complete") | parser
    if not raw:
        return model | checked
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | checked, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _check_all(messages: Iterator[AIMessage]) -> Iterator[AIMessage]:
    for message in messages:
        yield _check_complete(message)


async def _acheck_all(messages: AsyncIterator[AIMessage]) -> AsyncIterator[AIMessage]:
    async for message in messages:
        yield _check_complete(message)


def _check_complete(message: AIMessage) -> AIMessage:
    """Return a message after checking it; the last chunk of a stream has the finish reason.

    Raises:
        OutputParserException: the response is a refusal, or is incomplete.
    """
    refusal = message.additional_kwargs.get("refusal")
    why = _INCOMPLETE.get(message.response_metadata.get("finish_reason", ""))
    if refusal:
        why = f"the model refused: {refusal}"
    elif message.invalid_tool_calls and not isinstance(message, AIMessageChunk):
        why = why or str(message.invalid_tool_calls[0]["error"])
    if why:
        raise OutputParserException(f"no object in the response: {why}", llm_output=message.text)
    return message
