"""The default client, used by completion() and configured by attributes of the module."""

from __future__ import annotations

from ..pipeline.errors import InvalidArgumentError
from .client import Client

client = Client()
client.owner = "module"

completion = client.completion
acompletion = client.acompletion
batch_completion = client.batch_completion
abatch_completion = client.abatch_completion
batch_as_completed = client.batch_as_completed
abatch_as_completed = client.abatch_as_completed
responses = client.responses
aresponses = client.aresponses
retrieve_response = client.retrieve_response
aretrieve_response = client.aretrieve_response
cancel_response = client.cancel_response
acancel_response = client.acancel_response
stored_response = client.stored_response
astored_response = client.astored_response
describe = client.describe


def client_or_default(given: Client | None) -> Client:
    """Return the client that was given, or the default client for None.

    Raises:
        InvalidArgumentError: it is not a Client.
    """
    if given is None:
        return client
    if not isinstance(given, Client):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        kind = type(given).__name__
        raise InvalidArgumentError(f"client: expected a trunkline Client or Router, got {kind}")
    return given
