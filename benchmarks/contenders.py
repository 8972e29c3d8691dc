"""Who is measured: each answers a plain call and a stream, blocking and asynchronous."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property, partial
from importlib import import_module
from typing import Any, Literal, Protocol

from .by_hand import Aiohttp, Raw, StandardLibrary
from .servers.bodies import KEY, MESSAGES, MODEL

Messages = list[dict[str, Any]]


class Contender(Protocol):
    """One library; a call returns the answer's text, a stream adds each chunk's to a list."""

    def plain(self, messages: Messages) -> str: ...
    async def aplain(self, messages: Messages) -> str: ...
    def stream(self, url: str, texts: list[str]) -> None: ...
    async def astream(self, url: str, texts: list[str]) -> None: ...


class Floor:
    """httpx and msgspec by hand: one post, one decode; for streams a decode per event."""

    def __init__(self, url: str) -> None:
        import httpx
        import msgspec

        self.url = url
        # As many connections as the others keep.
        self.httpx = httpx
        self.limits = httpx.Limits(max_connections=1000, max_keepalive_connections=100)
        self.client = httpx.Client(limits=self.limits)
        self.encode = msgspec.json.encode
        self.decode: Callable[[Any], Any] = msgspec.json.decode

    @cached_property
    def async_client(self) -> Any:
        """The other client, made where it is needed."""
        return self.httpx.AsyncClient(limits=self.limits)

    def _request(self, url: str, messages: Messages, **params: Any) -> dict[str, Any]:
        return {
            "url": f"{url}/chat/completions",
            "content": self.encode({"model": MODEL, "messages": messages, **params}),
            "headers": {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"},
        }

    def plain(self, messages: Messages) -> str:
        response = self.client.post(**self._request(self.url, messages))
        response.raise_for_status()
        return str(self.decode(response.content)["choices"][0]["message"]["content"])

    async def aplain(self, messages: Messages) -> str:
        response = await self.async_client.post(**self._request(self.url, messages))
        response.raise_for_status()
        return str(self.decode(response.content)["choices"][0]["message"]["content"])

    def stream(self, url: str, texts: list[str]) -> None:
        with self.client.stream("POST", **self._request(url, MESSAGES, stream=True)) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                self._take(line, texts)

    async def astream(self, url: str, texts: list[str]) -> None:
        request = self._request(url, MESSAGES, stream=True)
        async with self.async_client.stream("POST", **request) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                self._take(line, texts)

    def _take(self, line: str, texts: list[str]) -> None:
        if line.startswith("data: ") and line != "data: [DONE]":
            for choice in self.decode(line[6:])["choices"]:
                texts.append(choice["delta"].get("content") or "")


class _LikeOpenAI:
    """A library that is called like OpenAI's SDK, and returns objects of the same shape."""

    create: Callable[..., Any]
    acreate: Callable[..., Any]
    url: str

    def at(self, url: str) -> dict[str, Any]:
        """Return the arguments that send a call to an address."""
        return {"api_base": url, "api_key": KEY}

    def plain(self, messages: Messages) -> str:
        response = self.create(messages=messages, **self.at(self.url))
        return str(response.choices[0].message.content)

    async def aplain(self, messages: Messages) -> str:
        response = await self.acreate(messages=messages, **self.at(self.url))
        return str(response.choices[0].message.content)

    def stream(self, url: str, texts: list[str]) -> None:
        for chunk in self.create(messages=MESSAGES, stream=True, **self.at(url)):
            for choice in chunk.choices:
                texts.append(choice.delta.content or "")

    async def astream(self, url: str, texts: list[str]) -> None:
        async for chunk in await self.acreate(messages=MESSAGES, stream=True, **self.at(url)):
            for choice in chunk.choices:
                texts.append(choice.delta.content or "")


class Trunkline(_LikeOpenAI):
    """The whole default chain, over our own connections, with h11 or httptools."""

    engine: Literal["h11", "httptools"] = "h11"

    def __init__(self, url: str) -> None:
        from trunkline import Client

        client: Any = Client(engine=self.engine)
        self.url = url
        self.create = partial(client.completion, f"openai/{MODEL}")
        self.acreate = partial(client.acompletion, f"openai/{MODEL}")


class TrunklineFast(Trunkline):
    """The same with the extra `fast`."""

    engine = "httptools"


class OpenAI(_LikeOpenAI):
    """OpenAI's own SDK."""

    def __init__(self, url: str) -> None:
        self.openai = import_module("openai")
        self.url = url
        self.clients: dict[str, tuple[Any, Any]] = {}

    def at(self, url: str) -> dict[str, Any]:
        if url not in self.clients:
            arguments = {"api_key": KEY, "base_url": url, "max_retries": 0}
            self.clients[url] = (
                self.openai.OpenAI(**arguments),
                self.openai.AsyncOpenAI(**arguments),
            )
        return {"url": url}

    def create(self, url: str, **call: Any) -> Any:
        return self.clients[url][0].chat.completions.create(model=MODEL, **call)

    def acreate(self, url: str, **call: Any) -> Any:
        return self.clients[url][1].chat.completions.create(model=MODEL, **call)


class LiteLLM(_LikeOpenAI):
    """litellm with its defaults; its price map is the installed one, not fetched."""

    def __init__(self, url: str) -> None:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        litellm: Any = import_module("litellm")
        litellm.suppress_debug_info = True
        self.url = url
        self.create = partial(litellm.completion, f"openai/{MODEL}")
        self.acreate = partial(litellm.acompletion, f"openai/{MODEL}")


class AnyLLM(_LikeOpenAI):
    """any-llm, called as its documentation shows it."""

    def __init__(self, url: str) -> None:
        any_llm: Any = import_module("any_llm")
        self.url = url
        self.create = partial(any_llm.completion, MODEL, provider="openai")
        self.acreate = partial(any_llm.acompletion, MODEL, provider="openai")


#: By the name in the table: how it is made, and the module that must be installed.
CONTENDERS: dict[str, tuple[Callable[[str], Contender], str]] = {
    "floor": (Floor, "httpx"),
    "trunkline": (Trunkline, "trunkline"),
    "trunkline[fast]": (TrunklineFast, "httptools"),
    "openai": (OpenAI, "openai"),
    "litellm": (LiteLLM, "litellm"),
    "any-llm": (AnyLLM, "any_llm"),
}
#: Those close to the socket, not all of which can make all calls.
CLOSE: dict[str, tuple[Callable[[str], Any], str]] = {
    "raw": (Raw, "msgspec"),
    "http.client": (StandardLibrary, "http.client"),
    "aiohttp": (Aiohttp, "aiohttp"),
    "httpx": (Floor, "httpx"),
    "trunkline": (Trunkline, "trunkline"),
    "trunkline[fast]": (TrunklineFast, "httptools"),
}
