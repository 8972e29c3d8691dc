"""A request for a chat completion, as OpenAI's clients send it.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from ....pipeline.call.chat_params import CHAT_PARAMS

#: The parameters of the API.
INBOUND_PARAMS = CHAT_PARAMS | {"messages", "metadata", "model", "stream"}
