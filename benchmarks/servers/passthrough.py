"""A gateway that does nothing but pass bytes on: Starlette and httpx.

python -m benchmarks.servers.passthrough PORT BASE_URL
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


def gateway(base: str) -> Starlette:
    """Return the app that passes chat completions on to a provider."""
    limits = httpx.Limits(max_connections=2000, max_keepalive_connections=2000)
    client = httpx.AsyncClient(base_url=base, limits=limits, timeout=600)

    async def chat(request: Request) -> Response:
        body = await request.body()
        headers = {"content-type": "application/json", "authorization": "Bearer sk-0123456789"}
        sent = client.build_request("POST", "/chat/completions", content=body, headers=headers)
        if b'"stream": true' not in body and b'"stream":true' not in body:
            answer = await client.send(sent)
            return Response(answer.content, answer.status_code, media_type="application/json")
        answer = await client.send(sent, stream=True)

        async def pieces() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            finally:
                await answer.aclose()

        return StreamingResponse(pieces(), answer.status_code, media_type="text/event-stream")

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(gateway(sys.argv[2]), port=int(sys.argv[1]), log_level="error", access_log=False)
