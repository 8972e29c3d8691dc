"""The default client: that of completion() and of the settings on the module."""

from __future__ import annotations

from .chain import Client

client = Client()

completion = client.completion
acompletion = client.acompletion
describe = client.describe
