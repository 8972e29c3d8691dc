"""A question, and a tool about the weather, for the calls of several wires."""

from __future__ import annotations

from trunkline.pipeline.json_values import JSON

USER = [{"role": "user", "content": "Hello"}]
WEATHER: JSON = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
