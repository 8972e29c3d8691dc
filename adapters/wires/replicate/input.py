"""A conversation as the input of a model on Replicate.

Each model defines its inputs: most take `prompt` and `system_prompt`, some a list of messages,
some images. https://replicate.com/explore (each model's API tab has its schema)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON
from ...encode.conversation import (
    REASONING_PARTS,
    SPEAKERS,
    SYSTEM_ROLES,
    Turn,
    list_turns,
    parts,
    text_of,
    text_part,
    transcript,
    unsupported_part,
    url_of,
)

PROVIDER = "replicate"


class _Inputs(NamedTuple):
    """The names of a model family's inputs, None for those that it does not have."""

    pattern: str
    system: str | None = "system_prompt"
    messages: str | None = None
    images: str | None = None
    image: str | None = None


_FAMILIES = (
    _Inputs(r"^openai/(?!gpt-oss)", messages="messages", images="image_input"),
    _Inputs(r"^google/gemini", system="system_instruction", images="images"),
    _Inputs(r"^anthropic/", image="image"),
    _Inputs(r"^deepseek-ai/", system=None),
    _Inputs(""),
)


def write_input(messages: tuple[MessageParam, ...], model: str) -> JSON:
    """Return a conversation as inputs.

    A single user message is the prompt. Longer conversations are sent as messages if the model
    takes them, else as a transcript that ends where the assistant speaks next.

    Raises:
        BadRequestError: the model has no input for something in it.
    """
    inputs = next(family for family in _FAMILIES if re.search(family.pattern, model.lower()))
    every = list_turns(messages)
    instructions = [text_of(turn, PROVIDER) for turn in every if _is_system(turn)]
    spoken = [turn for turn in every if not _is_system(turn)]
    images: list[str] = []
    texts: list[tuple[str, str]] = [
        (turn.message["role"], _text(turn, inputs, images)) for turn in spoken
    ]
    written = _images(inputs, images)
    system = "\n\n".join(text for text in instructions if text)
    if len(texts) > 1 and inputs.messages:
        said = [{"role": role, "content": text} for role, text in texts]
        if system:
            said.insert(0, {"role": "system", "content": system})
        return {inputs.messages: said, **written}
    if system and inputs.system is not None:
        written[inputs.system] = system
    elif system:
        texts.insert(0, ("system", system))
    return {"prompt": _prompt(texts), **written}


def _is_system(turn: Turn) -> bool:
    return turn.message["role"] in SYSTEM_ROLES


def _prompt(texts: list[tuple[str, str]]) -> str:
    if len(texts) == 1 and texts[0][0] == "user":
        return texts[0][1]
    return transcript(texts)


def _text(turn: Turn, inputs: _Inputs, images: list[str]) -> str:
    """Return a message's text, and add its images to `images`."""
    role = turn.message["role"]
    if role not in SPEAKERS or turn.message.get("tool_calls"):
        raise BadRequestError(
            f"{turn.path}: models on Replicate do not support tools; remove tool calls and results",
            PROVIDER,
            param=turn.path,
        )
    texts: list[str] = []
    for found in parts(turn):
        kind = found.part["type"]
        if kind == "image_url" and (inputs.images or (inputs.image and not images)):
            images.append(url_of(found, "image_url"))
        elif kind == "image_url":
            raise unsupported_part(found, PROVIDER)
        elif kind not in REASONING_PARTS or role != "assistant":
            texts.append(text_part(found, PROVIDER))
    return "".join(texts)


def _images(inputs: _Inputs, images: list[str]) -> JSON:
    if not images:
        return {}
    return {inputs.images: images} if inputs.images else {str(inputs.image): images[0]}


def write_params(params: Mapping[str, Any]) -> JSON:
    """Return the parameters as inputs; stop sequences become one string with commas.

    Raises:
        BadRequestError: a stop sequence contains a comma.
    """
    inputs = {name: value for name, value in params.items() if name != "stream_options"}
    stop: object = inputs.get("stop_sequences")
    if isinstance(stop, (list, tuple)):
        texts = [str(text) for text in stop]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # str takes anything
        if any("," in text for text in texts):
            raise BadRequestError(
                "stop: Replicate takes stop sequences as one string separated by commas, so none "
                "of them may contain a comma",
                PROVIDER,
                param="stop",
            )
        inputs["stop_sequences"] = ",".join(texts)
    return inputs
