"""litellm's tokenizers: counts, and lists of tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ...adapters.wires.openai.counting import load_vocabulary
from ...models import tokens
from ...models.estimate import estimate_prompt, estimate_text
from ...pipeline.call.messages import check_messages
from ...pipeline.errors import APIError
from ..conversion import take
from ..errors import LitellmErrors

__all__ = ["create_pretrained_tokenizer", "create_tokenizer", "decode", "encode", "token_counter"]


def token_counter(
    model: str | None = "",
    custom_tokenizer: Mapping[str, Any] | None = None,
    text: str | Sequence[str] | None = None,
    messages: Sequence[Any] | None = None,
    count_response_tokens: bool = False,  # noqa: ARG001  # callers of litellm pass it
    tools: Sequence[Mapping[str, Any]] | None = None,
    **_others: Any,
) -> int:
    """Return the number of tokens of a prompt; sends nothing.

    OpenAI's models are counted with tiktoken where it is installed; all others are an estimate,
    as in litellm. `trunkline.token_counter` asks the provider instead.

    Args:
        model: as in `completion`; any text, or None.
        custom_tokenizer: what `create_pretrained_tokenizer` returned.
        text: text, or several pieces of it.
        messages: a conversation; pass either this or `text`.
        count_response_tokens: ignored.
        tools: counted with the messages.
    """
    if text is not None and not isinstance(text, str):
        text = "".join(text)
    if custom_tokenizer is not None:
        return _count_with(custom_tokenizer, text, messages or ())
    name = f"openai/{(model or '').removeprefix('openai/')}"
    if text is not None:
        known = _has_vocabulary(name)
        return tokens.token_counter(name, text=text) if known else estimate_text(text)
    checked = check_messages([take(message) for message in messages or ()])
    if _has_vocabulary(name):
        try:
            return tokens.token_counter(name, messages=checked, tools=tools)
        except APIError:
            # Images, tool calls and the like, which OpenAI does not document.
            pass
    return estimate_prompt(checked, tools or ())


@cache
def _has_vocabulary(model: str) -> bool:
    """Return whether tiktoken counts a model on this machine."""
    if model.count("/") > 1:
        return False
    try:
        tokens.token_counter(model, text="x")
    except (APIError, ImportError):
        return False
    return True


def _count_with(tokenizer: Mapping[str, Any], text: str | None, messages: Sequence[Any]) -> int:
    if text is not None:
        return len(encode(text=text, custom_tokenizer=tokenizer))
    texts = [str(message.get("content") or "") for message in messages]
    return sum(len(encode(text=each, custom_tokenizer=tokenizer)) for each in texts)


def encode(
    model: str = "", text: str = "", custom_tokenizer: Mapping[str, Any] | None = None
) -> Any:
    """Return the tokens of a text, by OpenAI's vocabulary of the model, or a tokenizer of yours.

    Raises:
        ImportError: tiktoken is not installed.
        litellm's APIConnectionError: the vocabulary is not on this machine and cannot be fetched.
    """
    if custom_tokenizer is not None:
        encoded = custom_tokenizer["tokenizer"].encode(text)
        return getattr(encoded, "ids", encoded)
    return _encoding(model).encode_ordinary(text)


def decode(
    model: str = "",
    tokens: Sequence[int] = (),
    custom_tokenizer: Mapping[str, Any] | None = None,
) -> str:
    """Return the text of tokens; see `encode`."""
    if custom_tokenizer is not None:
        return str(custom_tokenizer["tokenizer"].decode(list(tokens)))
    return str(_encoding(model).decode(list(tokens)))


def create_pretrained_tokenizer(
    identifier: str, revision: str = "main", auth_token: str | None = None
) -> dict[str, Any]:
    """Return a tokenizer of the Hugging Face hub for `custom_tokenizer`.

    Raises:
        ImportError: the package tokenizers is not installed.
    """
    kind = _tokenizer_class()
    made = kind.from_pretrained(identifier, revision=revision, auth_token=auth_token)
    return {"type": "huggingface_tokenizer", "tokenizer": made}


def create_tokenizer(json: str) -> dict[str, Any]:
    """Return a tokenizer from its JSON text, for `custom_tokenizer`."""
    return {"type": "huggingface_tokenizer", "tokenizer": _tokenizer_class().from_str(json)}


def _tokenizer_class() -> Any:
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415  # not needed otherwise
    except ImportError as error:
        raise ImportError("this needs the package tokenizers: pip install tokenizers") from error
    return Tokenizer


def _encoding(model: str) -> Any:
    try:
        import tiktoken  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise ImportError("this needs tiktoken: pip install 'trunkline[tokens]'") from error
    try:
        name = tiktoken.encoding_name_for_model(model.rpartition("/")[2])
    except KeyError:
        name = "cl100k_base"
    with LitellmErrors():
        return load_vocabulary(name, model)
