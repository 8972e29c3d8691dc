"""Requests with media in their messages, for tests that fetch it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.server import Answer
from trunkline import BadRequestError
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.encode.media import inline_media
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.errors import APIError
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.sync_io import SyncIO

PNG = b"\x89PNG\r\n\x1a\nthe rest"
PNG_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def png(**headers: str) -> Answer:
    return Answer([PNG], headers={"content-type": "image/png", **headers})


def image(url: str, **more: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def ask(*parts: dict[str, Any], private: bool = True, **fields: Any) -> Request:
    messages = check_messages(
        [{"role": "user", "content": [{"type": "text", "text": "Look"}, *parts]}]
    )
    return Request(
        model="anthropic/claude",
        messages=messages,
        io=fields.pop("io", None) or SyncIO(),
        adapter=ProviderAdapter(),
        options={"allow_private_urls": True} if private else {},
        **fields,
    )


def inline(request: Request, **options: Any) -> list[Any]:
    changed = drive(inline_media(request, **options))
    content: Any = changed.messages[0].get("content")
    return list(content)


def failing(request: Request, kind: type[APIError] = BadRequestError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        inline(request, **options)
    message = str(caught.value.message)
    assert message.startswith("messages[0].content[1].image_url.url: "), message
    return message
