"""Embed texts: with a function, or at an OpenAI-compatible address."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct

from ...pipeline.errors import (
    APIResponseValidationError,
    BadRequestError,
    InvalidArgumentError,
    error_class,
)
from ...pipeline.port import IO, HTTPRequest
from ...pipeline.secret import Secret, plain_url
from ...pipeline.timeouts import Timeouts, earlier
from .vectors import first_row, is_matrix, to_vector

if TYPE_CHECKING:
    from .vectors import Vector

#: Returns the vector of a text, a list of numbers or an array, or the vectors of a list of texts;
#: plain or `async`.
EmbedFunction = Callable[[str], object] | Callable[[list[str]], object]

#: Seconds for a request to an address.
SECONDS = 10.0


class _Embedding(Struct):
    embedding: list[float]


class _Embeddings(Struct):
    data: list[_Embedding]


_decode = msgspec.json.Decoder(_Embeddings).decode


class Embedder:
    """Turns texts into vectors.

    Args:
        embed: a function of a text or of a list of texts, or the address of an API with OpenAI's
            `/embeddings`.
        model: the model at the address, if it has several.
        api_key: the key for the address.

    Raises:
        InvalidArgumentError: `embed` is neither, it is not an address, or there is a model
            or key without one.
    """

    def __init__(
        self, embed: EmbedFunction | str, model: str | None, api_key: str | Secret | None
    ) -> None:
        self._function = None if isinstance(embed, str) else embed
        # Found out at the first text: such a function returns several vectors for it.
        self._takes_lists = False
        self._url = ""
        if isinstance(embed, str):
            if not embed.startswith(("http://", "https://")):
                raise InvalidArgumentError(
                    f'embed: expected a function or a URL such as "http://localhost:8080/v1", '
                    f"got {embed!r}"
                )
            path = embed.rstrip("/")
            self._url = path if path.endswith("/embeddings") else f"{path}/embeddings"
        elif not callable(embed):
            raise InvalidArgumentError(
                f"embed: expected a function or a URL, got {type(embed).__name__}"
            )
        elif model or api_key:
            raise InvalidArgumentError("embed_model, embed_api_key: a function needs neither")
        self._model = model
        self._key = Secret(api_key) if isinstance(api_key, str) else api_key

    def describe(self) -> str:
        """Return the model's or the function's name."""
        if self._url:
            return self._model or plain_url(self._url)
        function = self._function
        return str(getattr(function, "__name__", type(function).__name__))

    async def embed(self, text: str, io: IO, answer_by: float | None) -> Vector:
        """Return the vector of a text.

        Raises:
            Exception: whatever the function raises; an APIError from an address.
        """
        function = self._function
        if function is None:
            return to_vector(await self._ask(text, io, answer_by))
        if not self._takes_lists:
            vector = await _call(function, text, io)
            if not is_matrix(vector):
                return to_vector(vector)
            self._takes_lists = True
        return to_vector(first_row(await _call(function, [text], io)))

    async def _ask(self, text: str, io: IO, answer_by: float | None) -> list[float]:
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key.reveal()}"
        # A server with one model needs no name.
        model = {"model": self._model} if self._model else {}
        response = await io.send(
            HTTPRequest(
                url=self._url,
                headers=headers,
                body=msgspec.json.encode({**model, "input": text, "encoding_format": "float"}),
                timeouts=Timeouts(connect=SECONDS, first_event=SECONDS, idle=SECONDS),
                answer_by=earlier(answer_by, monotonic() + SECONDS),
            )
        )
        if response.status >= 300:
            raise error_class(max(response.status, 400))(
                f"the embedding failed with status {response.status}", status_code=response.status
            )
        try:
            found = _decode(response.body)
        except msgspec.DecodeError as error:
            raise APIResponseValidationError(f"not a response with embeddings: {error}") from None
        if not found.data:
            raise BadRequestError("the response has no embedding")
        return found.data[0].embedding


async def _call(function: Callable[[Any], object], given: object, io: IO) -> object:
    if inspect.iscoroutinefunction(function):
        return await function(given)
    # It may block or take a while.
    returned: Any = await io.run(lambda: function(given))
    if inspect.isawaitable(returned):
        returned = await cast("Awaitable[object]", returned)
    return returned
