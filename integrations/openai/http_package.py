"""The HTTP package of the installed OpenAI SDK, as `http`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2 as http
else:
    import openai

    # openai 2 is built on httpx, openai 3 on httpx2.
    http = import_module(openai.DefaultHttpxClient.__base__.__module__.partition(".")[0])

__all__ = ["http"]
